"""What the console tells of the queue. Reads only, each bounded however many jobs there are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import psutil
from django.conf import settings
from django.db.models import Count, Min, Sum
from django.utils import timezone

from worker.failures import OURS, message
from worker.models import (
    UNFINISHED,
    Job,
    Lane,
    ServiceState,
    Status,
    Usage,
    WorkerState,
    first_id_at,
)
from worker.registry import services
from worker.selectors import jobs_dead

COUNTED_MAX = 10_000
"""Jobs that are counted for one figure; the page shows it with a plus sign then."""

DAYS = 30
FAILED_DAYS = 7
TOP = 8
SWEEPER = "sweeper"
"""What the name of a sweeper begins with, where it leaves its sign of life."""


@dataclass(frozen=True)
class Bar:
    """A column of a chart that is 100 high."""

    day: date
    jobs: int
    x: int
    height: float

    @property
    def y(self) -> float:
        """Where it begins, from above."""
        return 100 - self.height


def queues() -> Mapping[str, Any]:
    """Return depth, age and pace of each lane, and what is decided about each service."""
    lanes = dict.fromkeys(Lane.values, (0, None))
    unfinished = Job.objects.filter(finished_at=None).order_by()
    waiting = unfinished.filter(status=Status.QUEUED).values("lane")
    for row in waiting.annotate(jobs=Count("id"), oldest=Min("created_at")):
        lanes[row["lane"]] = (row["jobs"], row["oldest"])
    lately = Job.objects.filter(id__gte=first_id_at(timezone.now() - timedelta(hours=1)))
    states = ServiceState.objects.in_bulk()
    return {
        "lanes": [(Lane(lane).label, *facts) for lane, facts in lanes.items()],
        "running": unfinished.filter(status=Status.RUNNING).count(),
        "ended": _counted(lately.exclude(status__in=UNFINISHED)),
        "failed": _counted(lately.filter(status=Status.FAILED)),
        "counted_max": COUNTED_MAX,
        "services": [
            (service, states.get(service.slug, ServiceState(service=service.slug)))
            for service in services()
            if not service.hidden
        ],
    }


def _counted(jobs: Any) -> int:
    """Count jobs, no further than :data:`COUNTED_MAX`."""
    counted: int = jobs.order_by()[:COUNTED_MAX].count()
    return counted


def workers() -> Mapping[str, Any]:
    """Return workers with their signs of life and the jobs that their hosts run, and sweepers."""
    patience = timezone.now() - settings.CANARY_PATIENCE
    states = list(WorkerState.objects.order_by("name"))
    running: dict[str, list[Job]] = {}
    jobs = Job.objects.filter(status=Status.RUNNING).only("id", "worker", "started_at")
    for job in jobs[:200]:
        running.setdefault(job.worker.partition(":")[0], []).append(job)
    return {
        "workers": [
            (state, state.seen_at > patience, running.get(state.name.partition(":")[0], []))
            for state in states
            if not state.name.startswith(SWEEPER)
        ],
        "sweepers": [
            (state, state.seen_at > patience) for state in states if state.name.startswith(SWEEPER)
        ],
    }


def failures() -> Mapping[str, Any]:
    """Return how many jobs of the last days failed for each reason, and may be tried again."""
    since = first_id_at(timezone.now() - timedelta(days=FAILED_DAYS))
    failed = Job.objects.filter(status=Status.FAILED, id__gte=since).order_by()
    counts = failed.values("error_code").annotate(jobs=Count("id")).order_by("-jobs")
    dead = dict(
        jobs_dead(failed)
        .values_list("error_code")
        .annotate(jobs=Count("id"))
        .order_by("error_code")
    )
    return {
        "days": FAILED_DAYS,
        "reasons": [
            {
                "code": row["error_code"],
                "text": message(row["error_code"]),
                "jobs": row["jobs"],
                "dead": dead.get(row["error_code"], 0),
                "is_ours": row["error_code"] in OURS,
            }
            for row in counts
        ],
    }


def usage() -> Mapping[str, Any]:
    """Return jobs by day, by user, and of the last day by service and model; from counters."""
    today = timezone.now().date()
    first = today - timedelta(days=DAYS - 1)
    lately = Usage.objects.filter(day__gte=first).order_by()
    by_day = dict(lately.values_list("day").annotate(Sum("jobs")))
    people = lately.values("user__email").annotate(jobs=Sum("jobs")).order_by("-jobs")[:TOP]
    day_ago = first_id_at(timezone.now() - timedelta(days=1))
    recent = Job.objects.filter(id__gte=day_ago).order_by("-id").values("pk")[:COUNTED_MAX]
    models = Job.objects.filter(pk__in=recent).values("service", "model").order_by()
    most = max(by_day.values(), default=0) or 1
    days = [first + timedelta(days=number) for number in range(DAYS)]
    return {
        "bars": [
            Bar(day, by_day.get(day, 0), number * 10, 100 * by_day.get(day, 0) / most)
            for number, day in enumerate(days)
        ],
        "width": DAYS * 10,
        "most": most,
        "total": sum(by_day.values()),
        "people": list(people),
        "models": list(models.annotate(jobs=Count("id")).order_by("-jobs")[:TOP]),
        "counted_max": COUNTED_MAX,
    }


def storage() -> Mapping[str, Any]:
    """Return the bytes of stored pictures, and the room that is left on this host."""
    disk = psutil.disk_usage(str(settings.DATA_DIR))
    stored = Usage.objects.aggregate(stored=Sum("stored_bytes"))["stored"] or 0
    return {"stored": stored, "disk": disk, "used": disk.total - disk.free}
