"""What a user may hand in, and what the site takes on. Asked before anything is stored.

Counters are rows that each submission adds to, so that asking costs the same however many
jobs there are. Two submissions at the same moment may both pass the last place: the limits
protect the site, they are not a bill.
"""

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings
from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from accounts.allowances import limits_of
from project.statements import run
from worker.failures import JobRefusedError
from worker.lines import UNTAKEN
from worker.metrics import count_submitted
from worker.models import Job, Lane, Usage, first_id_at
from worker.registry import hidden_services

if TYPE_CHECKING:
    from accounts.models import User

BUSY_RETRY_SECONDS = 60


_FACTS = f"""
SELECT
    coalesce(state.draining, FALSE),
    (
        SELECT count(*) FROM (
            SELECT 1 FROM worker_job WHERE finished_at IS NULL LIMIT %(all_count)s
        ) AS unfinished
    ),
    own.jobs,
    used.today,
    used.stored_bytes,
    NOT coalesce(state.paused, FALSE) AND own.in_line < CASE WHEN (
        {UNTAKEN}
    ) < %(enough)s THEN CAST(%(window)s AS integer) ELSE %(at_once)s END
FROM (
    SELECT
        count(*) AS jobs,
        count(published_at) FILTER (WHERE lane = %(lane)s) AS in_line
    FROM (
        SELECT lane, published_at FROM worker_job
        WHERE user_id = %(user_id)s AND finished_at IS NULL LIMIT %(own_count)s
    ) AS unfinished
) AS own
CROSS JOIN (
    SELECT
        coalesce(sum(jobs) FILTER (WHERE day = %(today)s), 0) AS today,
        coalesce(sum(stored_bytes), 0) AS stored_bytes
    FROM worker_usage WHERE user_id = %(user_id)s
) AS used
LEFT JOIN worker_servicestate AS state ON state.service = %(service)s
"""  # noqa: S608 - no input
"""One statement, as it runs with each submission: six by Django cost more than all else there.
The user's jobs, counters and the service's state are read once each, as planning a read costs more
than the read does. Counted no further than is needed."""


class Facts(NamedTuple):
    """What the limits look at.

    :ivar unfinished: jobs of all users.
    :ivar own: unfinished jobs of the user.
    :ivar today: jobs that the user has handed in today.
    :ivar stored: bytes of the user's pictures.
    :ivar room: whether the user's window has room for one more published job; it is smaller while
        messages wait in line.
    """

    draining: bool
    unfinished: int
    own: int
    today: int
    stored: int
    room: bool


def quota_check(
    *,
    user: "User",
    service: str,
    model: str = "",
    lane: str = Lane.INTERACTIVE,
    jobs: int = 1,
    size: int = 0,
) -> bool:
    """Refuse what is too much, and what the user may not use.

    :param model: the one that is asked for, where that is known.
    :param jobs: how many jobs are to be added.
    :param size: how many bytes their pictures have together.
    :returns: whether one of them may be published as soon as it is stored.
    :raises JobRefusedError: with the seconds after which it may work, if it ever may.
    """
    now = timezone.now()
    limits = limits_of(user)
    if not limits.allows("services", service) and service not in hidden_services():
        raise JobRefusedError("service_not_allowed")
    if not limits.allows("models", model):
        raise JobRefusedError("model_not_allowed")
    unfinished_max = limits.unfinished_jobs.value
    facts = _facts(user=user, service=service, lane=lane, now=now, own_count=unfinished_max + 1)
    if facts.draining:
        raise JobRefusedError("service_draining", retry_after=BUSY_RETRY_SECONDS)
    if facts.unfinished + jobs > settings.QUEUE_MAX_UNFINISHED_JOBS:
        raise JobRefusedError("queue_full", retry_after=BUSY_RETRY_SECONDS)
    if facts.own + jobs > unfinished_max:
        raise JobRefusedError("too_many_jobs", retry_after=BUSY_RETRY_SECONDS)
    if facts.today + jobs > limits.jobs_per_day.value:
        raise JobRefusedError("daily_quota", retry_after=_seconds_to_midnight(now))
    # Who has not handed in so many today has not in the last minute.
    if facts.today + jobs > limits.jobs_per_minute.value:
        _check_last_minute(user=user, jobs=jobs, now=now, most=limits.jobs_per_minute.value)
    if facts.stored + size > limits.stored_bytes.value:
        raise JobRefusedError("storage_quota", retry_after=_seconds_to_midnight(now))
    return facts.room


def _facts(*, user: "User", service: str, lane: str, now: datetime, own_count: int) -> Facts:
    """Ask the database for all that the limits look at."""
    asked: dict[str, Any] = {
        "service": service,
        "user_id": user.pk,
        "lane": lane,
        "window": settings.DISPATCH_WINDOW,
        "enough": settings.DISPATCH_ENOUGH,
        "at_once": settings.DISPATCH_AT_ONCE,
        "today": now.date(),
        "all_count": settings.QUEUE_MAX_UNFINISHED_JOBS + 1,
        "own_count": own_count,
    }
    return Facts(*run(_FACTS, asked)[0])


def _check_last_minute(*, user: "User", jobs: int, now: datetime, most: int) -> None:
    """Refuse when a user hands in faster than they may."""
    recent = Job.objects.filter(user=user, id__gte=first_id_at(now - timedelta(minutes=1)))
    counted = recent.order_by()[: most + 1].count()
    if counted + jobs > most:
        raise JobRefusedError("too_fast", retry_after=BUSY_RETRY_SECONDS)


def _seconds_to_midnight(now: datetime) -> int:
    """Return the seconds until the daily counters begin anew."""
    midnight = datetime.combine(now.date() + timedelta(days=1), time(), UTC)
    return int((midnight - now).total_seconds()) + 1


def stored_bytes(*, user: "User") -> int:
    """Return how many bytes of a user's pictures are stored."""
    return Usage.objects.filter(user=user).aggregate(total=Sum("stored_bytes"))["total"] or 0


USAGE_ADD = """
INSERT INTO worker_usage (user_id, day, jobs, stored_bytes) VALUES (%s, %s, %s, %s)
ON CONFLICT (user_id, day) DO UPDATE
SET jobs = worker_usage.jobs + excluded.jobs,
    stored_bytes = worker_usage.stored_bytes + excluded.stored_bytes
"""


def usage_add(*, job: Job, jobs: int, size: int) -> None:
    """Add to the counters of the day on which a job was submitted; negative numbers take away."""
    if jobs:
        count_submitted(job=job, jobs=jobs)
    with connection.cursor() as cursor:
        cursor.execute(USAGE_ADD, [job.user_id, job.created_at.date(), jobs, size])


def usage_of(user: "User") -> dict[str, Any]:
    """Return what a user has handed in: in total now, and on each of the last days."""
    days = list(Usage.objects.filter(user=user).order_by("-day").values("day", "jobs")[:30])
    today = timezone.now().date()
    unfinished = Job.objects.filter(user=user, finished_at__isnull=True)
    return {
        "used": {
            "jobs_today": next((row["jobs"] for row in days if row["day"] == today), 0),
            "unfinished_jobs": unfinished.count(),
            "stored_bytes": stored_bytes(user=user),
        },
        "days": days,
    }
