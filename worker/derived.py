"""New jobs on the pictures of old ones: with another model, or to explain. Writes only."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from project.api.tracing import request_id
from worker.dispatch import dispatch_on_commit
from worker.failures import JobRefusedError
from worker.models import Batch, Job, Lane
from worker.quotas import quota_check
from worker.services import job_copy

if TYPE_CHECKING:
    from accounts.models import User


def job_derive(
    *,
    user: "User",
    job: Job,
    service: str,
    model: str,
    parameters: Mapping[str, Any],
) -> Job:
    """Hand in a job's picture once more, for another model or service.

    :raises JobRefusedError: when quotas do not admit it, or the picture is gone.
    """
    quota_check(user=user, service=service, model=model, size=job.input_bytes)
    derived = _derive(job, service=service, model=model, parameters=dict(parameters))
    dispatch_on_commit(derived)
    return derived


def jobs_rerun(*, user: "User", jobs: Sequence[Job], model: str) -> Batch:
    """Hand in the pictures of several jobs of one service once more, as a batch.

    Jobs whose picture is gone are left out.

    :raises JobRefusedError: when quotas do not admit it, or all pictures are gone.
    """
    service = jobs[0].service
    size = sum(job.input_bytes for job in jobs)
    quota_check(user=user, service=service, model=model, jobs=len(jobs), size=size)
    batch = Batch.objects.create(user=user, service=service)
    derived = None
    for job in jobs:
        try:
            derived = _derive(job, batch=batch, model=model, lane=Lane.BULK)
        except JobRefusedError as refusal:
            if refusal.code != "input_missing":
                raise
    if derived is None:
        batch.delete()
        raise JobRefusedError("input_missing")
    dispatch_on_commit(derived)
    return batch


def _derive(job: Job, **fields: Any) -> Job:
    """Copy a job with its picture.

    All jobs of one service on the same picture have the first of them as source.
    """
    if not job.input:
        raise JobRefusedError("input_missing")
    first = job.source_id if fields.get("service", job.service) == job.service else None
    try:
        return job_copy(job=job, source_id=first or job.id, **fields)
    except FileNotFoundError as error:
        raise JobRefusedError("input_missing") from error


def jobs_look_again(*, jobs: Sequence[Job], service: str, model: str) -> int:
    """Have another model look at the pictures of jobs, for the site and not for their owners.

    The new jobs are of a hidden service and have no picture of their own: they borrow it, go when
    the job that they are made from goes, and count for nobody's quota.

    :returns: how many there are.
    """
    again = [
        Job(
            user_id=job.user_id,
            service=service,
            lane=Lane.BULK,
            model=model,
            parameters=job.parameters,
            input_name=job.input_name,
            input_sha256=job.input_sha256,
            input_format=job.input_format,
            input_width=job.input_width,
            input_height=job.input_height,
            source=job,
            request_id=request_id(),
            expires_at=timezone.now() + settings.JOB_DEADLINE,
        )
        for job in jobs
        if job.input
    ]
    with transaction.atomic():
        Job.objects.bulk_create(again)
        for job in {job.user_id: job for job in again}.values():
            dispatch_on_commit(job)
    return len(again)
