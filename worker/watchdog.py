"""Sees to it that a worker which no longer consumes is started again.

A worker sends itself a message through Redis, its canary, and one of its processes notes in the
database that it came. Celery's own ``ping`` tells something else: it fails while work goes on,
and answers while none does.
"""

import logging
import os
import threading
import time
from datetime import timedelta

from celery.worker import state
from django.conf import settings
from django.db import DatabaseError, connections
from django.db.models.functions import Now
from kombu.exceptions import OperationalError

from project import __version__, logs
from project.alive import alive_now
from project.celery import app, redis_client
from project.metrics import family_memory
from worker.models import WorkerState
from worker.registry import services

logger = logging.getLogger(__name__)

CANARY = "worker.tasks.canary"

QUEUE_KEPT_SECONDS = 600
"""How long the queue of a worker that is gone stays in Redis."""


def own_queue(worker: str) -> str:
    """Return the name of the queue that carries a worker's canary."""
    return f"worker.{worker}"


def worker_seen(*, name: str) -> None:
    """Note that a worker has just run a message, and what it is like."""
    facts = {
        "seen_at": Now(),
        "memory_bytes": family_memory(),
        "model_names": ", ".join(filter(None, (service.default_model() for service in services()))),
        "version": __version__,
    }
    if not WorkerState.objects.filter(name=name).update(**facts):
        WorkerState.objects.get_or_create(name=name, defaults={"started_at": Now(), **facts})
    alive_now()


def worker_is_alive(*, name: str, within: timedelta = settings.CANARY_PATIENCE) -> bool:
    """Tell whether a worker, or one of a host named with a final colon, ran a message lately.

    :raises django.db.DatabaseError: when the database does not answer.
    """
    return WorkerState.objects.filter(
        name__startswith=name,
        seen_at__gt=Now() - within,
    ).exists()


class Watchdog(threading.Thread):
    """Watches the worker in whose main process it runs, and ends it when it is stuck."""

    def __init__(self, worker: str) -> None:
        super().__init__(name="watchdog", daemon=True)
        self.worker = worker
        self.excused = time.monotonic()

    def run(self) -> None:
        """Send canaries for ever."""
        while True:
            if self._is_stuck():
                logger.critical("this worker consumes nothing any more; it exits to be restarted")
                logs.reports_flush()
                os._exit(1)
            time.sleep(settings.CANARY_INTERVAL.total_seconds())

    def _is_stuck(self) -> bool:
        """Tell whether canaries are sent but do not come, for longer than patience lasts.

        While Redis or the database is away nobody can tell, and it is not the worker's fault.
        """
        try:
            app.send_task(CANARY, args=[self.worker], queue=own_queue(self.worker), retry=False)
            with redis_client() as client:
                client.expire(own_queue(self.worker), QUEUE_KEPT_SECONDS)
            alive = worker_is_alive(name=self.worker, within=2 * settings.CANARY_INTERVAL)
        except (OperationalError, OSError, DatabaseError) as error:
            logger.warning("the watchdog cannot see: %s", error)
            alive = True
        finally:
            connections.close_all()
        if alive:
            self.excused = time.monotonic()
        patience = settings.CANARY_PATIENCE if state.reserved_requests else settings.IDLE_PATIENCE
        return time.monotonic() - self.excused > patience.total_seconds()
