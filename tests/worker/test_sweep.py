"""The sweeper: what died halfway goes on, or ends with a reason."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import RequestCount
from tests.conftest import Broker
from tests.factories import JobFactory, UserFactory
from worker.models import IdempotencyKey, Job, Lane, Status
from worker.sweep import Swept, forget_traces, sweep

pytestmark = pytest.mark.django_db


def ago(**parts: float) -> object:
    return timezone.now() - timedelta(**parts)


def running(**fields: object) -> Job:
    return JobFactory.create(**{"status": Status.RUNNING, "attempts": 1} | fields)


@pytest.mark.usefixtures("own_storage")
def test_nothing_to_do() -> None:
    JobFactory.create(finished="succeeded")

    assert sweep() == Swept(expired=0, returned=0, given_up=0, rung_again=0, dispatched=0, strays=0)


def test_a_lost_job_is_published_again(broker: Broker) -> None:
    job = running(lease_expires_at=ago(seconds=1), published_at=ago(minutes=1), rings=1)

    assert sweep().returned == 1

    job.refresh_from_db()
    assert (job.status, job.attempts, job.lease_expires_at) == (Status.QUEUED, 1, None)
    assert broker.messages(Lane.INTERACTIVE) == [[[str(job.id), 1]]]


def test_a_job_with_a_lease_is_left_alone(broker: Broker) -> None:
    job = running(lease_expires_at=timezone.now() + timedelta(seconds=30))

    sweep()

    job.refresh_from_db()
    assert job.status == Status.RUNNING


def test_a_job_that_was_lost_too_often_fails_with_a_reason(broker: Broker) -> None:
    job = running(attempts=settings.JOB_MAX_ATTEMPTS, lease_expires_at=ago(seconds=1))

    assert sweep().given_up == 1

    job.refresh_from_db()
    assert (job.status, job.error_code) == (Status.FAILED, "worker_lost")
    assert job.finished_at is not None
    assert broker.depth() == 0


def test_a_job_past_its_deadline_expires(broker: Broker) -> None:
    job = JobFactory.create(expires_at=ago(seconds=1))

    assert sweep().expired == 1

    job.refresh_from_db()
    assert (job.status, broker.depth()) == (Status.EXPIRED, 0)


def test_a_lost_message_is_sent_again_after_a_while(broker: Broker) -> None:
    fresh = JobFactory.create(published_at=ago(seconds=settings.RING_AGAIN_AFTER[0] - 5), rings=1)
    due = JobFactory.create(published_at=ago(seconds=settings.RING_AGAIN_AFTER[0] + 5), rings=1)

    assert sweep().rung_again == 1

    assert broker.messages(Lane.INTERACTIVE) == [[[str(due.id), 0]]]
    fresh.refresh_from_db()
    due.refresh_from_db()
    assert (fresh.rings, due.rings) == (1, 2)


def test_it_rings_less_often_each_time(broker: Broker) -> None:
    JobFactory.create(published_at=ago(seconds=settings.RING_AGAIN_AFTER[1] - 5), rings=2)

    assert sweep().rung_again == 0


def test_it_does_not_ring_for_messages_that_are_still_there(broker: Broker) -> None:
    JobFactory.create_batch(3)
    assert sweep().dispatched == 3
    Job.objects.update(published_at=ago(minutes=10))

    assert sweep().rung_again == 0
    assert broker.depth() == 3


def test_it_rings_for_all_after_redis_was_emptied(broker: Broker) -> None:
    JobFactory.create_batch(3)
    sweep()
    broker.flush()
    Job.objects.update(published_at=ago(minutes=1))

    assert sweep().rung_again == 3
    assert broker.depth() == 3


def test_it_does_its_duty_without_redis() -> None:
    job = running(attempts=settings.JOB_MAX_ATTEMPTS, lease_expires_at=ago(seconds=1))
    JobFactory.create(published_at=ago(minutes=1), rings=1)

    swept = sweep()

    assert (swept.given_up, swept.rung_again) == (1, 0)
    job.refresh_from_db()
    assert job.status == Status.FAILED


def test_old_traces_are_forgotten() -> None:
    IdempotencyKey.objects.create(user=UserFactory.create(), key="k", fingerprint="f")
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(hours=25))
    RequestCount.objects.create(key="ip:1.2.3.4", minute=1)
    forget_traces()
    assert not IdempotencyKey.objects.exists()
    assert not RequestCount.objects.filter(minute=1).exists()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="reads SQLite's plan")
def test_a_sweep_reads_no_finished_job() -> None:
    JobFactory.create_batch(20, user=UserFactory.create(), finished="canceled")
    with CaptureQueriesContext(connection) as queries:
        sweep()
    about = [one["sql"] for one in queries if '"worker_job"."status"' in one["sql"]]
    assert len(about) > 5
    with connection.cursor() as cursor:
        for sql in about:
            cursor.cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            steps = [row[3] for row in cursor.cursor.fetchall()]
            scans = [step for step in steps if step.startswith("SCAN worker_job")]
            assert all("INDEX job_" in step for step in scans), sql
