"""Reads of jobs. Whoever shows a job takes it from :func:`jobs_visible_to`."""

import uuid
from typing import TYPE_CHECKING

from django.db.models import Count, Q, QuerySet

from worker.failures import OURS
from worker.models import Batch, ErasedJob, Job, Status, Webhook, WebhookDelivery
from worker.registry import hidden_services

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


def jobs_visible_to(user: "User | AnonymousUser") -> QuerySet[Job]:
    """Return the jobs that a user may see, newest first: their own."""
    if user.pk is None:
        return Job.objects.none()
    return Job.objects.filter(user_id=user.pk).order_by("-id")


def jobs_listed_for(user: "User | AnonymousUser") -> QuerySet[Job]:
    """Return those jobs that a list of a user's jobs shows, newest first."""
    return jobs_visible_to(user).exclude(service__in=hidden_services())


def batches_visible_to(user: "User | AnonymousUser") -> QuerySet[Batch]:
    """Return the batches that a user may see, newest first: their own."""
    if user.pk is None:
        return Batch.objects.none()
    return Batch.objects.filter(user_id=user.pk).order_by("-id")


def jobs_derived(job: Job) -> QuerySet[Job]:
    """Return the other jobs on a job's picture, oldest first.

    Those of its own service, whichever was first, and those that are about this very one.
    """
    first = job.source_id or job.id
    family = Q(service=job.service) & (Q(id=first) | Q(source_id=first))
    about_it = Q(source_id=job.id) & ~Q(service=job.service)
    related = Job.objects.filter(family | about_it, user_id=job.user_id)
    return related.exclude(id=job.id).order_by("id")


def jobs_dead(jobs: QuerySet[Job]) -> QuerySet[Job]:
    """Return those jobs that failed on our side and have not been tried again."""
    return jobs.filter(status=Status.FAILED, error_code__in=OURS, retry=None)


def batch_counts(batch: Batch) -> dict[str, int]:
    """Return how many jobs of a batch are in each state, zeros included."""
    rows = batch.jobs.order_by().values_list("status").annotate(Count("id"))
    return dict.fromkeys(Status.values, 0) | dict(rows)


def job_was_erased(*, user: "User", job_id: uuid.UUID) -> bool:
    """Tell whether a job was a user's, who has deleted it."""
    return ErasedJob.objects.filter(id=job_id, user_id=user.pk).exists()


def webhooks_visible_to(user: "User") -> QuerySet[Webhook]:
    """Return a user's own webhooks, newest first."""
    return Webhook.objects.filter(user_id=user.pk).order_by("-id")


def deliveries_visible_to(user: "User") -> QuerySet[WebhookDelivery]:
    """Return what was sent to a user's own webhooks, newest first."""
    return WebhookDelivery.objects.filter(webhook__user_id=user.pk).order_by("-id")
