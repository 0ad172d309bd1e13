"""Pages of jobs: cut by a cursor, so that the thousandth is as cheap as the first."""

import math
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from django.db.models import Q, QuerySet
from django.utils.translation import get_language

from classify.models import Label
from classify.selectors import outputs_shown
from classify.verdict import Verdict, verdict_of
from worker.failures import message
from worker.models import Job

PAGE_SIZE = 48

_SEPARATOR = "~"


class Sort(StrEnum):
    """The orders of a list."""

    NEWEST = "newest"
    OLDEST = "oldest"
    SUREST = "surest"
    LEAST_SURE = "least"

    @property
    def by_score(self) -> bool:
        """Whether it is by the best class' score, which only results have."""
        return self in {Sort.SUREST, Sort.LEAST_SURE}

    @property
    def descending(self) -> bool:
        """Whether the largest comes first."""
        return self in {Sort.NEWEST, Sort.SUREST}


@dataclass(frozen=True)
class Cursor:
    """A job's place in a list."""

    id: uuid.UUID
    score: float | None = None

    @classmethod
    def of(cls, job: Job, sort: Sort) -> Self:
        """Return the place of a job."""
        return cls(job.id, job.score if sort.by_score else None)

    @classmethod
    def parse(cls, text: str, sort: Sort) -> Self:
        """Read what :meth:`__str__` wrote.

        :raises ValueError: when it is no place in a list so ordered.
        """
        score, separator, job_id = text.rpartition(_SEPARATOR)
        if bool(separator) != sort.by_score:
            raise ValueError(text)
        if not separator:
            return cls(uuid.UUID(job_id))
        if not math.isfinite(float(score)):
            raise ValueError(text)
        return cls(uuid.UUID(job_id), float(score))

    def __str__(self) -> str:
        return str(self.id) if self.score is None else f"{self.score!r}{_SEPARATOR}{self.id}"


@dataclass(frozen=True)
class Row:
    """A job in a list.

    :ivar verdict: what its result comes to, if it has one.
    :ivar right: the right class, if its owner has named it.
    :ivar reason: why it has no result.
    """

    job: Job
    verdict: Verdict | None
    right: Label | None
    reason: str


@dataclass(frozen=True)
class Page:
    """Some jobs of a list, and the places at which the pages before and after it begin."""

    rows: list[Row]
    before: Cursor | None = None
    after: Cursor | None = None


def job_rows(jobs: Iterable[Job]) -> list[Row]:
    """Name the classes of each job; one that is no longer known keeps its id."""
    jobs = list(jobs)
    results = outputs_shown([job.output or {} for job in jobs], get_language() or "")
    return [
        Row(
            job,
            verdict=verdict_of(predictions),
            right=job.feedback.label if hasattr(job, "feedback") else None,
            reason=str(message(job.error_code)) if job.error_code else "",
        )
        for job, predictions in zip(jobs, results, strict=True)
    ]


def for_rows(jobs: QuerySet[Job]) -> QuerySet[Job]:
    """Have what :func:`job_rows` needs come along."""
    return jobs.select_related("feedback__label")


def jobs_page(
    jobs: QuerySet[Job],
    *,
    sort: Sort = Sort.NEWEST,
    after: Cursor | None = None,
    before: Cursor | None = None,
) -> Page:
    """Return the page after or before a place in the list, or the first one."""
    if sort.by_score:
        jobs = jobs.filter(score__isnull=False)
    jobs = for_rows(jobs)
    if before:
        found = list(_from(jobs, sort, before, backwards=True)[: PAGE_SIZE + 1])
        if len(found) > PAGE_SIZE:
            shown = found[:PAGE_SIZE][::-1]
            return Page(
                job_rows(shown),
                before=Cursor.of(shown[0], sort),
                after=Cursor.of(shown[-1], sort),
            )
        # Nothing before it: the first page, filled up.
        after = None
    found = list(_from(jobs, sort, after)[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    return Page(
        job_rows(shown),
        before=Cursor.of(shown[0], sort) if after and shown else None,
        after=Cursor.of(shown[-1], sort) if len(found) > PAGE_SIZE else None,
    )


def _from(
    jobs: QuerySet[Job],
    sort: Sort,
    place: Cursor | None,
    *,
    backwards: bool = False,
) -> QuerySet[Job]:
    """Order jobs, beginning after a place; backwards, before it and away from it."""
    down = sort.descending != backwards
    sign, comparison = ("-", "lt") if down else ("", "gt")
    if not sort.by_score:
        if place:
            jobs = jobs.filter(**{f"id__{comparison}": place.id})
        return jobs.order_by(f"{sign}id")
    if place:
        beyond = Q(**{f"score__{comparison}": place.score})
        beside = Q(score=place.score, **{f"id__{comparison}": place.id})
        # The first condition is implied, but lets the database begin in the middle.
        jobs = jobs.filter(**{f"score__{comparison}e": place.score}).filter(beyond | beside)
    return jobs.order_by(f"{sign}score", f"{sign}id")
