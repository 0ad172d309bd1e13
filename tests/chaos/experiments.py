"""One promise at a time, with nothing else going on, and how long it takes to be kept."""

import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import httpx
from django.conf import settings
from django.db import DatabaseError, connection

from tests.chaos.audit import Witness, judge, wait_for_all
from tests.chaos.crowd import PATIENCE, Crowd, Finding
from tests.chaos.faults_processes import workers_are_deployed
from tests.chaos.jobs import is_finished, promise, run_a_slow_job, worker_of
from tests.chaos.ledger import Ledger, Promise
from tests.chaos.overload import overload
from tests.chaos.site import WORKERS
from tests.chaos.slow import slow_clients
from tests.chaos.stage import Stage, with_no_error
from tests.chaos.storm import RANDOM, enough, send_people
from tests.chaos.visitors import Caller
from tests.chaos.waiting import holds_within
from worker.models import Job, Status

KILLS = 20
KILL_ROUNDS = 3
DEPLOYS = 10
"""Of all workers, one after the other."""


def redis_away(stage: Stage) -> list[Finding]:
    """P3: Redis stopped, then hanging, refuses no upload."""
    findings = []
    Crowd(stage, "before").submit_for(3)  # signed in, everything loaded once
    for name, leave, come in (
        ("stopped", stage.redis.stop, stage.redis.start),
        (
            "hanging",
            lambda: stage.redis.signal(signal.SIGSTOP),
            lambda: stage.redis.signal(signal.SIGCONT),
        ),
    ):
        crowd = Crowd(stage, f"redis-{name}", pause=0.15)  # or the site would be full
        leave()
        try:
            crowd.submit_for(20)
        finally:
            come()
        wait_for_all(seconds=PATIENCE)
        figure = f"Redis {name}: {crowd.said['accepted']} of {len(crowd.seconds)} accepted, "
        figure += f"p99 {crowd.p99:.2f} s"
        only = set(crowd.said) == {"accepted"}
        findings.append(Finding("P3", figure, kept=only and crowd.p99 <= 2.5))
    return findings


def redis_flushed(stage: Stage) -> list[Finding]:
    """P4: of 500 queued jobs every one ends when Redis forgets them."""
    caller = Caller("flushed@example.com", stage.ledger, 4)
    ledger = Ledger(stage.ledger, "flushed")
    for number in range(500):
        ledger.write(caller.submit(number, sleep=0.1))
    rung = Job.objects.filter(status=Status.QUEUED, published_at__isnull=False)
    lost = set(rung.values_list("id", flat=True))
    waiting = Job.objects.filter(status=Status.QUEUED).count()
    stage.redis.client.flushall()
    start = datetime.now(UTC)
    took = wait_for_all(seconds=PATIENCE)
    ends = Job.objects.filter(id__in=lost).values_list("finished_at", flat=True)
    delays = sorted((end - start).total_seconds() for end in ends if end)
    # A message that a worker held already was not lost.
    first = next((delay for delay in delays if delay > 3), 0.0)
    figure = f"{waiting} waiting: the first lost message is back after {first:.0f} s, "
    return [Finding("P4", f"{figure}all end after {took:.0f} s", kept=first <= 40)]


def workers_killed(stage: Stage) -> list[Finding]:
    """P5: kill -9 of a child or a whole worker costs delay only.

    Kills come in rounds shorter than a lease, with a rest: a job that comes back is not hit again.
    """
    people = send_people(stage, 50, jobs=800, pause=0.4)
    hit: list[tuple[Promise, datetime]] = []
    for _ in range(KILL_ROUNDS):
        rest_at = time.monotonic() + settings.JOB_LEASE.total_seconds() - 10
        while len(hit) < KILLS and time.monotonic() < rest_at:
            hit.append(kill_one(stage, whole=len(hit) % 2 == 0))
        holds_within(lambda: all(is_finished(made) for made, _ in hit), seconds=PATIENCE)
    enough(people)
    wait_for_all(seconds=PATIENCE)
    rows = {str(job.id): job for job in Job.objects.filter(id__in=[made.id for made, _ in hit])}
    delays = [(end - at).total_seconds() for made, at in hit if (end := rows[made.id].finished_at)]
    runs = max(job.attempts for job in rows.values())
    figure = (
        f"{len(hit)} kills: jobs hit end after {max(delays):.0f} s at most, {runs} runs at most"
    )
    return [Finding("P5", figure, kept=max(delays) <= 75 and len(delays) == len(hit))]


