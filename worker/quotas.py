"""What a user may hand in, and what the site takes on. Asked before anything is stored.

Counters are rows that each submission adds to, so that asking costs the same however many
jobs there are. Two submissions at the same moment may both pass the last place: the limits
protect the site, they are not a bill.
"""

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import F, Q, QuerySet, Sum
from django.utils import timezone

from worker.failures import JobRefusedError
from worker.models import Job, ServiceState, Usage, first_id_at

if TYPE_CHECKING:
    from accounts.models import User

BUSY_RETRY_SECONDS = 60


def quota_check(*, user: "User", service: str, jobs: int = 1, size: int = 0) -> None:
    """Refuse what is too much.

    :param jobs: how many jobs are to be added.
    :param size: how many bytes their pictures have together.
    :raises JobRefusedError: with the seconds after which it may work.
    """
    if ServiceState.objects.filter(service=service, draining=True).exists():
        raise JobRefusedError("service_draining", retry_after=BUSY_RETRY_SECONDS)
    _check_unfinished(user=user, jobs=jobs)
    now = timezone.now()
    usage = Usage.objects.filter(user=user).aggregate(
        today=Sum("jobs", filter=Q(day=now.date()), default=0),
        stored=Sum("stored_bytes", default=0),
    )
    if usage["today"] + jobs > settings.QUOTA_JOBS_PER_DAY:
        raise JobRefusedError("daily_quota", retry_after=_seconds_to_midnight(now))
    # Who has not handed in so many today has not in the last minute.
    if usage["today"] + jobs > settings.QUOTA_JOBS_PER_MINUTE:
        _check_last_minute(user=user, jobs=jobs, now=now)
    if usage["stored"] + size > settings.QUOTA_STORED_BYTES:
        raise JobRefusedError("storage_quota", retry_after=_seconds_to_midnight(now))


def _check_unfinished(*, user: "User", jobs: int) -> None:
    """Refuse when too many jobs are unfinished: of all users, or of this one."""
    unfinished = Job.objects.filter(finished_at__isnull=True)
    total = _count(unfinished, settings.QUEUE_MAX_UNFINISHED_JOBS)
    if total + jobs > settings.QUEUE_MAX_UNFINISHED_JOBS:
        raise JobRefusedError("queue_full", retry_after=BUSY_RETRY_SECONDS)
    # Nobody has more than there are in all.
    if total + jobs > settings.QUOTA_UNFINISHED_JOBS:
        own = _count(unfinished.filter(user=user), settings.QUOTA_UNFINISHED_JOBS)
        if own + jobs > settings.QUOTA_UNFINISHED_JOBS:
            raise JobRefusedError("too_many_jobs", retry_after=BUSY_RETRY_SECONDS)


def _check_last_minute(*, user: "User", jobs: int, now: datetime) -> None:
    """Refuse when a user hands in faster than the site allows."""
    recent = Job.objects.filter(user=user, id__gte=first_id_at(now - timedelta(minutes=1)))
    if _count(recent, settings.QUOTA_JOBS_PER_MINUTE) + jobs > settings.QUOTA_JOBS_PER_MINUTE:
        raise JobRefusedError("too_fast", retry_after=BUSY_RETRY_SECONDS)


def _count(jobs: QuerySet[Job], limit: int) -> int:
    """Return how many jobs there are, counting no further than is needed."""
    return jobs.order_by()[: limit + 1].count()


def _seconds_to_midnight(now: datetime) -> int:
    """Return the seconds until the daily counters begin anew."""
    midnight = datetime.combine(now.date() + timedelta(days=1), time(), UTC)
    return int((midnight - now).total_seconds()) + 1


def stored_bytes(*, user: "User") -> int:
    """Return how many bytes of a user's pictures are stored."""
    return Usage.objects.filter(user=user).aggregate(total=Sum("stored_bytes"))["total"] or 0


def usage_add(*, job: Job, jobs: int, size: int) -> None:
    """Add to the counters of the day on which a job was submitted; negative numbers take away."""
    day = job.created_at.date()
    values = {"jobs": F("jobs") + jobs, "stored_bytes": F("stored_bytes") + size}
    if not Usage.objects.filter(user_id=job.user_id, day=day).update(**values):
        _, created = Usage.objects.get_or_create(
            user_id=job.user_id,
            day=day,
            defaults={"jobs": jobs, "stored_bytes": size},
        )
        if not created:  # another process made the row in between
            Usage.objects.filter(user_id=job.user_id, day=day).update(**values)


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
