"""Classifies files through the queue, for the command line."""

import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from accounts.services import command_line_user
from worker.failures import JobRefusedError
from worker.models import Job, Lane
from worker.selectors import jobs_visible_to
from worker.services import job_submit

AHEAD = 64
"""Files that are handed in before the first of them has ended: the queue is never empty."""

POLL_SECONDS = 0.1


def classify_queued(files: Sequence[Path], *, model: str, top_k: int) -> Iterator[dict[str, Any]]:
    """Yield what each file shows, in the order of the files."""
    waiting: list[tuple[Path, Job | str]] = []
    rest = iter(files)
    while True:
        waiting += [
            (file, _submit(file, model=model, top_k=top_k))
            for file in islice(rest, AHEAD - len(waiting))
        ]
        if not waiting:
            return
        file, job = waiting.pop(0)
        yield {"file": file, **_answer(job)}


def _submit(file: Path, *, model: str, top_k: int) -> Job | str:
    """Hand in a file; return its job, or the code of why it is not accepted."""
    try:
        with file.open("rb") as image:
            return job_submit(
                user=command_line_user(),
                service="classify",
                image=image,
                name=file.name,
                model=model,
                parameters={"top_k": top_k},
                lane=Lane.BULK,
                trusted=True,
            )
    except OSError:
        return "unreadable"
    except JobRefusedError as refusal:
        return refusal.code


def _answer(job: Job | str) -> dict[str, Any]:
    """Wait for a job and return what came of it."""
    if isinstance(job, str):
        return {"error": job}
    while not job.is_finished:
        time.sleep(POLL_SECONDS)
        job = jobs_visible_to(job.user).get(id=job.id)
    if job.output is None:
        return {"error": job.error_code or job.status}
    return {
        "model": {"name": job.model, "version": job.model_version},
        "predictions": job.output["predictions"],
    }
