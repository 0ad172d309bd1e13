"""Writes to jobs. Each change of state is one conditional UPDATE that counts rows.

What a worker writes, which claims jobs and ends them, is in :mod:`worker.attempts`.
"""

import hashlib
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from django.conf import settings
from django.core.files import File
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from project.api.tracing import request_id
from project.media import StoreAwayError
from worker.dispatch import dispatch_on_commit, publish_on_commit
from worker.failures import JobRefusedError
from worker.files import files_delete, folder_of
from worker.insertion import job_insert
from worker.models import UNFINISHED, Batch, ErasedJob, Job, Lane, Status, WebhookDelivery
from worker.quotas import quota_check, usage_add
from worker.registry import hidden_services
from worker.runtime.errors import ImageError
from worker.runtime.header import ImageHeader, inspect
from worker.webhooks import jobs_ended

if TYPE_CHECKING:
    from accounts.models import User

logger = logging.getLogger(__name__)

_EXTENSIONS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}


def job_submit(  # noqa: PLR0913 - keyword-only, each of them a fact of the job
    *,
    user: "User",
    service: str,
    image: BinaryIO,
    name: str,
    model: str,
    parameters: Mapping[str, Any],
    lane: Lane = Lane.INTERACTIVE,
    trusted: bool = False,
    on_store: Callable[[Job], None] | None = None,
) -> Job:
    """Accept a picture: check its header, store it, and write the row that is the job.

    Publishing waits for the commit; if it fails, the sweeper does it.

    :param name: the file's name as the user knows it; it is only ever shown.
    :param on_store: called in the transaction that stores the job; what it raises undoes that.
    :param trusted: whether an operator hands it in at the machine: quotas do not count then,
        and it may be larger.
    :raises JobRefusedError: when it is not accepted; nothing is stored then.
    """
    room = not trusted and quota_check(
        user=user, service=service, model=model, lane=lane, size=picture_size(image)
    )
    job = job_accept(
        Job(
            user=user,
            service=service,
            lane=lane,
            model=model,
            parameters=dict(parameters),
            request_id=request_id(),
            # Stored as published where it may be: `dispatch` would have to look for it.
            published_at=timezone.now() if room else None,
            rings=int(room),
        ),
        image=image,
        name=name,
        max_bytes=settings.COMMAND_MAX_BYTES if trusted else settings.UPLOAD_MAX_BYTES,
        on_store=on_store,
    )
    if room:
        publish_on_commit(job)
    else:
        # Those before it may have ended meanwhile, and nobody would ring for it then.
        dispatch_on_commit(job, window=settings.DISPATCH_AT_ONCE)
    return job


def jobs_submit(
    *,
    user: "User",
    service: str,
    images: Sequence[tuple[str, BinaryIO | str]],
    model: str,
    parameters: Mapping[str, Any],
    lane: Lane | None = None,
    on_store: Callable[[Batch], None] | None = None,
) -> Batch:
    """Accept several pictures, given with their names, as one batch.

    One that is not accepted becomes a failed job of the batch, and the others go on. All rows
    are written together: there is the whole batch or none of it.

    :param images: in place of a picture, the code of why it could not be had.
    :param lane: by default the one that suits the number of pictures.
    :param on_store: called in the transaction that stores the batch.
    :raises JobRefusedError: when quotas admit none of them, or they cannot be stored.
    """
    size = sum(picture_size(image) for _, image in images if not isinstance(image, str))
    quota_check(user=user, service=service, model=model, jobs=len(images), size=size)
    few = len(images) <= settings.INTERACTIVE_LIMIT
    batch = Batch(user=user, service=service)
    make = partial(
        Job,
        user=user,
        batch=batch,
        service=service,
        lane=lane or (Lane.INTERACTIVE if few else Lane.BULK),
        model=model,
        parameters=dict(parameters),
        request_id=request_id(),
    )
    jobs: list[Job] = []
    try:
        jobs.extend(_batch_item(make(), name, image) for name, image in images)
        with transaction.atomic():
            batch.save(force_insert=True)
            Job.objects.bulk_create(jobs)
            usage_add(job=jobs[0], jobs=len(jobs), size=sum(job.input_bytes for job in jobs))
            if on_store:
                on_store(batch)
            jobs_ended([job for job in jobs if job.is_finished], status=Status.FAILED)
    except BaseException:
        _inputs_delete(jobs)
        raise
    logger.info("batch %s: %s jobs are accepted", batch.id, len(jobs))
    dispatch_on_commit(jobs[0])
    return batch


def _batch_item(job: Job, name: str, image: BinaryIO | str) -> Job:
    """Store the picture of a job, or note why there is none; its row is written later."""
    if isinstance(image, str):
        _mark_rejected(job, name=name, code=image)
        return job
    try:
        _describe(job, image=image, name=name, max_bytes=settings.UPLOAD_MAX_BYTES)
        _store_file(job, image)
    except JobRefusedError as refusal:
        if refusal.retry_after is not None:
            raise
        _mark_rejected(job, name=name, code=refusal.code)
    return job


def _inputs_delete(jobs: Iterable[Job]) -> None:
    """Delete the stored pictures of jobs that have come to nothing."""
    for job in jobs:
        if job.input.name:
            job.input.storage.delete(job.input.name)


def job_accept(
    job: Job,
    *,
    image: BinaryIO,
    name: str,
    max_bytes: int,
    on_store: Callable[[Job], None] | None = None,
) -> Job:
    """Check a picture and store it with its job."""
    _describe(job, image=image, name=name, max_bytes=max_bytes)
    _store(job, image, on_store)
    return job


