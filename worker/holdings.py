"""What the queue holds of a person: their part of an export and of an erasure."""

from collections.abc import Iterator
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import QuerySet

from accounts.personal import CHUNK, Entry, Part, json_entry, table_entry
from project.rows import rows_by_key
from worker.models import (
    Batch,
    ErasedJob,
    IdempotencyKey,
    Job,
    Mark,
    Share,
    Usage,
    Webhook,
    WebhookDelivery,
)
from worker.retention import jobs_erase, mark_of

if TYPE_CHECKING:
    from accounts.models import User

TABLES = (
    "worker.Batch",
    "worker.Job",
    "worker.Share",
    "worker.Usage",
    "worker.IdempotencyKey",
    "worker.ErasedJob",
    "worker.Webhook",
    "worker.WebhookDelivery",
)

_FILES = ("input", "display", "thumbnail")


def _entries(user: "User") -> Iterator[Entry]:
    """Yield all rows that belong to a user, and the pictures as they were handed in."""
    jobs = Job.objects.filter(user_id=user.pk)
    yield json_entry("jobs.json", map(_job, rows_by_key(jobs, size=CHUNK)))
    batches = Batch.objects.filter(user_id=user.pk)
    yield table_entry("batches.json", batches, "id", "service", "created_at")
    links = Share.objects.filter(job__user_id=user.pk)
    yield table_entry("shared_links.json", links, "job", "created_at", "expires_at")
    usage = Usage.objects.filter(user_id=user.pk)
    yield table_entry("usage.json", usage, "day", "jobs", "stored_bytes")
    fields = ("id", "url", "description", "events", "created_at", "disabled_at", "disabled_reason")
    yield table_entry("webhooks.json", Webhook.objects.filter(user_id=user.pk), *fields)
    yield table_entry(
        "webhook_deliveries.json",
        WebhookDelivery.objects.filter(webhook__user_id=user.pk),
        *("webhook", "event", "job", "payload", "status", "tries", "created_at", "delivered_at"),
    )
    keys = IdempotencyKey.objects.filter(user_id=user.pk)
    yield table_entry("idempotency_keys.json", keys, "key", "job", "batch", "created_at")
    erased = ErasedJob.objects.filter(user_id=user.pk)
    yield table_entry("erased_jobs.json", erased, "id", "erased_at")
    for job in rows_by_key(jobs.exclude(input=""), size=CHUNK):
        yield Entry(_picture_name(job), _picture(job), packed=True)


def _job(job: Job) -> dict[str, Any]:
    """Return all columns of a job, and where in the zip its picture is."""
    columns = [field.attname for field in Job._meta.concrete_fields if field.name not in _FILES]  # noqa: SLF001
    row = {name: getattr(job, name) for name in columns}
    return row | {"picture": _picture_name(job) if job.input else None}


def _picture_name(job: Job) -> str:
    """Return a picture's name in the zip: its job's id, and what is harmless of its file's name."""
    stem = PurePath(job.input_name).stem
    plain = "".join(sign if sign.isalnum() or sign in "-_ " else "_" for sign in stem)[:60].strip()
    suffix = PurePath(str(job.input.name)).suffix
    return f"pictures/{job.created_at:%Y-%m-%d}/{job.id}{f' {plain}' if plain else ''}{suffix}"


def _picture(job: Job) -> Iterator[bytes]:
    """Yield the bytes of a picture as it was handed in.

    :raises FileNotFoundError: when it is gone.
    """
    with job.input.open("rb") as stored:
        yield from iter(partial(stored.read, 2**20), b"")


def _count(user: "User") -> int:
    return 8 + Job.objects.filter(user_id=user.pk).exclude(input="").count()


def _erase(user: "User") -> bool:
    """Erase some jobs; once there are none, the rest."""
    jobs = list(Job.objects.filter(user_id=user.pk).order_by("id")[: settings.CHORE_LIMIT])
    if jobs_erase(jobs=jobs, remember=False):
        return False
    WebhookDelivery.objects.filter(webhook__user_id=user.pk).delete()
    for model in (Webhook, IdempotencyKey, ErasedJob, Batch, Usage):
        rows: QuerySet[Any] = model._default_manager.filter(user_id=user.pk)  # noqa: SLF001
        rows.delete()
    Mark.objects.filter(name=mark_of(user.pk)).delete()
    return True


PART = Part("worker", TABLES, entries=_entries, count=_count, erase=_erase)
