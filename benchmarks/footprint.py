"""Row e: what each process takes in memory, and how long it takes to start."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from statistics import mean

import psutil

from accounts.models import User
from benchmarks.jobs import Inputs, users_make, wait_for_results
from benchmarks.photographs import photographs_read
from benchmarks.place import process, wait_until
from benchmarks.plan import MODEL, Plan
from benchmarks.report import Measured, of_rounds
from benchmarks.site import answers, site
from worker.models import Job, WorkerState

PARTS = {"web": "gunicorn", "worker": "work", "sweeper": "sweeper"}
"""A word of each part's command line by which it is known."""

START_SECONDS = 90


def measure(plan: Plan, *, models: Path, photographs: Path) -> list[Measured]:
    """Return memory of the parts of a site that has worked, then the time each takes to start."""
    del models
    files = photographs_read(photographs)
    with site() as running:
        (browser,) = running.browsers(1)
        for number in range(plan.scaled):
            browser.submit(files[number % len(files)], model=MODEL)
        browser.close()
        wait_for_results()
        parts = _parts(running.supervisor)
        commands = {name: part.cmdline() for name, part in parts.items()}
        figures = [figure for name, part in parts.items() for figure in _memory(name, part)]
    signs = Signs(running.port, files)
    for name, sign in (("web", signs.web), ("worker", signs.worker), ("sweeper", signs.sweeper)):
        seconds = [_start(commands[name], sign) for _ in range(plan.rounds)]
        figures.append(of_rounds("e", f"start, {name}", seconds, "s"))
    return figures


def _parts(supervisor: psutil.Process) -> dict[str, psutil.Process]:
    """Return the processes that the supervisor has started, by name."""
    children = supervisor.children()
    return {
        name: next(child for child in children if word in child.cmdline())
        for name, word in PARTS.items()
    }


def _memory(name: str, part: psutil.Process) -> list[Measured]:
    """Return resident and unshared megabytes of a main process and, on average, of its children."""
    figures = _megabytes(f"memory, {name}", [part])
    if children := part.children():
        figures += _megabytes(f"memory, {name}, each of {len(children)} children", children)
    return figures


def _megabytes(name: str, processes: list[psutil.Process]) -> list[Measured]:
    """Return the average of some processes."""
    taken = [process.memory_full_info() for process in processes]
    return [
        Measured("e", f"{name}, resident", mean(one.rss for one in taken) / 2**20, "MB"),
        Measured("e", f"{name}, unshared", mean(one.uss for one in taken) / 2**20, "MB"),
    ]


def _start(command: list[str], sign: "Sign") -> float:
    """Return the seconds from the start of a process to its sign of life."""
    start = time.perf_counter()
    with process(command) as started:
        is_there = sign(started)
        wait_until(is_there, seconds=START_SECONDS, what=command[-1], process=started, pause=0.01)
        return time.perf_counter() - start


Sign = Callable[["subprocess.Popen[bytes]"], Callable[[], bool]]
"""Given a process that starts, returns a question: does it do its work now?"""


class Signs:
    """How it is seen from outside that a process does its work."""

    def __init__(self, port: int, files: list[bytes]) -> None:
        self._port = port
        self._user: User = users_make(1)[0]
        self._inputs = Inputs(files[:1])

    def web(self, _started: "subprocess.Popen[bytes]") -> Callable[[], bool]:
        """It answers."""
        return lambda: answers(self._port)

    def worker(self, started: "subprocess.Popen[bytes]") -> Callable[[], bool]:
        """One of its children has run a message."""
        return WorkerState.objects.filter(name__endswith=f":{started.pid}").exists

    def sweeper(self, _started: "subprocess.Popen[bytes]") -> Callable[[], bool]:
        """It publishes a job that waits."""
        Job.objects.all().delete()
        job = self._inputs.job(0, user=self._user, service="null", model="null")
        job.save(force_insert=True)
        return Job.objects.filter(id=job.id, published_at__isnull=False).exists
