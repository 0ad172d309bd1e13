"""Jobs, batches and their parts as they stand in JSON."""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from django.conf import settings
from django.urls import reverse

from worker.api.presenter import presenter_for
from worker.failures import message
from worker.models import TERMINAL, Batch, Job, Status

Address = Callable[[str], str]
"""Makes an absolute address of a path."""


def etag(job: Job, language: str) -> str:
    """Return the strong validator of a job's representation.

    It is made of what a representation is made of, so that a poll without change costs one query
    for the job and none for the names of what was found.
    """
    facts = (
        job.id,
        job.status,
        job.attempts,
        job.started_at,
        job.finished_at,
        job.display.name,
        job.batch_id,
        job.error_code,
        language,
    )
    return _tag(facts)


def batch_etag(batch: Batch, counts: Mapping[str, int]) -> str:
    """Return the strong validator of a batch's representation."""
    return _tag((batch.id, sorted(counts.items())))


def _tag(facts: object) -> str:
    return f'"{hashlib.sha256(repr(facts).encode()).hexdigest()[:32]}"'


def job_data(job: Job, *, language: str, address: Address) -> dict[str, Any]:
    """Return one job."""
    return jobs_data([job], language=language, address=address)[0]


def jobs_data(jobs: Sequence[Job], *, language: str, address: Address) -> list[dict[str, Any]]:
    """Return several jobs; what their outputs need is looked up for all of them together."""
    outputs: dict[Any, Any] = {}
    by_service = sorted(
        (job for job in jobs if job.status == Status.SUCCEEDED),
        key=lambda job: job.service,
    )
    for slug, group in groupby(by_service, key=lambda job: job.service):
        outputs.update(presenter_for(slug).outputs(list(group), language))
    return [_job(job, outputs.get(job.id), address) for job in jobs]


def _job(job: Job, output: Any, address: Address) -> dict[str, Any]:
    return {
        "id": str(job.id),
        "service": job.service,
        "model": {
            "name": job.model,
            "version": job.model_version or None,
            "sha256": job.model_sha256 or None,
        },
        "status": job.status,
        "lane": job.lane,
        "parameters": job.parameters,
        "output": output,
        "error": _error(job),
        "timings": {
            "queued_ms": _ms(job.queued_ms),
            "decode_ms": _ms(job.decode_ms),
            "predict_ms": _ms(job.predict_ms),
            "total_ms": _ms(job.total_ms),
        },
        "attempts": job.attempts,
        "created_at": time(job.created_at),
        "started_at": time(job.started_at),
        "finished_at": time(job.finished_at),
        "expires_at": time(job.expires_at),
        "image": _image(job, address),
        "batch": str(job.batch_id) if job.batch_id else None,
        "urls": _urls(job, address),
    }


def _error(job: Job) -> dict[str, str] | None:
    """Return why a job failed, in words and for programs."""
    if job.status != Status.FAILED:
        return None
    return {"code": job.error_code, "message": str(message(job.error_code))}


def _image(job: Job, address: Address) -> dict[str, Any]:
    """Return what is known of the picture; its address once there is one to show."""
    shown = address(reverse("api_job_image", args=[job.id])) if job.display else None
    return {
        "name": job.input_name,
        "sha256": job.input_sha256 or None,
        "width": job.input_width,
        "height": job.input_height,
        "format": job.input_format or None,
        "url": shown,
    }


def _urls(job: Job, address: Address) -> dict[str, str | None]:
    page = presenter_for(job.service).page_name
    return {
        "self": address(reverse("api_job", args=[job.id])),
        "cancel": address(reverse("api_job_cancel", args=[job.id])),
        "events": address(reverse("api_job_events", args=[job.id])),
        "web": address(reverse(page, args=[job.id])) if page else None,
    }


def batch_data(batch: Batch, counts: dict[str, int], *, address: Address) -> dict[str, Any]:
    """Return a batch with the number of its jobs in each state."""
    jobs = Counter(counts)
    return {
        "id": str(batch.id),
        "service": batch.service,
        "created_at": time(batch.created_at),
        "counts": dict(jobs),
        "total": jobs.total(),
        "finished": sum(jobs[status] for status in TERMINAL),
        "urls": {
            "self": address(reverse("api_batch", args=[batch.id])),
            "jobs": f"{address(reverse('api_jobs'))}?batch={batch.id}",
        },
    }


def time(moment: datetime | None) -> str | None:
    """Return a time as RFC 3339 in UTC."""
    return moment.isoformat().replace("+00:00", "Z") if moment else None


def _ms(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def language_of(job: Job | None, asked: str | None, current: str) -> str:
    """Return the language of names: asked for now, or with the job, or that of the answer."""
    wanted = asked or (job.parameters.get("lang") if job else None) or current
    return wanted if wanted in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
