"""Many who do the same at the same moment: counters stay exact, and one alone gets a job."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from django.db import connection

from accounts.counting import request_count
from accounts.models import User
from tests.factories import UserFactory, submit
from worker.attempts import Ended, job_claim, job_fail
from worker.dispatch import Ref, dispatch
from worker.failures import JobRefusedError
from worker.models import Job, Status, Usage

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(60)]

AT_ONCE = 6
T = TypeVar("T")
N = TypeVar("N")


def at_once(action: Callable[[N], T], what: Iterable[N]) -> list[T]:
    """Do something by several threads, each with a connection of its own."""

    def alone(one: N) -> T:
        try:
            return action(one)
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(alone, what))


def accepted(user: User) -> Job | None:
    try:
        return submit(user)
    except JobRefusedError:
        return None


def test_what_is_handed_in_at_once_is_counted_once_each() -> None:
    user = UserFactory.create()

    jobs = at_once(lambda _: accepted(user), range(30))

    assert None not in jobs
    usage = Usage.objects.get(user=user)
    assert (usage.jobs, usage.stored_bytes) == (30, sum(job.input_bytes for job in jobs if job))


def test_a_quota_holds_a_crowd_off(settings: object) -> None:
    """Those who ask at the very same moment may all pass the last place, and nobody after."""
    settings.QUOTA_UNFINISHED_JOBS = 10  # type: ignore[attr-defined]
    user = UserFactory.create()

    jobs = at_once(lambda _: accepted(user), range(40))

    assert 10 <= len([job for job in jobs if job]) < 10 + AT_ONCE
    assert accepted(user) is None


def test_one_of_many_claims_a_job_and_one_ends_it() -> None:
    user = UserFactory.create()
    ids = [submit(user).id for _ in range(5)]
    tries = [(job_id, f"host:{number}") for job_id in ids for number in range(AT_ONCE)]

    claimed = [
        job
        for job in at_once(lambda t: job_claim(job_id=t[0], attempt=0, worker=t[1]), tries)
        if job
    ]

    assert sorted(job.id for job in claimed) == sorted(ids)
    ended = at_once(lambda job: job_fail(job=job, code="internal"), claimed * 3)
    assert len([one for one in ended if one is not Ended.LATE]) == len(ids)
    assert Job.objects.filter(status=Status.FAILED, attempts=1).count() == len(ids)


def test_dispatchers_at_once_take_no_job_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    user = UserFactory.create()
    for _ in range(8):
        submit(user)
    Job.objects.update(published_at=None, rings=0)
    published: list[Ref] = []

    def publish(refs: list[Ref], **_: bool) -> bool:
        published.extend(refs)
        return True

    monkeypatch.setattr("worker.dispatch.publish", publish)

    at_once(lambda _: dispatch(), range(AT_ONCE))

    assert len(published) == len(set(published)) == 8
    assert set(Job.objects.values_list("rings", flat=True)) == {1}


def test_requests_at_once_are_counted_once_each() -> None:
    counts = at_once(lambda _: request_count(key="user:1", minute=7), range(40))

    assert sorted(counts) == list(range(1, 41))
