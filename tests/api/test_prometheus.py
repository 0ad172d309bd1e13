"""A real Prometheus reads a real site: what dashboard and rules ask for is there, counted once."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.api.conftest import Server
from tests.chaos.servers import free_port
from tests.conftest import REPOSITORY, wait_until
from tests.factories import submit
from worker.models import Job

pytestmark = [pytest.mark.processes, pytest.mark.timeout(180)]

MONITORING = REPOSITORY / "docker" / "monitoring"
TOKEN = "a-token-for-prometheus"
GOOD, BAD = 6, 2


@pytest.fixture
def site(serve: Callable[..., Server], start: Any, tmp_path: Path) -> list[str]:
    """A web server, a worker and a sweeper, each counting for itself as on a host of its own."""

    def host(name: str) -> dict[str, str]:
        return {"METRICS_DIR": str(tmp_path / name), "METRICS_TOKEN": TOKEN}

    ports = {name: free_port() for name in ("work", "sweeper")}
    server = serve(processes=2, **host("web"))
    start("work", "--processes=2", METRICS_PORT=str(ports["work"]), **host("work"))
    start("sweeper", METRICS_PORT=str(ports["sweeper"]), **host("sweeper"))
    return [f"127.0.0.1:{port}" for port in (server.port, *ports.values())]


@pytest.fixture
def prometheus(site: list[str], tmp_path: Path) -> Iterator[Callable[[str], Any]]:
    """Prometheus with our rules, which has read the site; asks it for an expression."""
    program = shutil.which("prometheus")
    if program is None:
        pytest.skip("prometheus (Debian: prometheus) is not installed: no query is tried")
    configuration = yaml.safe_load((MONITORING / "prometheus.yml").read_text())
    configuration["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    configuration["rule_files"] = [str(MONITORING / "alerts.yml")]
    (job,) = configuration["scrape_configs"]
    del job["dns_sd_configs"]
    job |= {"authorization": {"credentials": TOKEN}, "static_configs": [{"targets": site}]}
    file = tmp_path / "prometheus.yml"
    file.write_text(yaml.safe_dump(configuration))
    address = f"127.0.0.1:{free_port()}"
    with (tmp_path / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(
            [
                program,
                f"--config.file={file}",
                f"--web.listen-address={address}",
                f"--storage.tsdb.path={tmp_path / 'prometheus'}",
            ],
            stdout=log,
            stderr=log,
        )

    def ask(expression: str) -> Any:
        answer = httpx.get(f"http://{address}/api/v1/query", params={"query": expression})
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]["result"]

    def has_read_all() -> bool:
        try:
            return len(ask('up{job="vitrina"} == 1')) == len(site)
        except httpx.HTTPError:
            return False

    wait_until(has_read_all, seconds=60)
    yield ask
    process.terminate()
    process.wait()


def value(result: Any) -> float:
    (one,) = result
    return float(one["value"][1])


def test_it_finds_what_dashboard_and_rules_ask_for(
    prometheus: Callable[[str], Any], site: list[str]
) -> None:
    before = value(prometheus("count(up)"))
    assert before == len(site)
    for _ in range(GOOD):
        submit(sleep=0.01)
    for _ in range(BAD):
        submit(do="raise")
    for _ in range(5):
        httpx.get(f"http://{site[0]}/")
    wait_until(lambda: not Job.objects.filter(finished_at=None).exists(), seconds=60)
    ended = "sum(vitrina_jobs_ended_total)"
    wait_until(lambda: bool(found := prometheus(ended)) and value(found) == GOOD + BAD, seconds=30)

    dashboard = json.loads((MONITORING / "dashboard.json").read_text())
    shown = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    # A counter that begins with its first event has no rate until its second.
    submit(sleep=0.01)
    submit(do="raise")
    httpx.get(f"http://{site[0]}/")
    wait_until(lambda: all(prometheus(query) for query in shown), seconds=60)

    assert value(prometheus(ended)) == Job.objects.count()
    assert value(prometheus('sum(vitrina_jobs_ended_total{status="failed"})')) == BAD + 1
    assert value(prometheus("sum(vitrina_job_predict_seconds_count)")) == GOOD + 1
    assert value(prometheus("max(vitrina_workers_alive)")) >= 1
    assert value(prometheus("max(vitrina_sweeper_lag_seconds)")) < 60
    assert value(prometheus("max(vitrina_worker_memory_bytes)")) > 20e6
    rules = re.findall(r"expr: (.+)", (MONITORING / "alerts.yml").read_text())
    assert len(rules) == 10
    for rule in rules:
        prometheus(rule)
    assert prometheus('ALERTS{alertstate="firing"}') == []
