"""``manage.py sweeper``: the small process that mends what died halfway."""

import logging
import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, close_old_connections

from worker.sweep import sweep, sweeper_seen

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Returns lost jobs to the queue, expires overdue ones and publishes what waits."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="sweep once and end")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            self.stdout.write(str(sweep()))
            return
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        while True:
            self._sweep()
            if stop.wait(settings.SWEEP_INTERVAL.total_seconds()):
                return

    def _sweep(self) -> None:
        """Sweep once; a database that is away is waited for."""
        try:
            swept = sweep()
            sweeper_seen()
        except DatabaseError:
            logger.exception("cannot sweep, next try in %s", settings.SWEEP_INTERVAL)
        else:
            if swept.given_up or swept.returned or swept.rung_again or swept.expired:
                logger.info("%s", swept)
        close_old_connections()
