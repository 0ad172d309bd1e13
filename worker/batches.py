"""Batches that fill up file by file, as a browser hands them in. Writes only.

Each file comes with a key of the sender's own making, so that one that is sent again, as the
answer was lost on the way, makes no second job.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, BinaryIO

from django.conf import settings
from django.db import IntegrityError, transaction

from worker.failures import JobRefusedError
from worker.models import Batch, IdempotencyKey, Job, Lane
from worker.quotas import quota_check
from worker.services import dispatch_on_commit, job_accept, job_delete, job_reject, picture_size

if TYPE_CHECKING:
    from accounts.models import User


def batch_start(*, user: "User", service: str, jobs: int) -> Batch:
    """Open an empty batch.

    :param jobs: how many pictures are to follow.
    :raises JobRefusedError: when quotas do not admit that many; nothing is stored then.
    """
    quota_check(user=user, service=service, jobs=jobs)
    return Batch.objects.create(user=user, service=service)


def batch_add(
    *,
    batch: Batch,
    image: BinaryIO,
    name: str,
    key: str,
    jobs: int,
    model: str,
    parameters: Mapping[str, Any],
) -> Job:
    """Accept one more picture of a batch; one that is not accepted becomes a failed job of it.

    :param key: tells this file from the others of the user; known already, its job is returned.
    :param jobs: how many pictures the batch is to have.
    :raises JobRefusedError: when it may be accepted later; nothing is stored then.
    """
    known = _known(batch.user, key)
    if known is not None:
        return known
    quota_check(user=batch.user, service=batch.service, size=picture_size(image))
    count = max(jobs, batch.jobs.count() + 1)
    job = Job(
        user=batch.user,
        batch=batch,
        service=batch.service,
        lane=Lane.INTERACTIVE if count <= settings.INTERACTIVE_LIMIT else Lane.BULK,
        model=model,
        parameters=dict(parameters),
    )
    try:
        job_accept(job, image=image, name=name, max_bytes=settings.UPLOAD_MAX_BYTES)
    except JobRefusedError as refusal:
        if refusal.retry_after is not None:
            raise
        job_reject(job, name=name, code=refusal.code)
    dispatch_on_commit(job)
    return _remember(job, key)


def _known(user: "User", key: str) -> Job | None:
    """Return the job that a key has made."""
    found = IdempotencyKey.objects.filter(user=user, key=key).select_related("job").first()
    return found.job if found else None


def _remember(job: Job, key: str) -> Job:
    """Note which job a key has made; of two requests at the same moment the first one counts."""
    try:
        with transaction.atomic():
            IdempotencyKey.objects.create(user_id=job.user_id, key=key, job=job)
    except IntegrityError:
        job_delete(job=job)
        first = _known(job.user, key)
        if first is not None:
            return first
        raise
    return job
