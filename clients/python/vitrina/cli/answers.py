"""What came of a photograph, as a line of JSON or for a person."""

import json
from collections.abc import Callable
from typing import Any

import click
from tqdm import tqdm

from vitrina.cli.words import gettext as _
from vitrina.errors import ProblemError, TooLargeError, VitrinaError
from vitrina.many import Result
from vitrina.shapes import Job

Answer = dict[str, Any]
"""The shape of a line: ``file``, ``model`` and ``predictions``, or ``file`` and ``error``."""

ABOUT_THE_FILE = frozenset({410, 413, 415, 422})
"""Statuses that lie with one picture; others would meet the next one too."""


def answer_of(file: str, result: Result) -> Answer:
    """Return what came of a file.

    :raises VitrinaError: when the trouble is not the file's.
    """
    if result.job is not None:
        return {"file": file, **_of_job(result.job)}
    if isinstance(result.error, OSError):
        reason = result.error.strerror or str(result.error)
        message = _("The file cannot be opened: {reason}.").format(reason=reason)
        return {"file": file, "error": {"code": "unreadable", "message": message}}
    if isinstance(result.error, TooLargeError):
        limit = round(result.error.limit / 1e6)
        message = _("The file is too large; up to {limit} MB are accepted.").format(limit=limit)
        return {"file": file, "error": {"code": result.error.code, "message": message}}
    if isinstance(result.error, ProblemError) and result.error.status in ABOUT_THE_FILE:
        error = {"code": result.error.code, "message": result.error.detail}
        return {"file": file, "error": error}
    raise result.error or VitrinaError(_("There is no answer."))


def _of_job(job: Job) -> Answer:
    if job.status == "succeeded":
        predictions = [
            {
                "id": prediction.id,
                "index": prediction.index,
                "name": prediction.name,
                "score": round(prediction.score, 6),
            }
            for prediction in job.predictions
        ]
        model = {"name": job.model.name, "version": job.model.version}
        return {"model": model, "predictions": predictions}
    if job.error is not None:
        return {"error": {"code": job.error.code, "message": job.error.message}}
    messages = {
        "canceled": _("The job was canceled."),
        "expired": _("No worker took the job in time."),
    }
    return {"error": {"code": job.status, "message": messages.get(job.status, job.status)}}


def as_line(answer: Answer) -> str:
    """Return an answer as a line of JSON."""
    return json.dumps(answer, ensure_ascii=False)


def as_text(answer: Answer) -> str:
    """Return an answer for a person: the file, then its classes with percentages."""
    if "error" in answer:
        return f"{answer['file']}: {answer['error']['message']}"
    lines = [answer["file"]]
    lines += [f"  {entry['score']:6.1%}  {entry['name']}" for entry in answer["predictions"]]
    return "\n".join(lines)


def printer(*, raw: bool, file: Any = None) -> Callable[[Answer], None]:
    """Return what prints answers, to the standard output unless there is a file."""
    shape = as_line if raw else as_text

    def emit(answer: Answer) -> None:
        with tqdm.external_write_mode():
            click.echo(shape(answer), file=file)

    return emit
