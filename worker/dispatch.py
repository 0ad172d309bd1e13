"""The one place that publishes jobs.

A published job has a message in Redis; the others wait in the database. Of each user only
a window of jobs per lane is published at a time, which is the fair share, the outbox and
the back-pressure in one: what is published late, or again, is claimed once all the same.
"""

import logging
import uuid
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from kombu.exceptions import OperationalError

from project.celery import app
from worker.models import Job, Lane, ServiceState, Status

logger = logging.getLogger(__name__)

TASK = "worker.tasks.run_jobs"


class Ref(NamedTuple):
    """What a message says of a job: which one, and how often it had been tried."""

    id: uuid.UUID
    attempts: int
    lane: str


def dispatch(*, user_id: int | None = None, lane: str | None = None) -> int:
    """Publish the waiting jobs that may run now, of one user's lane or of all.

    :returns: how many were published; the rest stays waiting, also when Redis is away.
    """
    lines = [(user_id, lane)] if user_id is not None and lane is not None else _waiting_lines()
    published = 0
    for line_user, line_lane in lines:
        refs = _take(line_user, line_lane)
        if refs and not publish(refs):
            break
        published += len(refs)
    return published


def _waiting() -> QuerySet[Job]:
    """Return the jobs that nobody has published and whose service is not paused."""
    paused = ServiceState.objects.filter(paused=True).values("service")
    return Job.objects.filter(status=Status.QUEUED, published_at__isnull=True).exclude(
        service__in=paused,
    )


def _waiting_lines() -> list[tuple[int, str]]:
    """Return the (user, lane) pairs with waiting jobs, interactive ones first."""
    pairs = _waiting().order_by().values_list("user_id", "lane").distinct()
    return sorted(pairs, key=lambda pair: pair[1] != Lane.INTERACTIVE)


def _take(user_id: int, lane: str) -> list[Ref]:
    """Mark a user's oldest waiting jobs as published, as far as the window has room.

    Marked first and published after: a crash in between leaves jobs that are published a
    little later, by the sweeper; the other way round would publish them twice.
    """
    line = Job.objects.filter(user_id=user_id, lane=lane, finished_at__isnull=True)
    # Mostly nothing waits: that is asked first, without a transaction.
    if not line.filter(status=Status.QUEUED, published_at__isnull=True).exists():
        return []
    room = settings.DISPATCH_WINDOW - line.filter(published_at__isnull=False).count()
    return _mark(user_id, lane, room) if room > 0 else []


@transaction.atomic
def _mark(user_id: int, lane: str, room: int) -> list[Ref]:
    """Mark a user's oldest waiting jobs, at most so many, as published."""
    jobs = _waiting().filter(user_id=user_id, lane=lane).order_by("id")
    if connection.features.has_select_for_update_skip_locked:
        jobs = jobs.select_for_update(skip_locked=True, of=("self",))
    refs = [Ref(*row) for row in jobs.values_list("id", "attempts", "lane")[:room]]
    if refs:
        Job.objects.filter(id__in=[ref.id for ref in refs]).update(
            published_at=Now(),
            rings=F("rings") + 1,
        )
    return refs


def publish(refs: Sequence[Ref]) -> bool:
    """Send the messages for jobs that are marked as published.

    :returns: ``False`` when Redis did not take them; they wait again then.
    """
    pending = list(refs)
    try:
        for message in _messages(refs):
            app.send_task(
                TASK,
                args=[[(str(ref.id), ref.attempts) for ref in message]],
                queue=message[0].lane,
                retry=False,
            )
            del pending[: len(message)]
    except (OperationalError, OSError) as error:
        logger.warning("cannot publish %d jobs, they wait: %s", len(pending), error)
        Job.objects.filter(
            id__in=[ref.id for ref in pending],
            status=Status.QUEUED,
        ).update(published_at=None)
        return False
    return True


def _messages(refs: Sequence[Ref]) -> Iterator[list[Ref]]:
    """Group jobs into messages: several of the bulk lane in one, unless tried before.

    A job that has failed to end once runs alone, so that it takes no neighbour with it.
    """
    together: list[Ref] = []
    for ref in refs:
        if ref.lane == Lane.INTERACTIVE or ref.attempts:
            yield [ref]
            continue
        together.append(ref)
        if len(together) == settings.DISPATCH_BULK_SIZE:
            yield together
            together = []
    if together:
        yield together
