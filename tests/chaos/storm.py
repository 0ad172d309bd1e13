"""A storm: people submit all the time, and faults drawn from a seed happen to the site."""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from subprocess import Popen, TimeoutExpired

from django.contrib.auth.hashers import make_password
from django.db import DatabaseError, connection

from accounts.models import User
from tests.chaos import (  # noqa: F401 - they fill the list of faults
    faults_processes,
    faults_redis,
    faults_rest,
)
from tests.chaos.audit import Verdict, Witness, judge, last_end, unfinished, wait_for_all
from tests.chaos.fault import FAULTS, Fault
from tests.chaos.jobs import promise
from tests.chaos.stage import Stage
from tests.chaos.visitors import PASSWORD

PEOPLE = ("page", "page", "direct", "direct")
RANDOM = Random()
GRACE = 120.0
"""Seconds after the last fault within which every job must have ended (P1)."""


@dataclass
class Strike:
    """A fault that happened.

    :ivar hit: the jobs that were unfinished when it was over.
    :ivar recovery: seconds until the last of them had ended, whatever came in between.
    """

    fault: Fault
    over: datetime
    hit: set[str]
    recovery: float = 0.0
    problem: str = ""


@dataclass
class Storm:
    """What one storm did, and what became of it."""

    seed: int
    strikes: list[Strike] = field(default_factory=list)
    verdict: Verdict = field(default_factory=Verdict)
    seconds: float = 0.0
    calm_after: float = 0.0

    @property
    def is_good(self) -> bool:
        """Whether everything promised was kept, in time."""
        problems = [strike.problem for strike in self.strikes if strike.problem]
        return self.verdict.is_good and not problems


def drawn(seed: int, *, count: int, short: bool, has_postgres: bool) -> list[Fault]:
    """Draw faults; the short run has all of its faults, in the order that the seed gives."""
    possible = [fault for fault in FAULTS if has_postgres or not fault.needs_postgres]
    if short:
        possible = [fault for fault in possible if fault.short]
    return Random(seed).sample(possible, min(count, len(possible)))


@dataclass(frozen=True)
class Pace:
    """How fast a storm goes.

    :ivar pause: seconds between two faults.
    :ivar fault: seconds that a fault takes, about: the jobs come evenly over the whole storm.
    """

    pause: float
    fault: float


def storm(stage: Stage, *, seed: int, faults: Sequence[Fault], jobs: int, pace: Pace) -> Storm:
    """Let faults happen while people submit jobs; judge when all is calm again.

    :param jobs: how many jobs are submitted at least.
    """
    start = time.monotonic()
    stage.ledger = stage.directory / f"ledger-{seed}"
    stage.ledger.mkdir()
    witness = Witness()
    witness.start()
    result = Storm(seed)
    poisoned = poison(stage)
    duration = len(faults) * (pace.pause + pace.fault)
    people = send_people(stage, seed, jobs=jobs, pause=duration / jobs * len(PEOPLE))
    random = Random(seed)
    for fault in faults:
        time.sleep(pace.pause)
        result.strikes.append(strike(stage, fault, random, poisoned))
    enough(people)
    result.calm_after = wait_for_all(seconds=GRACE)
    witness.leave()
    witness.look(limit=None)
    result.verdict = judge(stage.ledger, witness)
    for happened in result.strikes:
        end = last_end(happened.hit)
        happened.recovery = max(0.0, (end - happened.over).total_seconds()) if end else 0.0
    result.seconds = time.monotonic() - start
    return result


def poison(stage: Stage) -> set[str]:
    """Hand in jobs that hurt their worker, all of them before the first fault."""
    kinds = {
        "kill": "worker_lost",
        "deaf": "worker_lost",
        "hang": "timeout",
        "hog": "too_complex",
        "memory": "too_complex",
        "raise": "internal",
    }
    return {promise(stage, expect=code, do=kind).id for kind, code in kinds.items()}


def send_people(stage: Stage, seed: int, *, jobs: int, pause: float) -> list[Popen[bytes]]:
    """Start the processes that submit; together they bring the number of jobs."""
    processes = []
    for number, kind in enumerate(PEOPLE):
        name = f"{kind}-{seed}-{number}"
        User.objects.create(email=f"{name}@example.com", password=make_password(PASSWORD))
        processes.append(
            stage.start(
                *(sys.executable, "-m", "tests.chaos.visitors", kind, name, "--url", stage.url),
                *("--directory", str(stage.ledger), "--jobs", str(jobs // len(PEOPLE))),
                *("--pause", str(pause)),
            )
        )
    return processes


def enough(people: Sequence[Popen[bytes]]) -> None:
    """Wait until all has been submitted; those who still try are sent home after a while."""
    end = time.monotonic() + GRACE
    for process in people:
        try:
            process.wait(max(0.1, end - time.monotonic()))
        except TimeoutExpired:
            process.terminate()


def strike(stage: Stage, fault: Fault, random: Random, poisoned: set[str]) -> Strike:
    """Let one fault happen."""
    sys.stderr.write(f"{datetime.now(UTC):%H:%M:%S} {fault.number} {fault.title}\n")
    problem = ""
    try:
        fault.inject(stage, random)
    except (AssertionError, TimeoutError, DatabaseError) as error:
        problem = f"{type(error).__name__}: {error}"
    connection.close()  # whatever happened to it
    over = datetime.now(UTC)
    return Strike(fault, over, unfinished() - poisoned, problem=problem)
