"""Jobs to measure with: made in bulk, awaited, and the workers that run them."""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts.models import User
from benchmarks.place import process, wait_until
from worker.dispatch import dispatch
from worker.models import Job, Lane, Status, WorkerState
from worker.services import job_submit, picture_sha256

WAIT_SECONDS = 600
WORKER_SECONDS = 90


def users_make(count: int) -> list[User]:
    """Make accounts that nobody signs in to."""
    first = User.objects.count()
    users = [User(email=f"bench{first + number}@example.com") for number in range(count)]
    return User.objects.bulk_create(users)


class Inputs:
    """Photographs that lie in the storage, for jobs to share: running a job leaves them there."""

    def __init__(self, photographs: Sequence[bytes]) -> None:
        self._stored = [
            {
                "input": default_storage.save(f"jobs/bench/{number}.jpg", ContentFile(photograph)),
                "input_sha256": picture_sha256(BytesIO(photograph)),
                "input_bytes": len(photograph),
            }
            for number, photograph in enumerate(photographs)
        ]

    def job(self, number: int, **fields: object) -> Job:
        """Return a waiting job, not stored yet."""
        return Job(
            **self._stored[number % len(self._stored)],
            input_name=f"{number}.jpg",
            input_format="JPEG",
            input_width=500,
            input_height=375,
            expires_at=timezone.now() + timedelta(hours=24),
            **fields,
        )


def seconds_to_run(jobs: Sequence[Job]) -> float:
    """Store waiting jobs, publish them, and return the time until the last has its result."""
    Job.objects.bulk_create(jobs)
    start = time.perf_counter()
    dispatch()
    wait_for_results()
    return time.perf_counter() - start


def seconds_to_submit_and_run(
    photographs: Sequence[bytes], users: Sequence[User], *, count: int
) -> float:
    """Submit jobs of the null service one by one, and return the time until the last result."""
    start = time.perf_counter()
    for number in range(count):
        job_submit(
            user=users[number % len(users)],
            service="null",
            image=BytesIO(photographs[number % len(photographs)]),
            name="photograph.jpg",
            model="null",
            parameters={},
        )
    wait_for_results()
    return time.perf_counter() - start


def wait_for_results() -> None:
    """Wait until no job is unfinished.

    :raises RuntimeError: when one has not succeeded.
    """
    unfinished = Job.objects.filter(finished_at=None)
    wait_until(lambda: not unfinished.exists(), seconds=WAIT_SECONDS, what="the jobs", pause=0.05)
    if bad := Job.objects.exclude(status=Status.SUCCEEDED).first():
        raise RuntimeError(f"a job has {bad.status}: {bad.error_code}")


def null_jobs(inputs: Inputs, users: Sequence[User], *, count: int, lane: Lane) -> list[Job]:
    """Return waiting jobs of the null service."""
    return [
        inputs.job(number, user=users[number % len(users)], service="null", model="null", lane=lane)
        for number in range(count)
    ]


@contextmanager
def worker(*, processes: int) -> Iterator[None]:
    """Run a real worker; it consumes when this yields."""
    command = [sys.executable, "manage.py", "work", "--processes", str(processes)]
    with process(command) as started:
        name = f":{started.pid}"
        seen = WorkerState.objects.filter(name__endswith=name)
        wait_until(seen.exists, seconds=WORKER_SECONDS, what="the worker", process=started)
        yield
