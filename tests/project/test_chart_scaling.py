"""Workers are scaled by how long people wait, by a metric that there is."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.project.chart import FULL, VALUES, Manifest, of_kind, template
from tests.project.test_monitoring import documented, named

SCALING = {"floor": 1, "ceiling": 3, "waitSeconds": 5}


@pytest.fixture
def scaled(helm: str) -> list[Manifest]:
    done = template(helm, *FULL)
    assert done.returncode == 0, done.stderr
    return of_kind([one for one in yaml.safe_load_all(done.stdout) if one], "ScaledObject")


def trigger(one: Manifest) -> dict[str, Any]:
    (found,) = one["spec"]["triggers"]
    assert found["type"] == "prometheus"
    return dict(found["metadata"])


def test_it_scales_by_metrics_that_there_are(scaled: list[Manifest]) -> None:
    assert len(scaled) == 2
    for one in scaled:
        query = trigger(one)["query"]
        assert "vitrina_oldest_waiting_job_seconds" in named(query) <= documented()


def test_a_group_has_either_replicas_or_scaling(manifests: list[Manifest]) -> None:
    of = {
        one["spec"]["scaleTargetRef"]["name"]: one["spec"]
        for one in of_kind(manifests, "ScaledObject")
    }
    workers = [
        one for one in of_kind(manifests, "Deployment") if "-worker-" in one["metadata"]["name"]
    ]
    assert of.keys() <= {one["metadata"]["name"] for one in workers}
    for one in workers:
        assert ("replicas" in one["spec"]) != (one["metadata"]["name"] in of)
    for spec in of.values():
        assert 0 <= spec["minReplicaCount"] < spec["maxReplicaCount"]


def test_scaling_wants_to_know_whom_to_ask(helm: str) -> None:
    done = template(helm, "--set-json", f"workers.main.scaling={json.dumps(SCALING)}")

    assert done.returncode != 0
    assert "monitoring.prometheus is needed" in done.stderr


def test_prometheus_answers_with_the_longest_wait(scaled: list[Manifest], tmp_path: Path) -> None:
    """Of the group's lanes and of this site; a service that is paused needs no worker."""
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool (Debian: prometheus) is not installed: the query is not tried")
    (query,) = [trigger(one)["query"] for one in scaled if trigger(one)["threshold"] == "5"]
    waits = {
        ("classify", "interactive", "vit"): 7,
        ("classify", "bulk", "vit"): 500,
        ("paused", "interactive", "vit"): 900,
        ("classify", "interactive", "elsewhere"): 800,
    }
    series = [
        {
            "series": "vitrina_oldest_waiting_job_seconds{"
            f'service="{service}",lane="{lane}",namespace="{namespace}",pod="{pod}"}}',
            "values": str(wait),
        }
        for (service, lane, namespace), wait in waits.items()
        for pod in ("web-1", "web-2")
    ]
    series += [
        {"series": f'vitrina_service_paused{{service="{name}",namespace="vit"}}', "values": value}
        for name, value in (("classify", "0"), ("paused", "1"))
    ]
    sample = {"expr": query, "eval_time": "0m", "exp_samples": [{"labels": "{}", "value": 7}]}
    test = tmp_path / "test.yml"
    test.write_text(
        yaml.safe_dump({"tests": [{"input_series": series, "promql_expr_test": [sample]}]})
    )
    done = subprocess.run(
        [promtool, "test", "rules", str(test)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_without_scaling_nobody_needs_keda() -> None:
    assert not any("scaling" in one for one in VALUES["workers"].values())
