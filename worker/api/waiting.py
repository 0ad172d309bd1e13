"""Waits for jobs: one thread of the process asks the database for all who wait.

However many wait, there is one query at a time, and none of them holds a connection. How often
a job is asked for depends on how long it has been waited for: at first so often that a wait is
hardly longer than the job, later so seldom that hundreds cost nothing.
"""

import logging
import threading
import time
import uuid
from dataclasses import dataclass, field

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import QuerySet

from project.api import room
from worker.models import TERMINAL, Job

logger = logging.getLogger(__name__)

FIRST_INTERVAL = 0.01
LAST_INTERVAL = 0.5
INTERVAL_SHARE = 0.05
"""Seconds between two looks at a job: a share of the time for which it has been waited for."""

State = tuple[str, int]
"""Status and attempts: what changes when something happens to a job."""


@dataclass(eq=False)
class Waiter:
    """Somebody who waits for a job to leave a state, or to end."""

    job_id: uuid.UUID
    seen: State | None
    since: float = field(default_factory=time.monotonic)
    due: float = 0.0
    woken: threading.Event = field(default_factory=threading.Event)

    def concerns(self, state: State | None) -> bool:
        """Tell whether this is what is waited for; ``None`` is the state of a deleted job."""
        if state is None or state[0] in TERMINAL:
            return True
        return self.seen is not None and state != self.seen


class Watch:
    """The thread that asks; it lives while somebody waits."""

    def __init__(self) -> None:
        self._waiters: set[Waiter] = set()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closing = False

    def close(self) -> None:
        """Wake everybody, now and from here on: the process is about to stop."""
        # Called by a signal handler, which must not wait for a lock that its own thread holds.
        self._closing = True
        for waiter in list(self._waiters):
            waiter.woken.set()

    def wait(self, job_id: uuid.UUID, *, seen: State | None, seconds: float) -> bool:
        """Wait until a job has ended or, with ``seen``, is in another state than that.

        :returns: ``False`` when it is not worth waiting again: time is up, the process stops,
            or as many wait already as may.
        """
        waiter = Waiter(job_id, seen)
        with self._changed:
            if self._closing or self.is_full:
                return False
            self._waiters.add(waiter)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
                self._thread.start()
            self._changed.notify()
        try:
            with room.outside():
                woken = waiter.woken.wait(seconds)
        finally:
            with self._changed:
                self._waiters.discard(waiter)
                self._changed.notify()
        return woken and not self._closing

    @property
    def is_full(self) -> bool:
        """Whether as many wait as may."""
        return len(self._waiters) >= settings.WEB_MAX_WAITING

    def _run(self) -> None:
        """Look at the jobs that are due until nobody waits any more."""
        try:
            while True:
                with self._changed:
                    if not self._waiters:
                        self._thread = None
                        return
                    now = time.monotonic()
                    asleep = [waiter for waiter in self._waiters if not waiter.woken.is_set()]
                    due = [waiter for waiter in asleep if waiter.due <= now]
                    if not due:
                        next_due = min((waiter.due for waiter in asleep), default=now + 1)
                        self._changed.wait(next_due - now)
                        continue
                self._look(due)
        finally:
            connection.close()

    def _look(self, waiters: list[Waiter]) -> None:
        """Ask for the states of some jobs and wake those who wait for them."""
        rows = Job.objects.filter(id__in={waiter.job_id for waiter in waiters})
        try:
            states = {job_id: (status, attempts) for job_id, status, attempts in _states(rows)}
        except DatabaseError:
            logger.warning("the database is away; those who wait go on waiting", exc_info=True)
            connection.close()
        else:
            for waiter in waiters:
                if waiter.concerns(states.get(waiter.job_id)):
                    waiter.woken.set()
        now = time.monotonic()
        for waiter in waiters:
            waiter.due = next_look(now, now - waiter.since)


def _states(jobs: QuerySet[Job]) -> QuerySet[Job, tuple[uuid.UUID, str, int]]:
    return jobs.order_by().values_list("id", "status", "attempts")


def next_look(now: float, age: float) -> float:
    """Return when to look again at a job that has been waited for since ``age`` seconds.

    Intervals are doublings of the first one and looks are due at their multiples, so that all
    who wait for about as long are served by the same query.
    """
    interval = FIRST_INTERVAL
    while interval * 2 <= min(age * INTERVAL_SHARE, LAST_INTERVAL):
        interval *= 2
    return (now // interval + 1) * interval


watch = Watch()
"""The one of this process."""
