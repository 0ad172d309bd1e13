"""``manage.py sweeper``: the small process that mends what died halfway, and does the chores."""

import logging
import signal
import threading
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, close_old_connections

from project import metrics
from project.alive import alive_now
from worker.chores import chores, long_chores
from worker.sweep import sweep, sweeper_seen

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "Returns lost jobs to the queue, expires overdue ones and publishes what waits; deletes "
        "what is not to be kept."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="sweep once and end")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            self.stdout.write(str(sweep()))
            self.stdout.write(str(chores()))
            long_chores()
            return
        metrics.count_in_files("sweeper")
        metrics.serve()
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        # In threads of their own: no sweep waits for them, and short ones not for long ones.
        for do in (_chores, _long_chores):
            threading.Thread(target=_repeat, args=(do, stop), daemon=True).start()
        _repeat(_sweep, stop)


def _repeat(do: Callable[[], None], stop: threading.Event) -> None:
    """Do something at every interval until it is time to stop; what fails stops the process."""
    try:
        while True:
            try:
                do()
            except (DatabaseError, OSError):
                logger.exception("the next try is in %s", settings.SWEEP_INTERVAL)
            close_old_connections()
            if stop.wait(settings.SWEEP_INTERVAL.total_seconds()):
                return
    finally:
        stop.set()


def _sweep() -> None:
    """Sweep once."""
    swept = sweep()
    sweeper_seen()
    alive_now()
    if swept.given_up or swept.returned or swept.rung_again or swept.expired:
        logger.info("%s", swept)


def _chores() -> None:
    """Do one round of the chores."""
    chores()


def _long_chores() -> None:
    """Do the chores that take minutes."""
    while long_chores():
        close_old_connections()
