"""What a worker does with one job: claim it, run its service's predictor, store what came of it."""

import logging
import os
import socket
import time
import uuid
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any, BinaryIO, TypeVar, cast

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import OperationalError, close_old_connections
from django.utils.module_loading import import_string

from project import traces
from project.api.tracing import Subject, work_on
from project.media import StoreAwayError
from worker.attempts import Ended, job_claim, job_fail, job_finish
from worker.dispatch import Ref, dispatch, publish
from worker.metrics import DECODE_SECONDS, PREDICT_SECONDS, WAIT_SECONDS
from worker.models import Job
from worker.predictors import Predictor, Result
from worker.registry import service_get
from worker.runtime.errors import RuntimeFault
from worker.services import picture_sha256

logger = logging.getLogger(__name__)

Done = TypeVar("Done")


@cache
def predictor_for(service: str) -> Predictor:
    """Return this process' predictor of a service; it keeps its models loaded."""
    predictor_class = import_string(service_get(service).predictor)
    return cast("Predictor", predictor_class(settings.MODELS_DIR))


@cache
def model_prepare(service: str, model: str) -> None:
    """See to it that a model is on this machine, once in this process.

    :raises worker.runtime.errors.ModelError: when it is nowhere to be had.
    """
    service_get(service).model_fetch(model)


def process_name() -> str:
    """Return the name under which this process claims jobs: host and process number."""
    return f"{socket.gethostname()}:{os.getpid()}"


def jobs_run(refs: Sequence[tuple[str, int]]) -> None:
    """Run the jobs of one message, and publish those that follow them.

    Those of which there is no time to begin get a message each.

    :param refs: id and attempts so far of each.
    :raises SoftTimeLimitExceeded: after a job has failed for it, as the message's other
        jobs have no time left either.
    """
    lines: dict[tuple[int, str], bool] = {}
    end = time.monotonic() + settings.DISPATCH_TOGETHER_TIME.total_seconds()
    try:
        for place, (job_id, attempt) in enumerate(refs):
            if lines and time.monotonic() > end:
                _send_again(refs[place:], lane=next(iter(lines))[1])
                break
            job = job_claim(job_id=uuid.UUID(job_id), attempt=attempt, worker=process_name())
            if job is None:
                found = "job %s: nothing to claim at attempt %d"
                logger.info(found, job_id, attempt, extra={"job": job_id})
                continue
            line = (job.user_id, job.lane)
            lines[line] = True
            lines[line] = job_run(job) != Ended.LAST
    finally:
        # After the whole message, so that a message of several jobs is followed by another.
        for (user_id, lane), followed in lines.items():
            if followed:
                dispatch(user_id=user_id, lane=lane)


def _send_again(refs: Sequence[tuple[str, int]], *, lane: str) -> None:
    """Give jobs of a message that takes too long a message each."""
    publish([Ref(uuid.UUID(job_id), attempts, lane) for job_id, attempts in refs])


def job_run(job: Job) -> Ended:
    """Run a job that this process has claimed.

    :returns: what came of storing how it ended.
    :raises SoftTimeLimitExceeded: after the job has failed for it.
    """
    subject = Subject(job.request_id, str(job.id), job.user_id)
    _trace_wait(job)
    with (
        work_on(subject),
        traces.span(
            f"job {job.service}",
            parent=job.traceparent,
            kind="consumer",
            facts={
                "vitrina.job": subject.job,
                "vitrina.request_id": job.request_id,
                "vitrina.model": job.model,
                "vitrina.lane": job.lane,
                "vitrina.attempt": job.attempts,
            },
        ),
    ):
        WAIT_SECONDS.labels(job.service, job.lane).observe((job.queued_ms or 0) / 1000)
        start = time.perf_counter()
        try:
            return _run(job)
        finally:
            logger.info("job %s: %.0f ms", job.id, (time.perf_counter() - start) * 1000)


def _trace_wait(job: Job) -> None:
    """Trace how long the job has waited, as part of the request that handed it in."""
    if job.started_at and job.traceparent:
        start, end = job.created_at.timestamp(), job.started_at.timestamp()
        traces.past_span("queue", start, end, parent=job.traceparent)


def _run(job: Job) -> Ended:
    """Turn whatever happens into the end of the job."""
    try:
        result = _predict(job)
    except (RuntimeFault, InputError) as fault:
        return _fail(job, fault.code)
    except MemoryError:
        # Must not leave the task: Celery stops the whole worker for it.
        return _fail(job, "too_complex")
    except SoftTimeLimitExceeded:
        _fail(job, "timeout")
        raise
    except StoreAwayError:
        raise  # as when the database stays away: the lease runs out, and the job is tried again
    except Exception:
        # The one place for the unknown: a sentence for the user, the traceback for us.
        logger.exception("job %s failed", job.id)
        return _fail(job, "internal")
    else:
        _measure(job, result)
        return _store(partial(job_finish, job=job, result=result))


def _fail(job: Job, code: str) -> Ended:
    """End the job for a reason that another try would not change."""
    traces.failed(code)
    return _store(partial(job_fail, job=job, code=code))


def _measure(job: Job, result: Result) -> None:
    """Note how long decoding and prediction took, where there was any."""
    if result.decode_ms is not None:
        DECODE_SECONDS.labels(job.service).observe(result.decode_ms / 1000)
    if result.predict_ms is not None:
        PREDICT_SECONDS.labels(job.service, job.model).observe(result.predict_ms / 1000)
    if result.started is not None:
        phases = {"decode": result.decode_ms, "predict": result.predict_ms}
        traces.measured_spans(result.started, phases)


class InputError(Exception):
    """The stored picture is not what was handed in."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def _predict(job: Job) -> Result:
    """Read the stored picture and run the service's predictor on it."""
    model_prepare(job.service, job.model)
    try:
        picture = _picture_of(job)
        with _patiently(lambda: picture.open("rb")) as stored:
            image = cast("BinaryIO", stored)
            if picture_sha256(image) != job.input_sha256:
                raise InputError("input_changed")
            return predictor_for(job.service).predict(
                image,
                model=job.model,
                parameters=job.parameters,
            )
    except FileNotFoundError as error:
        raise InputError("input_missing") from error


def _picture_of(job: Job) -> Any:
    """Return the picture that a job has, or else borrows from the job that it is made from.

    :raises InputError: when there is none.
    """
    picture = job.input or (job.source.input if job.source else None)
    if not picture:
        raise InputError("input_missing")
    return picture


def _store(write: Callable[[], Ended]) -> Ended:
    """Write the end of a job, patiently: the database may be restarting.

    When it stays away, the lease runs out and the sweeper has the job tried again.
    """
    with traces.span("store"):
        ended = _patiently(write)
    if not ended:
        logger.warning("a result came too late and was dropped")
    return ended


def _patiently(do: Callable[[], Done]) -> Done:
    """Do something with database and pictures, and try again for a while when they are away."""
    pauses = iter(settings.JOB_FINISH_RETRIES)
    while True:
        try:
            return do()
        except (OperationalError, StoreAwayError) as error:
            pause = next(pauses, None)
            if pause is None:
                raise
            what = "store" if isinstance(error, StoreAwayError) else "database"
            logger.warning("the %s is away, next try in %d s", what, pause)
            close_old_connections()
            time.sleep(pause)
