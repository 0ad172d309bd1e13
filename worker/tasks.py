"""The Celery tasks: thin doors to :mod:`worker.execution` and :mod:`worker.watchdog`."""

import uuid

from celery import shared_task
from django.db import close_old_connections

from worker.dispatch import TASK
from worker.execution import jobs_run
from worker.watchdog import CANARY, worker_seen
from worker.webhook_delivery import deliver
from worker.webhooks import TASK as DELIVER


@shared_task(name=TASK)
def run_jobs(refs: list[tuple[str, int]]) -> None:
    """Run the jobs of one message, each of them named by id and attempts so far."""
    close_old_connections()  # one that broke while the process was idle is replaced
    jobs_run(refs)


@shared_task(name=DELIVER)
def deliver_webhook(delivery_id: str, attempts: int) -> None:
    """Try once to deliver a webhook's message."""
    deliver(delivery_id=uuid.UUID(delivery_id), attempts=attempts)


@shared_task(name=CANARY)
def canary(worker: str) -> None:
    """Note that a worker runs what it takes from the queue."""
    worker_seen(name=worker)
