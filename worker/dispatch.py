"""The one place that publishes jobs.

A published job has a message in Redis; the others wait in the database. Of each user only
a window of jobs per lane is published at a time, which is the fair share, the outbox and
the back-pressure in one: what is published late, or again, is claimed once all the same.
"""

import logging
import uuid
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, transaction
from kombu.exceptions import OperationalError

from project.celery import send
from project.statements import run
from worker.lines import PUBLISHED_OF_LINE, UNTAKEN
from worker.models import Job, Lane, Status
from worker.waiting import without_waiting

logger = logging.getLogger(__name__)

TASK = "worker.tasks.run_jobs"


class Ref(NamedTuple):
    """What a message says of a job: which one, and how often it had been tried."""

    id: uuid.UUID
    attempts: int
    lane: str


def dispatch(
    *, user_id: int | None = None, lane: str | None = None, window: int | None = None
) -> int:
    """Publish the waiting jobs that may run now, of one user's lane or of all.

    :param window: how many of a line may be published and unfinished, if not as many as usual.
    :returns: how many were published; the rest stays waiting, also when Redis is away.
    """
    lines = [(user_id, lane)] if user_id is not None and lane is not None else _waiting_lines()
    published = 0
    for line_user, line_lane in lines:
        refs = _take(line_user, line_lane, window or settings.DISPATCH_WINDOW)
        if refs and not publish(refs, together=_together(refs)):
            break
        published += len(refs)
    return published


def dispatch_on_commit(job: Job, *, window: int | None = None) -> None:
    """Publish what waits in a job's line as soon as what was written is there for others to see.

    :param window: as for :func:`dispatch`; a look whether it has room comes first then, as one
        is given where it had none a moment before.
    """
    user_id, lane = job.user_id, job.lane

    # A function of its own: Django logs its name when it fails.
    def publish_line() -> None:
        if window is None or _in_line(user_id, lane) < window:
            dispatch(user_id=user_id, lane=lane, window=window)

    transaction.on_commit(publish_line, robust=True)


def publish_on_commit(job: Job) -> None:
    """Publish a job that is stored as published; the same, without looking for it."""
    ref = Ref(job.id, job.attempts, job.lane)

    def publish_job() -> None:
        publish([ref])

    transaction.on_commit(publish_job, robust=True)


def _waiting_lines() -> list[tuple[int, str]]:
    """Return the (user, lane) pairs with jobs that nobody has published, interactive ones first."""
    waiting = Job.objects.filter(status=Status.QUEUED, published_at__isnull=True)
    pairs = waiting.order_by().values_list("user_id", "lane").distinct()
    return sorted(pairs, key=lambda pair: pair[1] != Lane.INTERACTIVE)


def _in_line(user_id: int, lane: str) -> int:
    """Count what is published: half the cost of having :data:`_TAKE` find out that it is full."""
    return _counted(f"SELECT count(*) {PUBLISHED_OF_LINE}", user_id=user_id, lane=lane)


def _counted(sql: str, **parameters: Any) -> int:
    """Run a statement that counts."""
    return int(run(sql, parameters)[0][0])


_TAKE = """
WITH chosen AS MATERIALIZED (
    SELECT id FROM worker_job
    WHERE user_id = %(user_id)s AND lane = %(lane)s
        AND status = 'queued' AND published_at IS NULL AND finished_at IS NULL
        AND service NOT IN (SELECT service FROM worker_servicestate WHERE paused)
    ORDER BY id
    LIMIT (
        SELECT CASE WHEN count(*) < %(window)s THEN %(window)s - count(*) ELSE 0 END
        {in_line}
    )
    {skip_locked}
)
UPDATE worker_job SET published_at = CURRENT_TIMESTAMP, rings = rings + 1
WHERE id IN (SELECT id FROM chosen)
RETURNING id, attempts, lane{without_waiting}
"""
"""One statement, as it runs after each submission and each message, and mostly finds nothing."""


def _take(user_id: int, lane: str, window: int) -> list[Ref]:
    """Mark a user's oldest waiting jobs as published, as far as the window has room.

    Marked first and published after: a crash in between leaves jobs that are published a
    little later, by the sweeper; the other way round would publish them twice.
    """
    locks = connection.features.has_select_for_update_skip_locked
    rows = run(
        _TAKE.format(
            in_line=PUBLISHED_OF_LINE,
            skip_locked="FOR UPDATE SKIP LOCKED" if locks else "",
            without_waiting=without_waiting(),
        ),
        {"user_id": user_id, "lane": lane, "window": window},
    )
    # SQLite has ids as text.
    return sorted(Ref(uuid.UUID(str(row[0])), *row[1:3]) for row in rows)


def _together(refs: Sequence[Ref]) -> int:
    """Return how many of the jobs that were taken together may be in one message.

    In the interactive lane only one, unless messages wait in line without them: two processes, if
    there were any, would have two jobs done sooner than one.
    """
    lane = refs[0].lane
    if lane == Lane.INTERACTIVE and len(refs) > 1:
        enough = len(refs) + settings.DISPATCH_ENOUGH
        if _counted(UNTAKEN, lane=lane, enough=enough) < enough:
            return 1
    return int(settings.DISPATCH_TOGETHER[lane])


def publish(refs: Sequence[Ref], *, together: int = 1) -> bool:
    """Send the messages for jobs that are marked as published.

    :param together: how many of them may be in one message.
    :returns: ``False`` when Redis did not take them; they wait again then.
    """
    pending = list(refs)
    try:
        for message in _messages(refs, most=together):
            jobs = [(str(ref.id), ref.attempts) for ref in message]
            send(TASK, jobs, queue=message[0].lane)
            del pending[: len(message)]
    except (OperationalError, OSError) as error:
        logger.warning("cannot publish %d jobs, they wait: %s", len(pending), error)
        Job.objects.filter(
            id__in=[ref.id for ref in pending],
            status=Status.QUEUED,
        ).update(published_at=None)
        return False
    return True


def _messages(refs: Sequence[Ref], *, most: int) -> Iterator[list[Ref]]:
    """Group jobs into messages.

    A job that has failed to end once runs alone, so that it takes no neighbour with it.
    """
    together: list[Ref] = []
    for ref in refs:
        if ref.attempts:
            yield [ref]
            continue
        together.append(ref)
        if len(together) == most:
            yield together
            together = []
    if together:
        yield together
