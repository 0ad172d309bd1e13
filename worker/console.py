"""What the console tells of the queue. Reads only, each bounded however many jobs there are."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Min, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from project.disk import disk
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
from worker.tallying import tallies_since

COUNTED_MAX = 10_000
"""Jobs that are counted for one figure; the page shows it with a plus sign then."""

DAYS = 30
FAILED_DAYS = 7
SERIES = 6
"""Colours of a chart; the last is for all that have none of their own."""

SWEEPER = "sweeper"
"""What the name of a sweeper begins with, where it leaves its sign of life."""


@dataclass(frozen=True)
class Piece:
    """A piece of a column of a chart that is 100 high and ten wide for each day."""

    day: date
    name: str
    jobs: int
    series: int
    x: int
    y: float
    height: float


@dataclass(frozen=True)
class Chart:
    """Columns of pieces, one above the other; what they are, with their sums; the highest column.

    Beyond the largest few, all are one: the last, without a name.
    """

    pieces: list[Piece]
    legend: list[tuple[int, str, int]]
    most: int
    width: int


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
    """Return jobs by day: by service and model, and by user; all of it from counters."""
    today = timezone.now().date()
    first = today - timedelta(days=DAYS - 1)
    kinds: Counter[tuple[date, str]] = Counter()
    for kind, jobs in tallies_since(first).items():
        kinds[kind.day, f"{kind.service} · {kind.model}" if kind.model else kind.service] += jobs
    days = [first + timedelta(days=number) for number in range(DAYS)]
    charts = [
        (_("By service and model"), _chart(kinds, days)),
        (_("By user"), _chart(_by_person(first), days)),
    ]
    return {"charts": charts, "total": sum(jobs for _series, _name, jobs in charts[1][1].legend)}


def _by_person(first: date) -> Counter[tuple[date, str]]:
    """Return the jobs of those who have handed in most by day, and those of all others."""
    lately = Usage.objects.filter(day__gte=first).order_by()
    top = lately.values_list("user", "user__email").annotate(jobs=Sum("jobs")).order_by("-jobs")
    people = {row[0]: row[1] for row in top[: SERIES - 1]}
    counts: Counter[tuple[date, str]] = Counter()
    for day, jobs in lately.values_list("day").annotate(Sum("jobs")):
        counts[day, ""] = jobs
    own = lately.filter(user__in=people).values_list("day", "user", "jobs")
    for day, user, jobs in own:
        counts[day, people[user]] += jobs
        counts[day, ""] -= jobs
    return counts


def _chart(counts: Mapping[tuple[date, str], int], days: Sequence[date]) -> Chart:
    """Return a chart of some days, with the largest names at the bottom."""
    sums: Counter[str] = Counter()
    for (_day, name), jobs in counts.items():
        sums[name] += jobs
    names = [name for name, _jobs in sums.most_common() if name][: SERIES - 1]
    other = {name for name in sums if name not in names}
    columns = [
        [(name, counts.get((day, name), 0)) for name in names]
        + [("", sum(counts.get((day, name), 0) for name in other))]
        for day in days
    ]
    most = max(sum(jobs for _name, jobs in column) for column in columns) or 1
    pieces = []
    for place, (day, column) in enumerate(zip(days, columns, strict=True)):
        top = 100.0
        for series, (name, jobs) in enumerate(column):
            height = 100 * jobs / most
            top -= height
            if jobs:
                series_shown = series if name else SERIES - 1
                pieces.append(Piece(day, name, jobs, series_shown, place * 10, top, height))
    legend = [(series, name, sums[name]) for series, name in enumerate(names)]
    rest = sum(sums[name] for name in other)
    if rest:
        legend.append((SERIES - 1, "", rest))
    return Chart(pieces, legend, most, len(days) * 10)


def storage() -> Mapping[str, Any]:
    """Return the bytes of stored pictures, and the room that is left on this host."""
    room = disk()
    stored = Usage.objects.aggregate(stored=Sum("stored_bytes"))["stored"] or 0
    return {"stored": stored, "disk": room, "used": room.total - room.free}
