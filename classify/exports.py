"""Jobs as data to take away."""

from typing import Any

from django.conf import settings
from django.utils.translation import get_language

from classify.selectors import Shown, predictions_shown
from worker.failures import message
from worker.models import Job


def job_record(job: Job, predictions: list[Shown] | None = None) -> dict[str, Any]:
    """Return all that is known of a job, in the shape and with the names of the API.

    :param predictions: its classes by name, if the caller has looked them up already.
    """
    if predictions is None:
        language = get_language() or settings.LANGUAGE_CODE
        predictions = predictions_shown(job.output or {}, language)
    feedback = getattr(job, "feedback", None)
    return {
        "id": str(job.id),
        "service": job.service,
        "status": job.status,
        "model": {
            "name": job.model,
            "version": job.model_version,
            "sha256": job.model_sha256,
        },
        "parameters": job.parameters,
        "output": {"predictions": [_prediction(shown) for shown in predictions]}
        if job.output
        else None,
        "error": {"code": job.error_code, "message": str(message(job.error_code))}
        if job.error_code
        else None,
        "feedback": {"correct": feedback.correct, "label": feedback.label_id} if feedback else None,
        "image": {
            "name": job.input_name,
            "sha256": job.input_sha256,
            "format": job.input_format,
            "width": job.input_width,
            "height": job.input_height,
            "bytes": job.input_bytes,
        },
        "timings": {
            "queued_ms": job.queued_ms,
            "decode_ms": job.decode_ms,
            "predict_ms": job.predict_ms,
            "total_ms": job.total_ms,
        },
        "batch": str(job.batch_id) if job.batch_id else None,
        "source": str(job.source_id) if job.source_id else None,
        "created_at": job.created_at.isoformat(),
        "finished_at": job.finished_at.isoformat() if job.finished_at else None,
    }


def _prediction(shown: Shown) -> dict[str, Any]:
    """Return a prediction as data."""
    parents = [{"id": shown.parent.slug, "name": str(shown.parent)}] if shown.parent else []
    return {
        "id": shown.id,
        "index": shown.index,
        "name": shown.name,
        "score": shown.score,
        "parents": parents,
    }