def _describe(job: Job, *, image: BinaryIO, name: str, max_bytes: int) -> None:
    """Check a picture and note what its header says."""
    header, digest, size = _checked(image, max_bytes=max_bytes)
    job.input_name = _shown_name(name)
    job.input_sha256 = digest
    job.input_format = header.format
    job.input_bytes = size
    job.input_width, job.input_height = header.width, header.height
    job.expires_at = timezone.now() + settings.JOB_DEADLINE


def job_reject(job: Job, *, name: str, code: str) -> None:
    """Record a picture that was not accepted, so that its batch tells what became of it."""
    _mark_rejected(job, name=name, code=code)
    job.save(force_insert=True)


def _mark_rejected(job: Job, *, name: str, code: str) -> None:
    """End a job before it begins."""
    job.input_name = _shown_name(name)
    job.status, job.error_code = Status.FAILED, code
    job.finished_at = job.expires_at = timezone.now()


def _checked(image: BinaryIO, *, max_bytes: int) -> tuple[ImageHeader, str, int]:
    """Return header, SHA-256 and size in bytes of a picture of which no pixel is decoded."""
    size = picture_size(image)
    if size > max_bytes:
        raise JobRefusedError("too_large")
    try:
        header = inspect(image)
    except ImageError as error:
        raise JobRefusedError(error.code) from error
    return header, picture_sha256(image), size


def picture_size(image: BinaryIO) -> int:
    """Return a picture's size in bytes; it is rewound after."""
    size = image.seek(0, 2)
    image.seek(0)
    return size


def picture_sha256(image: BinaryIO) -> str:
    """Return the SHA-256 of a picture in hex, read from its start; it is rewound after."""
    digest = hashlib.sha256()
    image.seek(0)
    for chunk in iter(partial(image.read, 2**20), b""):
        digest.update(chunk)
    image.seek(0)
    return digest.hexdigest()


def _shown_name(name: str) -> str:
    """Return a file name as it is shown: no path, no control characters, not endless."""
    last = PurePath(name.replace("\\", "/")).name
    return "".join(character for character in last if character.isprintable())[:200]


def _store(job: Job, image: BinaryIO, on_store: Callable[[Job], None] | None = None) -> None:
    """Write file and row; no file stays behind without its row."""
    _store_file(job, image)
    try:
        if on_store is None:
            job_insert(job)
        else:
            with transaction.atomic():
                job_insert(job)
                on_store(job)
    except BaseException:
        _inputs_delete([job])
        raise
    logger.info("job %s is accepted", job.id, extra={"job": str(job.id)})


def _store_file(job: Job, image: BinaryIO) -> None:
    """Write the file."""
    path = f"{folder_of(job)}/input.{_EXTENSIONS[job.input_format]}"
    try:
        job.input.name = job.input.storage.save(path, File(image))
    except OSError as error:
        logger.exception("cannot store a picture")
        if not isinstance(error, StoreAwayError):
            job.input.storage.delete(path)  # half of it may be there
        raise JobRefusedError("storage_full", retry_after=60) from error


def job_cancel(*, job: Job) -> bool:
    """Cancel an unfinished job; ``False`` when it has ended already.

    A running one is let go: what its worker still stores finds another state and is dropped.
    """
    with transaction.atomic():
        canceled = Job.objects.filter(id=job.id, status__in=UNFINISHED).update(
            status=Status.CANCELED,
            finished_at=Now(),
            lease_expires_at=None,
        )
        if canceled:
            jobs_ended([job], status=Status.CANCELED)
            dispatch_on_commit(job)  # its place in the window is free
    return bool(canceled)


def job_delete(*, job: Job) -> None:
    """Erase a job with its pictures; one that still runs stores nothing any more.

    The jobs of hidden services go along: nobody sees them but through this one.
    """
    for hidden in Job.objects.filter(source_id=job.id, service__in=hidden_services()):
        job_delete(job=hidden)
    files_delete(job)
    with transaction.atomic():
        WebhookDelivery.objects.filter(job_id=job.id).delete()  # they hold its result
        deleted, _ = Job.objects.filter(id=job.id).delete()
        if deleted:
            ErasedJob.objects.get_or_create(id=job.id, defaults={"user_id": job.user_id})
        if deleted and job.input:
            usage_add(job=job, jobs=0, size=-job.input_bytes)


def job_retry(*, job: Job) -> Job | None:
    """Hand in a failed job's picture again, as a new job of the same user and batch.

    :returns: the new job, or ``None`` when the job did not fail, its picture is gone, or it
        has been retried already.
    """
    if job.status != Status.FAILED or not job.input:
        return None
    try:
        again = job_copy(job=job, batch_id=job.batch_id, source_id=job.source_id)
    except FileNotFoundError:
        return None
    if not Job.objects.filter(id=job.id, retry=None).update(retry=again):
        job_delete(job=again)
        return None
    dispatch_on_commit(again)
    return again


def job_copy(*, job: Job, **fields: Any) -> Job:
    """Store a new job with a copy of another's picture; its other fields too, but for ``fields``.

    :raises FileNotFoundError: when the picture is gone.
    :raises JobRefusedError: when it cannot be stored.
    """
    same = ("user_id", "service", "lane", "model", "parameters")
    picture = ("name", "sha256", "format", "bytes", "width", "height")
    names = (*same, *(f"input_{name}" for name in picture))
    copy = Job(
        **{name: getattr(job, name) for name in names} | fields,
        request_id=request_id(),
        expires_at=timezone.now() + settings.JOB_DEADLINE,
    )
    with job.input.open("rb") as image:
        _store(copy, cast("BinaryIO", image))
    return copy