def kill_one(stage: Stage, *, whole: bool) -> tuple[Promise, datetime]:
    """Kill a worker, or only its process, in the middle of a job; return that, and when."""
    made = run_a_slow_job(stage)
    child = worker_of(made)
    main = child.parent()
    with_no_error((main if whole and main is not None else child).kill)
    return made, datetime.now(UTC)


def poison(stage: Stage) -> list[Finding]:
    """P6: a job that kills its worker fails after three tries; its neighbours succeed."""
    bad = promise(stage, do="kill", expect="worker_lost")
    good = [promise(stage) for _ in range(99)]
    start = time.monotonic()
    holds_within(lambda: is_finished(bad), seconds=PATIENCE)
    took = time.monotonic() - start
    wait_for_all(seconds=PATIENCE)
    end = Job.objects.get(id=bad.id)
    well = Job.objects.filter(id__in=[made.id for made in good], status=Status.SUCCEEDED).count()
    figure = f"{end.error_code} after {end.attempts} tries, {took:.0f} s; {well} of 99 succeed"
    kept = (end.error_code, end.attempts) == ("worker_lost", settings.JOB_MAX_ATTEMPTS)
    return [Finding("P6", figure, kept=kept and well == 99)]


def deploys(stage: Stage) -> list[Finding]:
    """P8: workers that are restarted by SIGTERM lose and repeat nothing."""
    people = send_people(stage, 80, jobs=800, pause=0.5)
    before = Job.objects.filter(attempts__gt=1).count()
    for _ in range(DEPLOYS):
        workers_are_deployed(stage, RANDOM)
    enough(people)
    took = wait_for_all(seconds=PATIENCE)
    repeated = Job.objects.filter(attempts__gt=1).count() - before
    figure = f"{DEPLOYS * WORKERS} restarts: {repeated} repeated; all end {took:.0f} s after"
    return [Finding("P8", figure, kept=repeated == 0)]


Experiment = Callable[[Stage], list[Finding]]

ALL: tuple[tuple[Experiment, ...], ...] = (
    (redis_away,),
    (redis_flushed,),
    (workers_killed,),
    (poison, slow_clients),  # of worker and web: neither knows of the other
    (overload,),
    (deploys,),
)
"""Those in one line are made at the same time."""


def experiments(stage: Stage, *, only: Sequence[str] | None) -> Iterator[list[Finding]]:
    """Make all of them, each on a site that is calm; nothing may be lost in any.

    :param only: the names of those to make, in place of all.
    """
    for line in ALL:
        together = [each for each in line if only is None or each.__name__ in only]
        if not together:
            continue
        names = "-".join(experiment.__name__ for experiment in together)
        sys.stderr.write(f"{datetime.now(UTC):%H:%M:%S} {names}\n")
        stage.ledger = stage.directory / f"ledger-{names}"
        stage.ledger.mkdir()
        holds_within(lambda: len(stage.workers()) > 1 and stage.answers(), seconds=PATIENCE)
        witness = Witness()
        witness.start()
        with ThreadPoolExecutor(len(together)) as threads:
            runs = [threads.submit(tried, experiment, stage) for experiment in together]
            found = [finding for run in runs for finding in run.result()]
        witness.leave()
        witness.look(limit=None)
        verdict = judge(stage.ledger, witness)
        for finding in found:
            finding.kept = finding.kept and verdict.is_good
            finding.figure += f"; of {verdict.accepted} accepted, {len(verdict.lost)} lost"
        yield found


def tried(experiment: Experiment, stage: Stage) -> list[Finding]:
    """Make one; when it cannot be made, that is what was found."""
    try:
        return experiment(stage)
    except (AssertionError, TimeoutError, DatabaseError, httpx.HTTPError) as error:
        problem = f"{experiment.__name__}: {type(error).__name__}: {error}"
        return [Finding("?", problem, kept=False)]
    finally:
        connection.close()
