"""Reads of jobs. Whoever shows a job takes it from :func:`jobs_visible_to`."""

from typing import TYPE_CHECKING

from django.db.models import Count, QuerySet

from worker.failures import OURS
from worker.models import Batch, Job, Status

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


def jobs_visible_to(user: "User | AnonymousUser") -> QuerySet[Job]:
    """Return the jobs that a user may see, newest first: their own."""
    if user.pk is None:
        return Job.objects.none()
    return Job.objects.filter(user_id=user.pk).order_by("-id")


def batches_visible_to(user: "User | AnonymousUser") -> QuerySet[Batch]:
    """Return the batches that a user may see, newest first: their own."""
    if user.pk is None:
        return Batch.objects.none()
    return Batch.objects.filter(user_id=user.pk).order_by("-id")


def jobs_dead(jobs: QuerySet[Job]) -> QuerySet[Job]:
    """Return those jobs that failed on our side and have not been tried again."""
    return jobs.filter(status=Status.FAILED, error_code__in=OURS, retry=None)


def batch_counts(batch: Batch) -> dict[str, int]:
    """Return how many jobs of a batch are in each state, zeros included."""
    rows = batch.jobs.order_by().values_list("status").annotate(Count("id"))
    return dict.fromkeys(Status.values, 0) | dict(rows)
