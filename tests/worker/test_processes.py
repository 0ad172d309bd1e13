"""Real worker and sweeper processes on a real broker, and what happens when they die."""

import os
import signal
import subprocess
from collections.abc import Callable

import psutil
import pytest

from tests.conftest import Broker, wait_until
from tests.factories import submit
from worker.models import Job, Lane, Status
from worker.sweep import sweep

pytestmark = [pytest.mark.processes, pytest.mark.timeout(120)]

Start = Callable[..., subprocess.Popen[bytes]]


def status(job: Job) -> str:
    return Job.objects.values_list("status", flat=True).get(id=job.id)


def ended(*jobs: Job) -> bool:
    return all(status(job) not in {Status.QUEUED, Status.RUNNING} for job in jobs)


def test_a_worker_runs_what_was_submitted(start: Start) -> None:
    job = submit(answer="forty-two")
    start("work", "--processes=1")

    wait_until(lambda: ended(job))

    job.refresh_from_db()
    assert (job.status, job.attempts) == (Status.SUCCEEDED, 1)
    assert job.output is not None
    assert job.output["answer"] == "forty-two"
    assert job.output["pid"] == int(job.worker.split(":")[1])


def test_a_worker_may_take_from_one_lane_only(start: Start) -> None:
    photo, many = submit(), submit(lane=Lane.BULK)
    start("work", "--processes=1", "--lane=bulk")
    wait_until(lambda: ended(many))
    assert status(photo) == Status.QUEUED

    start("work", "--processes=1", "--lane=interactive")
    wait_until(lambda: ended(photo))


@pytest.mark.parametrize(
    ("what", "code"),
    [("memory", "too_complex"), ("raise", "internal"), ("broken", "broken_image")],
)
def test_an_error_ends_the_job_and_not_the_worker(start: Start, what: str, code: str) -> None:
    worker = start("work", "--processes=1")
    bad = submit(do=what)
    good = submit()

    wait_until(lambda: ended(bad, good))

    bad.refresh_from_db()
    assert (bad.status, bad.error_code, bad.attempts) == (Status.FAILED, code, 1)
    assert status(good) == Status.SUCCEEDED
    assert worker.poll() is None


def test_jobs_outlive_their_worker(start: Start, broker: Broker) -> None:
    """Kill the whole worker with -9 while jobs run and wait; a new one ends all of them."""
    worker = start("work", "--processes=2")
    jobs = [submit(sleep=0.3) for _ in range(8)]
    wait_until(lambda: Job.objects.filter(status=Status.SUCCEEDED).exists())
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
    assert not ended(*jobs)
    Job.objects.filter(status=Status.RUNNING).update(lease_expires_at="2000-01-01T00:00:00Z")

    start("sweeper")
    start("work", "--processes=2")
    # A message that the dead worker had taken is rung for again after a while.
    Job.objects.filter(status=Status.QUEUED).update(published_at="2000-01-01T00:00:00Z")
    wait_until(lambda: ended(*jobs), seconds=60)

    assert {status(job) for job in jobs} == {Status.SUCCEEDED}
    assert all(job.attempts <= 2 for job in Job.objects.all())


def test_a_job_that_kills_its_worker_fails_after_three_tries(start: Start) -> None:
    start("work", "--processes=1")
    poison = submit(do="kill")

    def lease_runs_out() -> bool:
        Job.objects.filter(status=Status.RUNNING).update(lease_expires_at="2000-01-01T00:00:00Z")
        sweep()
        return ended(poison)

    wait_until(lease_runs_out, seconds=90)

    poison.refresh_from_db()
    assert (poison.status, poison.error_code) == (Status.FAILED, "worker_lost")
    assert poison.attempts == 3
    good = submit()
    wait_until(lambda: ended(good))
    assert status(good) == Status.SUCCEEDED


def test_the_worker_lets_its_job_end_on_sigterm(start: Start) -> None:
    worker = start("work", "--processes=1")
    job = submit(sleep=2)
    wait_until(lambda: status(job) == Status.RUNNING)

    worker.send_signal(signal.SIGTERM)
    worker.wait(30)

    job.refresh_from_db()
    assert (job.status, job.attempts) == (Status.SUCCEEDED, 1)


def test_no_child_outlives_its_worker(start: Start) -> None:
    worker = start("work", "--processes=2")
    job = submit()
    wait_until(lambda: ended(job))
    children = psutil.Process(worker.pid).children(recursive=True)
    assert len(children) >= 2

    worker.kill()
    worker.wait()

    psutil.wait_procs(children, timeout=10)
    assert not [child for child in children if child.is_running()]
