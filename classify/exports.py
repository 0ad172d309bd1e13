"""Jobs as data to take away: one as a record, many as a stream of CSV, JSON or zip."""

import io
import json
import unicodedata
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.translation import get_language

from classify.listing import for_rows
from classify.selectors import Shown, outputs_shown, predictions_shown
from project.rows import rows_in_order
from project.tables import BOM, csv_line
from worker.failures import message
from worker.models import Job

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

CHUNK = 200
"""Jobs that are read at a time."""

ZIP_MAX = 2_000
"""Pictures in one zip: some hundred megabytes, and a minute of a web process."""

COLUMNS = (
    "id",
    "file",
    "submitted",
    "state",
    "reason",
    "model",
    "model_version",
    "class_id",
    "class",
    "concept",
    "score",
    "correct",
    "right_class_id",
    "right_class",
)


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


def jobs_named(jobs: QuerySet[Job], language: str) -> Iterator[tuple[Job, list[Shown]]]:
    """Yield jobs with their classes by name, few at a time however many there are."""
    found = rows_in_order(for_rows(jobs), size=CHUNK)
    while some := list(islice(found, CHUNK)):
        results = outputs_shown([job.output or {} for job in some], language)
        yield from zip(some, results, strict=True)


def csv_lines(jobs: QuerySet[Job], language: str) -> Iterator[bytes]:
    """Yield a table, a line a job."""
    yield BOM + csv_line(COLUMNS)
    for job, predictions in jobs_named(jobs, language):
        with translation.override(language):
            cells = _cells(job, predictions)
        yield csv_line(cells)


def json_parts(jobs: QuerySet[Job], language: str) -> Iterator[bytes]:
    """Yield a JSON array, a record a job."""
    yield b"["
    for place, (job, predictions) in enumerate(jobs_named(jobs, language)):
        with translation.override(language):
            record = json.dumps(job_record(job, predictions), ensure_ascii=False)
        yield f"{',' if place else ''}\n{record}".encode()
    yield b"\n]\n"


def zip_parts(jobs: QuerySet[Job], language: str) -> Iterator[bytes]:
    """Yield a zip with the pictures as they are shown, and the results as CSV and as JSON."""
    jobs = jobs[:ZIP_MAX]
    sink = _Sink()
    with zipfile.ZipFile(sink, "w") as archive:
        for place, job in enumerate(rows_in_order(jobs, size=CHUNK), 1):
            try:
                with job.display.open("rb") as picture:
                    archive.writestr(entry_name(job, place), picture.read())
            except (ValueError, FileNotFoundError):
                continue
            yield sink.take()
        for name, parts in (("results.csv", csv_lines), ("results.json", json_parts)):
            with archive.open(_deflated(name), "w") as entry:
                for part in parts(jobs, language):
                    entry.write(part)
                    yield sink.take()
    yield sink.take()


def entry_name(job: Job, place: int) -> str:
    """Return a picture's name in a zip: its number and what is harmless of its file's name."""
    stem = unicodedata.normalize("NFC", PurePath(job.input_name).stem)
    plain = "".join(sign if sign.isalnum() or sign in "-_ " else "_" for sign in stem)
    return f"pictures/{place:04}-{plain[:80].strip() or 'picture'}.jpg"


def _deflated(name: str) -> zipfile.ZipInfo:
    """Return an entry that is compressed."""
    entry = zipfile.ZipInfo(name, date_time=timezone.now().timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _cells(job: Job, predictions: list[Shown]) -> list[object]:
    """Return a job's line of the table."""
    best = predictions[0] if predictions else None
    feedback = getattr(job, "feedback", None)
    return [
        job.id,
        job.input_name,
        job.created_at.isoformat(timespec="seconds"),
        job.status,
        message(job.error_code) if job.error_code else "",
        job.model,
        job.model_version,
        *((best.id, best.name, best.parent or "", best.score) if best else ("", "", "", "")),
        feedback.correct if feedback else "",
        (feedback.label_id or "") if feedback else "",
        (feedback.label or "") if feedback else "",
    ]


class _Sink(io.RawIOBase):
    """Keeps what is written to it until it is taken."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        """Tell that it can be written to, and no more: a zip then needs no way back."""
        return True

    def write(self, data: "ReadableBuffer", /) -> int:
        """Keep some bytes."""
        self._parts.append(bytes(data))
        return len(self._parts[-1])

    def take(self) -> bytes:
        """Return what was written since the last time."""
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken
