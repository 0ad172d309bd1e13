"""``manage.py run``: the whole site on this machine, in one foreground process."""

import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.services import DEMO_ADMIN_EMAIL, DEMO_EMAIL
from project import environment
from project.supervisor import Program, Supervisor

HOST = "127.0.0.1"
READY_WITHIN = 120.0


class Command(BaseCommand):
    help = "Serves the whole site on this machine until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=environment.PORT)

    def handle(self, *args: Any, **options: Any) -> None:
        port = options["port"]
        _refuse_taken_port(port)
        prepared = subprocess.run([sys.executable, "manage.py", "prepare"], check=False)
        if prepared.returncode:
            raise CommandError("The preparation failed; see above.")
        supervisor = Supervisor(_programs(port), grace=settings.STOP_GRACE.total_seconds())
        supervisor.start()
        threading.Thread(target=self._announce, args=(port, supervisor), daemon=True).start()
        supervisor.watch()
        self.stdout.write("Vitrina has stopped.")

    def _announce(self, port: int, supervisor: Supervisor) -> None:
        """Print the address and the demo login once the site answers."""
        address = f"http://{HOST}:{port}"
        end = time.monotonic() + READY_WITHIN
        while time.monotonic() < end and not supervisor.stopping.wait(0.2):
            if _answers(f"{address}/health/ready"):
                password = (settings.DATA_DIR / "demo-password").read_text().strip()
                self.stdout.write(
                    f"\nVitrina is ready: {address}\n"
                    f"  sign in with  {DEMO_EMAIL} / {password}\n"
                    f"  or as admin   {DEMO_ADMIN_EMAIL} / {password}\n"
                    "  Ctrl-C stops it.\n",
                )
                self.stdout.flush()
                return


def _programs(port: int) -> list[Program]:
    """Return what makes up the site, in the order of starting."""
    python = sys.executable
    manage = (python, "manage.py")
    programs = [
        Program(
            "web",
            (
                *(python, "-m", "gunicorn", "--config", "python:project.gunicorn"),
                *("--bind", f"{HOST}:{port}"),
            ),
        ),
        Program("worker", (*manage, "work")),
        Program("webhooks", (*manage, "work", "--webhooks")),
        Program("sweeper", (*manage, "sweeper")),
    ]
    if settings.EMBEDDED_VALKEY_SOCKET:
        command = (python, "-m", "project.embedded", str(settings.EMBEDDED_VALKEY_SOCKET))
        programs.insert(0, Program("valkey", command, foundation=True))
    return programs


def _refuse_taken_port(port: int) -> None:
    """Say at once when something else listens on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise CommandError(
                f"Port {port} is taken ({error.strerror}). Choose another: PORT=8001 make run",
            ) from error


def _answers(url: str) -> bool:
    """Tell whether a GET of the address succeeds."""
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False
