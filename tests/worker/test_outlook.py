"""What a waiting job may expect of the queue."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tests.factories import JobFactory, UserFactory
from worker.models import Job, Lane, Status
from worker.outlook import AHEAD_MAX, jobs_ahead, queue_outlook

pytestmark = pytest.mark.django_db


def ended(seconds: float, worker: str) -> Job:
    now = timezone.now()
    return JobFactory.create(
        finished="succeeded",
        worker=worker,
        started_at=now - timedelta(seconds=seconds),
        finished_at=now,
    )


def test_jobs_of_all_users_come_first_in_the_order_of_arrival() -> None:
    first = JobFactory.create()
    JobFactory.create(finished="canceled")
    JobFactory.create(lane=Lane.BULK)
    second = JobFactory.create()
    assert [jobs_ahead(first), jobs_ahead(second)] == [0, 1]


def test_the_interactive_lane_comes_first() -> None:
    bulk = JobFactory.create(lane=Lane.BULK)
    JobFactory.create()
    JobFactory.create(lane=Lane.BULK)
    assert jobs_ahead(bulk) == 1


def test_the_pace_is_that_of_the_jobs_that_ended_lately() -> None:
    for worker in ("a:1", "a:2"):
        ended(2, worker)
        ended(4, worker)
    user = UserFactory.create()
    for _ in range(4):
        last = JobFactory.create(user=user)
    outlook = queue_outlook(last)
    assert outlook.ahead == 3
    assert outlook.seconds == pytest.approx(3 * 3 / 2, abs=0.01)
    assert not outlook.is_long


def test_without_a_pace_no_time_is_told() -> None:
    assert queue_outlook(JobFactory.create()).seconds is None


def test_it_costs_two_queries_that_count_no_further_than_needed(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    job = JobFactory.create()
    with django_assert_num_queries(2) as queries:
        queue_outlook(job)
    assert f"LIMIT {AHEAD_MAX}" in queries.captured_queries[0]["sql"]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="reads SQLite's plan")
def test_counting_reads_no_finished_job() -> None:
    plan = Job.objects.filter(status=Status.QUEUED, lane="bulk").order_by().explain()
    assert "USING INDEX job_deadline" in plan or "USING INDEX job_of_user_by_status" in plan
