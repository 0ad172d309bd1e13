"""The whole site, as ``manage.py run`` starts it, with users who have signed in."""

import os
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import psutil
from django.conf import settings

from accounts.models import User
from benchmarks.browser import Browser
from benchmarks.parts import processor_seconds
from benchmarks.place import process, wait_until
from worker.models import WorkerState

PASSWORD = "a long password to measure with"  # noqa: S105
READY_SECONDS = 120


@dataclass(frozen=True)
class Site:
    """A site that runs.

    :ivar supervisor: the process that has started the others.
    """

    port: int
    supervisor: psutil.Process

    def processor_seconds(self) -> dict[str, float]:
        """Return the processor time that each part has used so far."""
        return processor_seconds(self.supervisor)

    def browsers(self, count: int) -> list[Browser]:
        """Make users, and sign each of them in through the page."""
        browsers = []
        for number in range(count):
            user = User.objects.create_user(f"browser{number}@example.com", PASSWORD)
            browser = Browser(self.port)
            browser.sign_in(email=user.email, password=PASSWORD)
            browsers.append(browser)
        return browsers


@contextmanager
def site() -> Iterator[Site]:
    """Run the site; web and worker are ready when this yields."""
    port = free_port()
    command = [sys.executable, "manage.py", "run", "--port", str(port)]
    log = Path(settings.DATA_DIR) / "site.log"
    with process(command, environment=dict(os.environ), log=log) as supervisor:
        wait_until(
            lambda: answers(port) and WorkerState.objects.exists(),
            seconds=READY_SECONDS,
            what="the site",
            process=supervisor,
        )
        yield Site(port, psutil.Process(supervisor.pid))


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    """Tell whether the site can serve."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=2) as response:
            return bool(response.status == HTTPStatus.OK)
    except (urllib.error.URLError, OSError):
        return False
