"""The life of jobs in every order that chance finds, on the real database, without Celery.

Hypothesis plays users, workers, the sweeper, Redis and time against each other. Whatever it
does: a job that has ended never changes (P2), none is tried too often, and once the trouble
stops every accepted job ends (P1).
"""

import io
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.db.models import F
from hypothesis import HealthCheck, Phase
from hypothesis import settings as bounds
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from kombu.exceptions import OperationalError

from accounts.models import User
from project.celery import app
from tests.conftest import picture
from tests.factories import UserFactory
from worker import attempts, dispatch, services, sweep
from worker.models import TERMINAL, UNFINISHED, Job, Lane, ServiceState, Status
from worker.predictors import Result

PICTURE = picture()
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
ANY = st.integers(min_value=0, max_value=99)

STEPS = (
    *(3 * ("deliver", "end")),
    *(2 * ("submit", "deliver again", "workers are replaced", "time passes")),
    *("cancel", "retry", "deadline passes"),
    *("redis forgets", "redis goes", "redis comes", "redis comes"),
    *("service pauses", "service runs", "service runs"),
)

Message = list[tuple[uuid.UUID, int]]


class Bell:
    """Takes the place of Redis: two lists of messages, which may be away or forget."""

    def __init__(self) -> None:
        self.away = False
        self.lanes: dict[str, list[Message]] = {lane: [] for lane in Lane.values}
        self.taken: list[Message] = []

    def send_task(self, name: str, *, args: Any, queue: str, retry: bool) -> None:
        assert (name, retry) == (dispatch.TASK, False)
        if self.away:
            raise OperationalError("away")
        self.lanes[queue].append([(uuid.UUID(job), attempts) for job, attempts in args[0]])

    @contextmanager
    def redis_client(self) -> Iterator[Any]:
        if self.away:
            raise OperationalError("away")
        yield SimpleNamespace(llen=lambda lane: len(self.lanes[lane]))

    def take(self, number: int) -> Message:
        """Hand out a waiting message, not always the oldest: several workers take them."""
        lane = next(messages for messages in self.lanes.values() if messages)
        message = lane.pop(number % len(lane))
        self.taken.append(message)
        return message

    def forget(self) -> None:
        for messages in self.lanes.values():
            messages.clear()

    @property
    def depth(self) -> int:
        return sum(len(messages) for messages in self.lanes.values())


