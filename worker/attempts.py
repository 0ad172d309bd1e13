"""What a worker writes about its attempt at a job: that it has it, and how it ended.

Two statements for each job, written out: the ORM takes longer to put them together than the
database to run them. Each changes the state under a condition and counts rows. A worker holds
its job by the attempt number (a fencing token): whoever was thought dead and comes back changes
nothing, as the number has moved on. Times come from the database, so that the clocks of the
hosts do not matter.
"""

import uuid
from collections.abc import Mapping
from datetime import timedelta
from enum import IntEnum
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import connection, transaction

from project.statements import columns_of, row_of, run
from worker.files import folder_of
from worker.metrics import count_ended
from worker.models import Job, Status
from worker.predictors import Result
from worker.waiting import without_waiting
from worker.webhooks import jobs_ended

_CLAIM = """
UPDATE worker_job
SET status = 'running', attempts = attempts + 1, worker = %s, started_at = {now},
    lease_expires_at = {lease_end}
WHERE id = %s AND status = 'queued' AND attempts = %s
RETURNING {columns}{without_waiting}
"""

_END = """
UPDATE worker_job
SET {columns}, finished_at = {now}, lease_expires_at = NULL
WHERE id = %s AND status = 'running' AND attempts = %s{condition}
RETURNING EXISTS (
    SELECT 1 FROM worker_job AS other
    WHERE other.user_id = %s AND other.lane = %s AND other.finished_at IS NULL
        AND other.status = 'queued' AND other.published_at IS NULL
)
"""

_NOBODY_LISTENS = """
    AND NOT EXISTS (SELECT 1 FROM worker_webhook WHERE user_id = %s AND disabled_at IS NULL)
"""


class Ended(IntEnum):
    """What came of writing the end of a job.

    Of the two that are true, ``FOLLOWED`` tells that jobs of the same line wait to be published.
    """

    LATE = 0
    LAST = 1
    FOLLOWED = 2


def job_claim(*, job_id: uuid.UUID, attempt: int, worker: str) -> Job | None:
    """Take a queued job for a worker, or return ``None`` when somebody else has it.

    :param attempt: how often it had been tried when its message was written; a message
        that was delivered twice, or late, finds another number or another state.
    """
    sql = _CLAIM.format(
        now=_moment(),
        lease_end=_moment(settings.JOB_LEASE),
        without_waiting=without_waiting(),
        columns=columns_of(Job),
    )
    return row_of(Job, sql, [worker, _id(job_id), attempt])


def job_finish(*, job: Job, result: Result) -> Ended:
    """Store the result of a running job; ``LATE`` when it is no longer this attempt's."""
    storage = job.display.storage
    stored = {
        kind: storage.save(f"{folder_of(job)}/{kind}-{job.attempts}.jpg", ContentFile(picture))
        for kind, picture in (("display", result.display), ("thumbnail", result.thumbnail))
        if picture
    }
    finished = _end(
        job,
        status=Status.SUCCEEDED,
        output=result.output,
        label=result.label,
        score=result.score,
        **stored,
        model_version=result.model_version,
        model_sha256=result.model_sha256,
        decode_ms=result.decode_ms,
        predict_ms=result.predict_ms,
    )
    if not finished:
        for name in stored.values():
            storage.delete(name)
    return finished


def job_fail(*, job: Job, code: str) -> Ended:
    """End a running job for a reason that another try would not change."""
    return _end(job, status=Status.FAILED, error_code=code)


def _end(job: Job, *, status: Status, **fields: Any) -> Ended:
    """End a running job, if this attempt still holds it.

    Nearly always nobody has a webhook: one statement is enough then.
    """
    values = {"status": status, **fields}
    code = fields.get("error_code", "")
    if ended := _end_held(job, values, _NOBODY_LISTENS, job.user_id):
        count_ended(job=job, status=status, code=code)
        return ended
    with transaction.atomic():
        ended = _end_held(job, values)
        if ended:
            jobs_ended([job], status=status, code=code)
    return ended


def _end_held(job: Job, values: Mapping[str, Any], condition: str = "", *asked: Any) -> Ended:
    """Write the end of a job that is still held, under one more condition."""
    fields = [_field(name) for name in values]
    sql = _END.format(
        columns=", ".join(f"{field.column} = %s" for field in fields),
        now=_moment(),
        condition=condition,
    )
    adapted = [
        field.get_db_prep_save(value, connection)
        for field, value in zip(fields, values.values(), strict=True)
    ]
    line = (job.user_id, job.lane)
    rows = run(sql, [*adapted, _id(job.id), job.attempts, *asked, *line])
    if not rows:
        return Ended.LATE
    return Ended.FOLLOWED if rows[0][0] else Ended.LAST


def _id(job_id: uuid.UUID) -> Any:
    """Return an id as the database has it."""
    return _field("id").get_db_prep_value(job_id, connection)


def _field(name: str) -> Any:
    """Return a field of the job."""
    return Job._meta.get_field(name)  # noqa: SLF001


def _moment(later: timedelta = timedelta()) -> str:
    """Return the SQL of a time by the database's clock."""
    seconds = later.total_seconds()
    if connection.vendor == "postgresql":
        return (
            f"STATEMENT_TIMESTAMP() + INTERVAL '{seconds} seconds'"
            if later
            else "STATEMENT_TIMESTAMP()"
        )
    return f"STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f', 'NOW', '{seconds} seconds')"
