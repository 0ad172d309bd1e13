"""The sweeper: mends what died halfway. It needs the database only; Redis just rings.

Several of them at once do no harm, as each step is a conditional UPDATE.
"""

import logging
import socket
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import (
    Case,
    DateTimeField,
    DurationField,
    ExpressionWrapper,
    F,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Now
from django.utils import timezone
from kombu.exceptions import OperationalError

from accounts.counting import requests_forget
from project import __version__
from project.celery import redis_client
from worker.console import SWEEPER
from worker.dispatch import Ref, dispatch, publish
from worker.models import (
    ErasedJob,
    IdempotencyKey,
    Job,
    Lane,
    Status,
    WebhookDelivery,
    WorkerState,
    first_id_at,
)
from worker.strays import strays_collect
from worker.webhooks import deliveries_ring_due, jobs_ended

logger = logging.getLogger(__name__)

KEYS_KEPT = timedelta(hours=24)
"""For so long a create may be sent again without making a second job."""

ERASED_KEPT = timedelta(days=365)
"""For so long a job that was deleted is said to be gone, and not unknown."""


@dataclass(frozen=True)
class Swept:
    """What one sweep did, in jobs; ``strays`` are those that never came to be."""

    expired: int
    returned: int
    given_up: int
    rung_again: int
    dispatched: int
    strays: int


def sweep() -> Swept:
    """Do all the steps once."""
    forget_workers()
    forget_traces()
    deliveries_ring_due()
    return Swept(
        expired=expire_overdue(),
        given_up=give_up_lost(),
        returned=return_lost(),
        rung_again=ring_again(),
        dispatched=dispatch(),
        strays=strays_collect(),
    )


def sweeper_seen() -> None:
    """Leave a sign of life, by host: it is the machine that should have a sweeper."""
    name = f"{SWEEPER} {socket.gethostname()}"
    if not WorkerState.objects.filter(name=name).update(seen_at=Now(), version=__version__):
        WorkerState.objects.get_or_create(
            name=name,
            defaults={"started_at": Now(), "seen_at": Now(), "version": __version__},
        )


def forget_workers() -> None:
    """Forget the workers that have shown no sign of life for a day."""
    WorkerState.objects.filter(seen_at__lt=Now() - timedelta(days=1)).delete()


def forget_traces() -> None:
    """Forget what is kept for a while only: keys of creates, sent messages, counts of requests."""
    now = timezone.now()
    IdempotencyKey.objects.filter(created_at__lt=now - KEYS_KEPT).delete()
    ErasedJob.objects.filter(erased_at__lt=now - ERASED_KEPT).delete()
    kept = timedelta(days=settings.WEBHOOK_DELIVERIES_KEPT_DAYS)
    WebhookDelivery.objects.filter(id__lt=first_id_at(now - kept)).delete()
    requests_forget(before_minute=int(now.timestamp()) // 60 - 60)


def expire_overdue() -> int:
    """End the queued jobs whose deadline has passed."""
    overdue = _unfinished().filter(status=Status.QUEUED, expires_at__lt=Now())
    return _end(overdue, status=Status.EXPIRED)


@transaction.atomic
def _end(jobs: QuerySet[Job], *, status: Status, **fields: Any) -> int:
    """End some jobs and have it told; return how many."""
    if connection.features.has_select_for_update_skip_locked:
        jobs = jobs.select_for_update(skip_locked=True)
    ended = list(jobs.only("id", "user_id", "service", "error_code")[: settings.SWEEP_LIMIT])
    if ended:
        Job.objects.filter(id__in=[job.id for job in ended]).update(
            status=status,
            finished_at=Now(),
            lease_expires_at=None,
            **fields,
        )
        jobs_ended(ended, status=status, code=fields.get("error_code", ""))
    return len(ended)


def give_up_lost() -> int:
    """Fail the jobs whose last attempt ended without a word."""
    given_up = _lost().filter(attempts__gte=settings.JOB_MAX_ATTEMPTS)
    return _end(given_up, status=Status.FAILED, error_code="worker_lost")


def return_lost() -> int:
    """Return to the queue the jobs whose worker went away; :func:`dispatch` publishes them."""
    return (
        _lost()
        .filter(attempts__lt=settings.JOB_MAX_ATTEMPTS)
        .update(
            status=Status.QUEUED,
            lease_expires_at=None,
            published_at=None,
            rings=0,
        )
    )


def _lost() -> QuerySet[Job]:
    """Return the running jobs whose lease has run out."""
    return _unfinished().filter(status=Status.RUNNING, lease_expires_at__lt=Now())


def _unfinished() -> QuerySet[Job]:
    """Return the jobs among which the sweeper looks, in the order that costs least.

    Said so that SQLite finds them by their small index, however many others there are.
    """
    return Job.objects.filter(finished_at__isnull=True).order_by()


def ring_again() -> int:
    """Publish again what was published, but has not been claimed for a while.

    Not more than the messages that are missing in Redis, or an overload, in which
    everything waits long, would multiply its messages.
    """
    rung = 0
    for lane in Lane.values:
        missing = _missing_messages(lane)
        if missing <= 0:
            continue
        with transaction.atomic():
            refs = _mark_rung(lane, min(missing, settings.SWEEP_LIMIT))
        if refs and publish(refs):
            rung += len(refs)
    return rung


def _missing_messages(lane: str) -> int:
    """Return how many published jobs cannot have a message waiting in Redis."""
    published = Job.objects.filter(
        status=Status.QUEUED,
        published_at__isnull=False,
        lane=lane,
    ).count()
    if not published:
        return 0
    try:
        with redis_client() as client:
            messages = client.llen(lane)
    except (OperationalError, OSError):
        return 0
    return published - int(messages)


def _mark_rung(lane: str, limit: int) -> list[Ref]:
    """Choose the jobs to publish again and note that it happens."""
    pauses = settings.RING_AGAIN_AFTER
    pause = Case(
        *(
            When(rings__lte=rings, then=Value(timedelta(seconds=seconds)))
            for rings, seconds in enumerate(pauses, start=1)
        ),
        default=Value(timedelta(seconds=pauses[-1])),
        output_field=DurationField(),
    )
    jobs = (
        Job.objects.filter(status=Status.QUEUED, lane=lane, published_at__isnull=False)
        .alias(due_at=ExpressionWrapper(F("published_at") + pause, output_field=DateTimeField()))
        .filter(due_at__lt=Now())
        .order_by("published_at")
    )
    refs = [Ref(*row) for row in jobs.values_list("id", "attempts", "lane")[:limit]]
    Job.objects.filter(
        id__in=[ref.id for ref in refs],
        status=Status.QUEUED,
    ).update(published_at=Now(), rings=F("rings") + 1)
    return refs