class JobMachine(RuleBasedStateMachine):
    """``claims`` holds every claim that ever succeeded: workers that died may come back."""

    @initialize()
    def begin(self) -> None:
        self.patch = pytest.MonkeyPatch()
        self.bell = Bell()
        self.patch.setattr(app, "send_task", self.bell.send_task)
        self.patch.setattr(sweep, "redis_client", self.bell.redis_client)
        # Small enough for the window to matter within a few steps.
        self.patch.setattr(settings, "DISPATCH_WINDOW", 3)
        self.people = [UserFactory.create() for _ in range(2)]
        self.accepted: list[uuid.UUID] = []
        self.claims: list[Job] = []
        self.ended: dict[uuid.UUID, dict[str, Any]] = {}
        for number in range(3):
            self.submit(number)

    # One rule with many sides: Hypothesis switches whole rules off for an example, and one in
    # which nobody submits, or no worker runs, would find nothing.
    @rule(what=st.sampled_from(STEPS), number=ANY)
    def step(self, what: str, number: int) -> None:
        match what:
            case "submit":
                self.submit(number)
            case "deliver" if self.bell.depth:
                self.claim(self.bell.take(number))
            case "deliver again" if self.bell.taken:
                self.claim(self.bell.taken[number % len(self.bell.taken)])
            case "end" if self.claims:
                self.end(self.claims[number % len(self.claims)], well=number % 4 > 0)
            case "cancel":
                job = self.job(number)
                assert services.job_cancel(job=job) is (job.status in UNFINISHED)
            case "retry":
                self.retry(self.job(number))
            case _:
                self.trouble(what, number)

    def trouble(self, what: str, number: int = 0) -> None:
        match what:
            case "workers are replaced":
                # The old ones may still come back, and end what they had claimed.
                Job.objects.filter(status=Status.RUNNING).update(lease_expires_at=LONG_AGO)
                sweep.sweep()
                self.deliver_all()
            case "time passes":
                self.time_passes(minutes=number % 3 * 6)
            case "redis forgets":
                self.bell.forget()
            case "redis goes" | "redis comes":
                self.bell.away = what == "redis goes"
            case "service pauses" | "service runs":
                ServiceState.objects.update_or_create(
                    service="null", defaults={"paused": what == "service pauses"}
                )
            case "deadline passes":
                job = self.job(number)
                Job.objects.filter(id=job.id, status=Status.QUEUED).update(expires_at=LONG_AGO)

    # --- What a step does -------------------------------------------------------------
    def time_passes(self, minutes: int) -> None:
        """Move the past away: leases run out, messages are overdue. Then sweep."""
        by = timedelta(minutes=minutes)
        Job.objects.filter(status__in=UNFINISHED).update(
            published_at=F("published_at") - by,
            lease_expires_at=F("lease_expires_at") - by,
        )
        sweep.sweep()

    def submit(self, number: int) -> None:
        job = services.job_submit(
            user=self.people[number % 2],
            service="null",
            image=io.BytesIO(PICTURE),
            name="a.jpg",
            model="null",
            parameters={},
            lane=Lane.BULK if number % 3 else Lane.INTERACTIVE,
        )
        self.accepted.append(job.id)

    def retry(self, job: Job) -> None:
        again = services.job_retry(job=job)
        assert (again is not None) is (job.status == Status.FAILED and job.retry_id is None)
        if again is not None:
            self.accepted.append(again.id)

    def deliver_all(self) -> None:
        while self.bell.depth:
            self.claim(self.bell.take(0))

    def claim(self, message: Message) -> None:
        for job_id, attempt in message:
            before = Job.objects.get(id=job_id)
            job = attempts.job_claim(job_id=job_id, attempt=attempt, worker="w")
            waits = before.status == Status.QUEUED and before.attempts == attempt
            assert (job is not None) is waits
            if job is not None:
                self.claims.append(job)

    def end(self, claim: Job, *, well: bool) -> None:
        """End an attempt: in time, late, or once more after it had ended already."""
        now = Job.objects.get(id=claim.id)
        holds = (now.status, now.attempts) == (Status.RUNNING, claim.attempts)
        if well:
            # Each write would have another answer: a changed result cannot hide.
            result = Result(output={"write": uuid.uuid4().hex}, display=b"")
            ended = attempts.job_finish(job=claim, result=result)
        else:
            ended = attempts.job_fail(job=claim, code="internal")
        assert bool(ended) is holds
        if ended != attempts.Ended.LAST:
            dispatch.dispatch(user_id=claim.user_id, lane=claim.lane)

    def job(self, number: int) -> Job:
        return Job.objects.get(id=self.accepted[number % len(self.accepted)])

    # --- What holds at any time -------------------------------------------------------
    @invariant()
    def ended_jobs_never_change(self) -> None:
        rows = {row["id"]: row for row in Job.objects.values()}
        assert set(rows) == set(self.accepted)
        for job_id, before in self.ended.items():
            # That it was retried is a fact about another job.
            assert rows[job_id] | {"retry_id": None} == before
        for job_id, row in rows.items():
            assert row["attempts"] <= settings.JOB_MAX_ATTEMPTS
            if row["status"] in TERMINAL:
                self.ended.setdefault(job_id, row | {"retry_id": None})

    def teardown(self) -> None:
        """Let the trouble stop: every accepted job ends. Then clean up."""
        try:
            if sys.exc_info()[0] is None:
                self.all_end()
        finally:
            self.patch.undo()
            for model in (Job, ServiceState, User):
                model.objects.all().delete()

    def all_end(self) -> None:
        """Deliver and sweep; of every third job, each further worker dies."""
        self.trouble("redis comes")
        self.trouble("service runs")
        poison = set(self.accepted[::3])
        for _ in range(2 * settings.JOB_MAX_ATTEMPTS + len(self.accepted)):
            self.time_passes(minutes=11)
            known = len(self.claims)
            self.deliver_all()
            for claim in self.claims[known:]:
                if claim.id not in poison:
                    self.end(claim, well=True)
            self.ended_jobs_never_change()
            if set(self.ended) == set(self.accepted):
                break
        assert set(self.ended) == set(self.accepted)


@pytest.mark.timeout(120)
@pytest.mark.django_db(transaction=True)
def test_every_job_ends_exactly_once_whatever_happens() -> None:
    run_state_machine_as_test(
        JobMachine,
        settings=bounds(
            max_examples=30,
            stateful_step_count=20,
            derandomize=True,
            database=None,
            deadline=None,
            # Each step writes to a database: making a failure shorter takes minutes.
            phases=[Phase.generate],
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
