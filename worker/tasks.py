"""The Celery task: a thin door to :mod:`worker.execution`."""

import uuid

from celery import shared_task

from worker.dispatch import TASK
from worker.execution import job_run


@shared_task(name=TASK)
def run_jobs(refs: list[tuple[str, int]]) -> None:
    """Run the jobs of one message, each of them named by id and attempts so far."""
    for job_id, attempt in refs:
        job_run(job_id=uuid.UUID(job_id), attempt=attempt)
