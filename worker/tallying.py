"""Counts jobs by day, service and model, without a write for each: the sweeper adds them up.

Jobs are gone through once, in the order of their ids, up to a mark. A job is counted when it was
handed in, whatever becomes of it; one that is erased before its turn is not. Those behind the mark,
of the last minutes, are counted as they are whenever somebody looks.
"""

from collections import Counter
from datetime import date
from typing import NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, F, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from worker.models import NOTHING, Job, Mark, Tally, first_id_at

MARK = "tally"

AT_ONCE = 5_000
"""Jobs that one step counts."""

STEPS = 20
"""Steps of one round: a million jobs of a site that has never counted take two minutes."""

BEHIND_MAX = 10_000
"""Jobs behind the mark that somebody who looks has counted at most."""


class Kind(NamedTuple):
    """What jobs are counted by."""

    day: date
    service: str
    model: str


def tally_carry_out() -> int:
    """Count what is due, a step after the other; return how many jobs."""
    counted = 0
    for _step in range(STEPS):
        more = _step_on()
        counted += more
        if more < AT_ONCE:
            break
    return counted


@transaction.atomic
def _step_on() -> int:
    """Count some jobs and move the mark; two sweepers at once count them once."""
    mark, _ = Mark.objects.get_or_create(name=MARK, defaults={"job": NOTHING})
    if connection.features.has_select_for_update:
        mark = Mark.objects.select_for_update().get(name=MARK)
    settled = first_id_at(timezone.now() - settings.JOBS_SETTLE)
    due = Job.objects.filter(id__gt=mark.job, id__lt=settled).order_by("id")
    ids = list(due.values_list("id", flat=True)[:AT_ONCE])
    if not ids:
        return 0
    counts = _counted(Job.objects.filter(id__gt=mark.job, id__lte=ids[-1]))
    for kind, jobs in counts.items():
        row, _ = Tally.objects.get_or_create(**kind._asdict())
        Tally.objects.filter(pk=row.pk).update(jobs=F("jobs") + jobs)
    Mark.objects.filter(name=MARK).update(job=ids[-1])
    return len(ids)


def _counted(jobs: QuerySet[Job]) -> Counter[Kind]:
    """Count jobs by their kind."""
    rows = jobs.annotate(day=TruncDate("created_at")).order_by()
    found = rows.values_list("day", "service", "model").annotate(jobs=Count("id"))
    return Counter({Kind(*row[:3]): row[3] for row in found})


def tallies_since(day: date) -> Counter[Kind]:
    """Return how many jobs of each kind were handed in since a day."""
    rows = Tally.objects.filter(day__gte=day).values_list("day", "service", "model", "jobs")
    counts = Counter({Kind(*row[:3]): row[3] for row in rows})
    mark = Mark.of(MARK)
    behind = Job.objects.filter(id__gt=mark)
    latest = list(behind.order_by("-id").values_list("id", flat=True)[:BEHIND_MAX])
    if latest:
        counts += _counted(behind.filter(id__gte=latest[-1]))
    return Counter({kind: jobs for kind, jobs in counts.items() if kind.day >= day})
