"""Faults of the site's own processes: they die, freeze, multiply, or have a wrong clock."""

import sys
import time
from random import Random

import psutil
from django.conf import settings

from tests.chaos.fault import fault
from tests.chaos.jobs import is_finished, run_a_slow_job, worker_of
from tests.chaos.stage import Stage, frozen, with_no_error
from tests.chaos.waiting import holds_within, wait_until


@fault("F1", short=True)
def child_is_killed(stage: Stage, random: Random) -> None:
    """A worker's process is killed in the middle of a job."""
    job = run_a_slow_job(stage)
    with_no_error(worker_of(job).kill)


@fault("F2", short=True)
def worker_is_killed(stage: Stage, random: Random) -> None:
    """A whole worker is killed in the middle of a job."""
    main = worker_of(run_a_slow_job(stage)).parent()
    if main is not None:
        with_no_error(main.kill)


@fault("F3")
def workers_are_deployed(stage: Stage, random: Random) -> None:
    """The workers are stopped by SIGTERM and started anew, one after the other."""
    for main in stage.programs("manage.py", "work"):
        with_no_error(main.terminate)
        holds_within(lambda main=main: not main.is_running(), seconds=60)  # type: ignore[misc]
        holds_within(lambda: len(stage.workers()) > 1, seconds=60)


@fault("F13")
def web_dies_after_commit(stage: Stage, random: Random) -> None:
    """A web process dies between storing a job and publishing it."""
    submit(stage, f"dies-after-{random.random()}", "--die=after")


@fault("F13")
def web_dies_before_commit(stage: Stage, random: Random) -> None:
    """A web process dies when the job's picture is stored and its row is not."""
    submit(stage, f"dies-before-{random.random()}", "--die=before")


def submit(stage: Stage, name: str, *options: str) -> int:
    """Submit with a process that meets a fault."""
    return stage.run(
        *(sys.executable, "-m", "tests.chaos.visitors", "direct", name),
        *("--directory", str(stage.ledger), *options),
    )


@fault("F15", short=True)
def worker_is_frozen(stage: Stage, random: Random) -> None:
    """A worker freezes until its job is done by another one, then goes on."""
    job = run_a_slow_job(stage)
    main = worker_of(job).parent()
    if main is None:
        return
    with frozen([main, *main.children(recursive=True)]):
        lease = settings.JOB_LEASE + settings.SWEEP_INTERVAL
        holds_within(lambda: is_finished(job), seconds=2 * lease.total_seconds())


@fault("F20")
def sweeper_is_killed(stage: Stage, random: Random) -> None:
    """The sweeper is killed."""
    for sweeper in stage.programs("manage.py", "sweeper"):
        with_no_error(sweeper.kill)


@fault("F20")
def sweepers_are_two(stage: Stage, random: Random) -> None:
    """A second sweeper runs."""
    sweep_beside(stage, "manage.py", "sweeper")


@fault("F20")
def clock_is_off(stage: Stage, random: Random) -> None:
    """A host whose clock is an hour off sweeps and submits."""
    hours = random.choice(["1", "-1"])
    submit(stage, f"clock-{random.random()}", "--jobs=5", f"--clock={hours}")
    sweep_beside(stage, "-m", "tests.chaos.clock", hours, "sweeper")


def sweep_beside(stage: Stage, *command: str) -> None:
    """Run a second sweeper for a few sweeps."""
    sweeper = stage.start(sys.executable, *command)
    time.sleep(5 + 2 * settings.SWEEP_INTERVAL.total_seconds())
    sweeper.terminate()
    sweeper.wait(60)


@fault("F24", short=True)
def everything_is_killed(stage: Stage, random: Random) -> None:
    """Every process is killed at once, Redis and PostgreSQL too; then all is started."""
    stage.kill_site()
    stage.redis.stop()
    if stage.postgres:
        stage.postgres.stop_at_once()
        stage.postgres.start()
    stage.redis.start()
    stage.start_site()


@fault("F2")
def web_is_killed(stage: Stage, random: Random) -> None:
    """The web server is killed, with its processes."""
    for main in stage.programs("gunicorn"):
        for process in [main, *main.children()]:
            with_no_error(process.kill)
        psutil.wait_procs([main], timeout=10)
    wait_until(stage.answers)
