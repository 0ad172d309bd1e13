"""Row f: what the daily operations cost while the table of jobs grows."""

import time
from collections.abc import Callable
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from statistics import median

from django.test import Client

from accounts.models import User
from benchmarks.fill import Table
from benchmarks.jobs import Inputs
from benchmarks.photographs import photographs_read
from benchmarks.plan import Plan
from benchmarks.report import Measured
from worker.attempts import job_claim, job_finish
from worker.dispatch import dispatch
from worker.models import Job, Lane
from worker.predictors import Result
from worker.services import job_submit
from worker.sweep import sweep

ALLOWED_GROWTH = 2.0
TARGETED = ("claim", "sweep", "history page")
RESULT = Result(output={"predictions": []}, display=b"", label="n02123045", score=0.7)


def measure(plan: Plan, *, models: Path, photographs: Path) -> list[Measured]:
    """Return the milliseconds of each operation at each size, and how they have grown."""
    del models
    files = photographs_read(photographs)
    table, inputs = Table(), Inputs(files[:1])
    costs: dict[str, list[float]] = {}
    for size in plan.sizes:
        table.grow(size)
        steps = Steps(table.owner, files, inputs)
        for name, step in steps.all().items():
            costs.setdefault(name, []).append(_milliseconds(step, plan.repeats))
    return [figure for name, values in costs.items() for figure in _figures(name, values, plan)]


def _figures(name: str, values: list[float], plan: Plan) -> list[Measured]:
    """Return an operation's cost at each size, and its growth from the first to the last."""
    at_each = [
        Measured("f", f"{name}, {size:,} jobs", value, "ms")
        for size, value in zip(plan.sizes, values, strict=True)
    ]
    limit = ALLOWED_GROWTH if name in TARGETED else None
    grown = Measured("f", f"{name}, growth", values[-1] / values[0], "", at_most=limit)
    return [*at_each, grown]


def _milliseconds(step: Callable[[], float], repeats: int) -> float:
    """Return the median time of an operation."""
    step()
    return median(step() for _ in range(repeats)) * 1000


class Steps:
    """The operations; each returns the seconds that it took, without its preparation."""

    def __init__(self, owner: User, files: list[bytes], inputs: Inputs) -> None:
        self.owner = owner
        self.files = files
        self.inputs = inputs
        self.browser = Client(SERVER_NAME="localhost")
        self.browser.force_login(owner)
        self.operator = Client(SERVER_NAME="localhost")
        email = f"operator{User.objects.count()}@example.com"
        self.operator.force_login(User.objects.create_superuser(email))

    def all(self) -> dict[str, Callable[[], float]]:
        """Return them by name."""
        return {
            "submit": self.submit,
            "claim": self.claim,
            "finish": self.finish,
            "dispatch one line": self.dispatch_one,
            "dispatch all": self.dispatch_all,
            "sweep": self.sweep,
            "history page": lambda: _seconds_of(self.browser, "/jobs/"),
            "console": lambda: _seconds_of(self.operator, "/console/"),
            "metrics": lambda: _seconds_of(self.operator, "/metrics"),
        }

    def submit(self) -> float:
        """Accept a photograph and publish it."""
        start = time.perf_counter()
        job = job_submit(
            user=self.owner,
            service="null",
            image=BytesIO(self.files[0]),
            name="photograph.jpg",
            model="null",
            parameters={},
        )
        seconds = time.perf_counter() - start
        self._end(job)
        return seconds

    def claim(self) -> float:
        """Claim a waiting job."""
        job = self._waiting()
        start = time.perf_counter()
        claimed = job_claim(job_id=job.id, attempt=0, worker="bench")
        seconds = time.perf_counter() - start
        self._finish(claimed)
        return seconds

    def finish(self) -> float:
        """Store the result of a running job."""
        claimed = job_claim(job_id=self._waiting().id, attempt=0, worker="bench")
        start = time.perf_counter()
        self._finish(claimed)
        return time.perf_counter() - start

    def dispatch_one(self) -> float:
        """Publish a job of one user, as after each finished job."""
        job = self._waiting()
        start = time.perf_counter()
        dispatch(user_id=job.user_id, lane=job.lane)
        seconds = time.perf_counter() - start
        self._end(job)
        return seconds

    def dispatch_all(self) -> float:
        """Publish what waits, as the sweeper does."""
        job = self._waiting()
        start = time.perf_counter()
        dispatch()
        seconds = time.perf_counter() - start
        self._end(job)
        return seconds

    def sweep(self) -> float:
        """Sweep when there is nothing to mend."""
        start = time.perf_counter()
        sweep()
        return time.perf_counter() - start

    def _waiting(self) -> Job:
        """Store a job that waits."""
        job = self.inputs.job(0, user=self.owner, service="null", model="null", lane=Lane.BULK)
        job.save(force_insert=True)
        return job

    def _end(self, job: Job) -> None:
        """Run a job to its end, so that nothing is unfinished when the next is measured."""
        self._finish(job_claim(job_id=job.id, attempt=0, worker="bench"))

    def _finish(self, job: Job | None) -> None:
        """Store the result of a claimed job."""
        if job is None or not job_finish(job=job, result=RESULT):
            raise RuntimeError("nothing to claim or to finish")


def _seconds_of(browser: Client, path: str) -> float:
    """Return the seconds that a page takes."""
    start = time.perf_counter()
    response = browser.get(path)
    seconds = time.perf_counter() - start
    if response.status_code != HTTPStatus.OK:
        raise RuntimeError(f"GET {path} answers {response.status_code}")
    return seconds
