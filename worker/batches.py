"""Batches that fill up file by file, as a browser hands them in. Writes only.

Each file comes with a key of the sender's own making, so that one that is sent again, as the
answer was lost on the way, makes no second job.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from django.conf import settings
from django.db import IntegrityError, transaction

from worker.dispatch import dispatch_on_commit
from worker.failures import JobRefusedError
from worker.metrics import count_ended, count_submitted
from worker.models import Batch, IdempotencyKey, Job, Lane, Status
from worker.quotas import quota_check
from worker.services import job_accept, job_delete, job_reject

if TYPE_CHECKING:
    from accounts.models import User


def batch_start(*, user: "User", service: str, jobs: int) -> Batch:
    """Open an empty batch.

    :param jobs: how many pictures are to follow.
    :raises JobRefusedError: when quotas do not admit that many; nothing is stored then.
    """
    quota_check(user=user, service=service, jobs=jobs)
    return Batch.objects.create(user=user, service=service)


@dataclass(frozen=True)
class Upload:
    """A picture that is handed in.

    :ivar name: the name that its user knows it by.
    :ivar key: tells this one from the others of the user, however often it is sent.
    :ivar open: returns the picture; called once it is clear that it is wanted, as it may have to
        be fetched. Raises :class:`JobRefusedError` when it cannot be had.
    :ivar size: in bytes, where it is known beforehand.
    """

    name: str
    key: str
    open: Callable[[], BinaryIO]
    size: int = 0


def upload_add(
    *,
    user: "User",
    service: str,
    batch: Batch | None,
    upload: Upload,
    jobs: int,
    model: str,
    parameters: Mapping[str, Any],
) -> Job:
    """Accept a picture once: with a key that is known, its job is returned.

    One that is not accepted becomes a failed job of its batch.

    :param jobs: how many pictures the batch is to have.
    :raises JobRefusedError: when there is no batch to tell it, or when it may be accepted
        later; nothing is stored then.
    """
    known = _known(user, upload.key)
    if known is not None:
        return known
    quota_check(user=user, service=service, model=model, size=upload.size)
    job = Job(
        user=user,
        batch=batch,
        service=service,
        lane=_lane(batch, jobs),
        model=model,
        parameters=dict(parameters),
    )
    try:
        job_accept(
            job,
            image=upload.open(),
            name=upload.name,
            max_bytes=settings.UPLOAD_MAX_BYTES,
        )
    except JobRefusedError as refusal:
        if batch is None or refusal.retry_after is not None:
            raise
        job_reject(job, name=upload.name, code=refusal.code)
        count_submitted(job=job)
        count_ended(job=job, status=Status.FAILED, code=refusal.code)
    dispatch_on_commit(job)
    return _remember(job, upload.key)


def _lane(batch: Batch | None, jobs: int) -> Lane:
    """Return the lane of the next job of a batch that is to have so many."""
    if batch is None:
        return Lane.INTERACTIVE
    jobs = max(jobs, batch.jobs.count() + 1)
    return Lane.INTERACTIVE if jobs <= settings.INTERACTIVE_LIMIT else Lane.BULK


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
