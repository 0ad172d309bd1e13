"""Row c: the queue alone. The null service takes no time, so all of it is the queue's own work."""

from pathlib import Path

from benchmarks.jobs import (
    Inputs,
    null_jobs,
    seconds_to_run,
    seconds_to_submit_and_run,
    users_make,
    worker,
)
from benchmarks.photographs import photographs_read
from benchmarks.plan import Plan
from benchmarks.report import Measured, of_rounds
from worker.models import Lane

PROCESSES = 2
USERS = 8


def measure(plan: Plan, *, models: Path, photographs: Path) -> list[Measured]:
    """Return jobs per second with two worker processes."""
    del models
    files = photographs_read(photographs)[:1]
    users, inputs = users_make(USERS), Inputs(files)
    rates: dict[str, list[float]] = {"waiting": [], "bulk": [], "submitted": []}
    with worker(processes=PROCESSES):
        seconds_to_run(
            null_jobs(inputs, users, count=plan.queued // 5, lane=Lane.INTERACTIVE),
        )
        for _ in range(plan.rounds):
            for name, lane in (("waiting", Lane.INTERACTIVE), ("bulk", Lane.BULK)):
                jobs = null_jobs(inputs, users, count=plan.queued, lane=lane)
                rates[name].append(plan.queued / seconds_to_run(jobs))
            submitted = plan.queued // 2
            seconds = seconds_to_submit_and_run(files, users, count=submitted)
            rates["submitted"].append(submitted / seconds)
    return [
        of_rounds("c", "queue alone, waiting jobs", rates["waiting"], "jobs/s", at_least=150),
        of_rounds("c", "queue alone, bulk lane", rates["bulk"], "jobs/s"),
        of_rounds("c", "queue alone, submitted one by one", rates["submitted"], "jobs/s"),
    ]
