"""The site's processes under the product's own supervisor: ``python -m tests.chaos.site``."""

import os
import sys

import django
from django.conf import settings

from project.supervisor import Program, Supervisor

WORKERS = 2


def programs() -> list[Program]:
    """Return what runs: two workers, so that one can be away, and the rest as in `make run`."""
    python, manage = sys.executable, (sys.executable, "manage.py")
    web = (python, "-m", "gunicorn", "--config", "python:project.gunicorn")
    workers = [
        Program(f"worker {number}", (*manage, "work", "--processes=1")) for number in range(WORKERS)
    ]
    return [Program("web", web), *workers, Program("sweeper", (*manage, "sweeper"))]


def main() -> None:
    """Run until SIGTERM."""
    # The supervisor's own view of the settings must be that of the processes.
    assert os.environ["DJANGO_SETTINGS_MODULE"].startswith("tests.chaos.")
    django.setup()
    supervisor = Supervisor(programs(), grace=settings.STOP_GRACE.total_seconds())
    supervisor.start()
    supervisor.watch()


if __name__ == "__main__":
    main()
