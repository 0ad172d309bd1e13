"""Jobs that this process hands in itself, to hurt what runs them."""

import time
import zlib
from typing import Any

import psutil
from django.db import connection

from tests.chaos.ledger import SUCCEEDED, Ledger, Promise
from tests.chaos.stage import Stage
from tests.chaos.visitors import Caller
from tests.chaos.waiting import wait_until
from worker.models import TERMINAL, Job, Lane, Status

OURS = "chaos@example.com"


def promise(stage: Stage, *, expect: str = SUCCEEDED, **parameters: Any) -> Promise:
    """Hand in a job that behaves as told, and note that it was accepted."""
    seed = zlib.crc32(str(time.time()).encode())
    caller = Caller(OURS, stage.ledger, seed)
    made = caller.submit(0, expect=expect, lane=Lane.INTERACTIVE, **parameters)
    Ledger(stage.ledger, "chaos").write(made)
    return made


def run_a_slow_job(stage: Stage) -> Promise:
    """Hand in a job that takes 2 seconds and wait until it runs."""
    made = promise(stage, sleep=2)
    wait_until(lambda: status(made) == Status.RUNNING, seconds=120)
    return made


def status(made: Promise) -> str:
    """Return a job's state."""
    return Job.objects.values_list("status", flat=True).get(id=made.id)


def is_finished(made: Promise) -> bool:
    """Tell whether a job has ended."""
    return status(made) in TERMINAL


def worker_of(made: Promise) -> psutil.Process:
    """Return the process that runs a job."""
    name = Job.objects.values_list("worker", flat=True).get(id=made.id)
    return psutil.Process(int(name.rpartition(":")[2]))


def forget_connection() -> None:
    """Have this process connect to the database anew; the old connection may be dead."""
    connection.close()
