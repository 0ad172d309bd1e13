"""``manage.py run``: the whole site as a person starts it, with neither PostgreSQL nor Redis."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from tests.chaos.servers import free_port
from tests.conftest import REPOSITORY, picture, wait_until

pytestmark = [pytest.mark.processes, pytest.mark.model, pytest.mark.timeout(240)]


class Site:
    """A site that ``manage.py run`` serves, on a data directory of its own."""

    def __init__(self, data: Path, **extra: str) -> None:
        self.data = data
        self.port = free_port()
        self.log = data / "log"
        clean = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "run"],
                cwd=REPOSITORY,
                env=clean
                | {"DATA_DIR": str(data), "PORT": str(self.port), "WEB_PROCESSES": "1"}
                | extra,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.url = f"http://127.0.0.1:{self.port}"
        self.clients: list[httpx.Client] = []

    def stop(self) -> int:
        """Stop as Ctrl-C does and return the exit status."""
        for client in self.clients:
            client.close()
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)

    def output(self) -> str:
        return self.log.read_text()

    def wait_until_ready(self) -> None:
        wait_until(lambda: self.output().count("Vitrina is ready") == 1, seconds=120)

    def processes(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def client(self) -> httpx.Client:
        """Return a browser that has signed in with the login that the site has printed."""
        found = re.search(r"sign in with\s+(\S+) / (\S+)", self.output())
        assert found is not None
        client = httpx.Client(base_url=self.url, follow_redirects=True)
        self.clients.append(client)
        page = client.get("/accounts/login/")
        answer = client.post(
            "/accounts/login/",
            data={"csrfmiddlewaretoken": token(page), "login": found[1], "password": found[2]},
        )
        assert answer.url.path == "/", answer.text
        return client


def token(page: httpx.Response) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert found is not None
    return found[1]


@pytest.fixture
def site(tmp_path: Path, models_dir: Path) -> Iterator[Site]:
    (tmp_path / "models").symlink_to(models_dir)
    site = Site(tmp_path)
    yield site
    if site.process.poll() is None:
        site.stop()


def submit(client: httpx.Client) -> str:
    page = client.get("/")
    answer = client.post(
        "/",
        data={"csrfmiddlewaretoken": token(page), "top_k": "5", "model": "efficientnet-lite0-fp32"},
        files={"images": ("photo.jpg", picture((300, 200)), "image/jpeg")},
    )
    assert answer.status_code == 200, answer.text
    assert re.fullmatch(r"/jobs/[0-9a-f-]{36}/", answer.url.path), answer.text
    return str(answer.url.path)


def test_it_serves_the_site_stops_without_a_trace_and_keeps_the_data(
    site: Site, tmp_path: Path
) -> None:
    site.wait_until_ready()
    client = site.client()
    job = submit(client)
    wait_until(lambda: "%" in client.get(job).text)
    processes = site.processes()
    assert len(processes) >= 5  # valkey, web, worker and its children, sweeper

    assert site.stop() == 0
    psutil.wait_procs(processes, timeout=10)
    assert [process for process in processes if process.is_running()] == []

    site.log.unlink()
    again = Site(tmp_path)
    try:
        again.wait_until_ready()
        assert "%" in again.client().get(job).text
    finally:
        again.stop()


def test_it_brings_back_what_dies(site: Site) -> None:
    site.wait_until_ready()
    client = site.client()
    for process in site.processes():
        process.kill()

    wait_until(lambda: answers(site.url), seconds=60)
    job = submit(client)
    wait_until(lambda: "%" in client.get(job).text, seconds=60)


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health/ready").status_code == 200
    except httpx.HTTPError:
        return False


def test_a_taken_port_is_said_at_once(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = subprocess.run(
            [sys.executable, "manage.py", "run", "--port", str(taken.getsockname()[1])],
            cwd=REPOSITORY,
            env=os.environ
            | {"DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "project.settings.local"},
            capture_output=True,
            text=True,
            check=False,
        )

    assert done.returncode == 1
    assert "is taken" in done.stderr
    assert "PORT=8001 make run" in done.stderr
