"""P7: more is handed in than the site can do."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import psutil
from django.conf import settings
from django.db import connection

from tests.chaos.audit import wait_for_all
from tests.chaos.crowd import PATIENCE, Crowd, Finding, registered, share
from tests.chaos.ledger import Ledger
from tests.chaos.stage import Stage
from tests.chaos.visitors import Caller, Person
from worker.failures import JobRefusedError

SLEEP = 0.3
"""Seconds that a job takes: two workers do less than seven a second, and the crowd wants 20."""

LONG = 120.0
MEMORY = 1.1
"""By how much the web server may grow during the flood."""


def overload(stage: Stage) -> list[Finding]:
    """Too much is refused honestly, who looks is answered, and what was accepted ends."""
    watcher = registered(stage, "watcher")
    _, watched = watcher.submit(0)
    assert watched is not None
    Ledger(stage.ledger, "watcher").write(watched)
    with ThreadPoolExecutor(4) as threads:
        filled = sum(threads.map(lambda number: fill(stage, number), range(4)))
    Crowd(stage, "first", pause=0.2).submit_for(10)  # signed in, everything loaded once
    before = memory(stage)
    crowd = Crowd(stage, "crowd", size=6, pause=0.2)
    polls = Polls(watcher, watched.id)
    polls.start()
    crowd.submit_for(LONG)
    polls.leave()
    grown = memory(stage) / before
    took = wait_for_all(seconds=PATIENCE)
    said = ", ".join(f"{what}: {times}" for what, times in crowd.said.most_common())
    honest = set(crowd.said) <= {"accepted", "503", "429"} and crowd.said["503"] > 0
    figure = (
        f"{filled} jobs fill the site; then 20 a second for {LONG:.0f} s: {said}; p99 of a "
        f"submission {crowd.p99:.2f} s; of {len(polls.seconds)} polls p99 "
        f"{1000 * share(0.99, polls.seconds):.0f} ms, {polls.failed} failed; web memory x "
        f"{grown:.2f}; the accepted ones end after {took:.0f} s"
    )
    kept = honest and not polls.failed and share(0.99, polls.seconds) <= 0.3 and grown <= MEMORY
    return [Finding("P7", figure, kept=kept)]


def fill(stage: Stage, number: int) -> int:
    """Hand in jobs until the site is full; return how many were accepted."""
    caller = Caller(f"filler-{number}@example.com", stage.ledger, number)
    ledger = Ledger(stage.ledger, f"filler-{number}")
    try:
        for accepted in range(settings.QUEUE_MAX_UNFINISHED_JOBS + 1):
            ledger.write(caller.submit(accepted, sleep=SLEEP))
    except JobRefusedError:
        return accepted
    finally:
        connection.close()
    raise AssertionError("the site is never full")


def memory(stage: Stage) -> int:
    """Return how many bytes the web server's processes hold."""
    mains = stage.programs("gunicorn")
    processes = [process for main in mains for process in (main, *main.children())]
    return sum(psutil.Process(process.pid).memory_info().rss for process in processes)


class Polls(threading.Thread):
    """Asks for the state of a job, as its page does, ten times a second."""

    def __init__(self, person: Person, job_id: str) -> None:
        super().__init__(name="polls", daemon=True)
        self.client = person.client
        self.path = f"/jobs/{job_id}/status"
        self.seconds: list[float] = []
        self.failed = 0
        self.gone = threading.Event()

    def run(self) -> None:
        """Ask until told to go."""
        while not self.gone.wait(0.1):
            start = time.monotonic()
            try:
                self.failed += self.client.get(self.path).status_code >= httpx.codes.BAD_REQUEST
            except httpx.HTTPError:
                self.failed += 1
            self.seconds.append(time.monotonic() - start)

    def leave(self) -> None:
        """Stop asking."""
        self.gone.set()
        self.join()
