"""Pages of jobs: cut by a cursor, so that the thousandth is as cheap as the first."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from classify.models import Label
from worker.failures import message
from worker.models import Job

PAGE_SIZE = 24


@dataclass(frozen=True)
class Row:
    """A job in a list, with its best class' name, or the reason why it has none."""

    job: Job
    best: str
    reason: str


@dataclass(frozen=True)
class Page:
    """Some jobs of a list, and the ids at which the pages before and after it begin."""

    rows: list[Row]
    before: uuid.UUID | None = None
    after: uuid.UUID | None = None


def job_rows(jobs: Iterable[Job]) -> list[Row]:
    """Name the best class of each job; one that is no longer known keeps its id."""
    jobs = list(jobs)
    labels = Label.objects.in_bulk({job.label for job in jobs if job.label})
    return [
        Row(
            job,
            best=str(labels.get(job.label, job.label)),
            reason=str(message(job.error_code)) if job.error_code else "",
        )
        for job in jobs
    ]


def jobs_page(
    jobs: QuerySet[Job],
    *,
    after: uuid.UUID | None = None,
    before: uuid.UUID | None = None,
    newest_first: bool = True,
) -> Page:
    """Return the page after or before a job of the list, or the first one."""
    down, up = ("id__lt", "id__gt") if newest_first else ("id__gt", "id__lt")
    order, reverse = ("-id", "id") if newest_first else ("id", "-id")
    if before:
        found = list(jobs.filter(**{up: before}).order_by(reverse)[: PAGE_SIZE + 1])
        if len(found) > PAGE_SIZE:
            shown = found[:PAGE_SIZE][::-1]
            return Page(job_rows(shown), before=shown[0].id, after=shown[-1].id)
        # Nothing before it: the first page, filled up.
        after = None
    if after:
        jobs = jobs.filter(**{down: after})
    found = list(jobs.order_by(order)[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    return Page(
        job_rows(shown),
        before=shown[0].id if after and shown else None,
        after=shown[-1].id if len(found) > PAGE_SIZE else None,
    )
