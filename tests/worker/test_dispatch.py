"""Publishing: what is published, in what order, and what happens without Redis."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from tests.conftest import Broker
from tests.factories import JobFactory, UserFactory, submit
from worker import services
from worker.dispatch import dispatch
from worker.execution import jobs_run
from worker.models import Job, Lane, ServiceState, Status

pytestmark = pytest.mark.django_db


def published() -> int:
    return Job.objects.filter(published_at__isnull=False).count()


def test_a_message_carries_ids_and_attempts_and_nothing_else(broker: Broker) -> None:
    job = JobFactory.create(attempts=2)

    assert dispatch() == 1

    assert broker.messages(Lane.INTERACTIVE) == [[[str(job.id), 2]]]
    assert broker.messages(Lane.BULK) == []


def test_it_publishes_a_window_of_each_user_and_lane(broker: Broker) -> None:
    first, second = UserFactory.create(), UserFactory.create()
    JobFactory.create_batch(settings.DISPATCH_WINDOW + 5, user=first)
    JobFactory.create_batch(3, user=second)
    JobFactory.create_batch(2, user=first, lane=Lane.BULK)

    assert dispatch() == settings.DISPATCH_WINDOW + 3 + 2
    assert dispatch() == 0

    waiting = Job.objects.filter(published_at__isnull=True)
    assert set(waiting.values_list("user", "lane")) == {(first.id, Lane.INTERACTIVE)}


def test_the_oldest_jobs_go_first(broker: Broker) -> None:
    user = UserFactory.create()
    jobs = JobFactory.create_batch(settings.DISPATCH_WINDOW + 1, user=user)

    dispatch()

    assert Job.objects.get(published_at__isnull=True) == jobs[-1]


def test_the_next_one_follows_when_one_is_canceled(
    broker: Broker,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    user = UserFactory.create()
    jobs = JobFactory.create_batch(settings.DISPATCH_WINDOW + 1, user=user)
    dispatch()

    with django_capture_on_commit_callbacks(execute=True):
        services.job_cancel(job=jobs[0])

    jobs[-1].refresh_from_db()
    assert jobs[-1].published_at is not None


def test_a_bulk_message_carries_several_jobs(broker: Broker) -> None:
    most = settings.DISPATCH_TOGETHER[Lane.BULK]
    JobFactory.create_batch(most + 1, user=UserFactory.create(), lane=Lane.BULK)

    dispatch()

    sizes = [len(message) for message in broker.messages(Lane.BULK)]
    assert sizes == [most, 1]


def rung(count: int, *, lane: Lane = Lane.INTERACTIVE) -> None:
    """Have messages in line that no worker has taken, of as many users."""
    for _ in range(count):
        JobFactory.create(lane=lane, published_at=timezone.now(), rings=1)


@pytest.mark.parametrize(("in_line", "sizes"), [(0, [1] * 9), (1, [1, 8])])
def test_interactive_jobs_share_a_message_only_where_messages_are_in_line(
    broker: Broker, in_line: int, sizes: list[int]
) -> None:
    rung(in_line * settings.DISPATCH_ENOUGH)
    JobFactory.create_batch(9, user=UserFactory.create())

    dispatch()

    assert sorted(len(message) for message in broker.messages(Lane.INTERACTIVE)) == sizes


def test_where_messages_are_in_line_a_user_has_two_at_once(
    broker: Broker, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    rung(settings.DISPATCH_ENOUGH)
    busy, late = UserFactory.create(), UserFactory.create()

    for user in (busy, busy, busy, busy, late):
        with django_capture_on_commit_callbacks(execute=True):
            submit(user)

    assert broker.depth() == settings.DISPATCH_AT_ONCE + 1
    assert Job.objects.filter(user=busy, published_at=None).count() == 2
    # One of its own ends: the others follow, in one message.
    dispatch(user_id=busy.pk, lane=Lane.INTERACTIVE)
    assert len(broker.messages(Lane.INTERACTIVE)[-1]) == 2


def test_messages_of_the_other_lane_do_not_count(
    broker: Broker, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    rung(settings.DISPATCH_ENOUGH, lane=Lane.BULK)
    user = UserFactory.create()

    for _ in range(4):
        with django_capture_on_commit_callbacks(execute=True):
            submit(user)

    assert broker.depth() == 4


def test_a_job_that_waits_for_those_before_it_is_published_when_they_end_meanwhile(
    broker: Broker, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    rung(settings.DISPATCH_ENOUGH)
    user = UserFactory.create()
    JobFactory.create_batch(settings.DISPATCH_AT_ONCE, user=user, published_at=timezone.now())

    def others_end(_: Job) -> None:
        Job.objects.filter(user=user, published_at__isnull=False).delete()

    with django_capture_on_commit_callbacks(execute=True):
        job = submit(user, on_store=others_end)

    job.refresh_from_db()
    assert job.published_at is not None
    assert broker.messages(Lane.INTERACTIVE) == [[[str(job.id), 0]]]


@pytest.mark.parametrize(("seconds", "ended"), [(0.0, 3), (0.4, 1)], ids=["fast", "slow"])
def test_slow_jobs_do_not_share_a_message_for_long(
    broker: Broker, settings: Settings, seconds: float, ended: int
) -> None:
    settings.DISPATCH_TOGETHER_TIME = timedelta(seconds=seconds / 2 or 60)
    user = UserFactory.create()
    jobs = [submit(user, lane=Lane.BULK, sleep=seconds) for _ in range(3)]

    jobs_run([(str(job.id), 0) for job in jobs])

    assert Job.objects.filter(status=Status.SUCCEEDED).count() == ended
    alone = [[[str(job.id), 0]] for job in jobs[ended:]]
    assert broker.messages(Lane.BULK) == alone


def test_a_job_that_was_tried_before_travels_alone(broker: Broker) -> None:
    user = UserFactory.create()
    JobFactory.create_batch(2, user=user, lane=Lane.BULK)
    JobFactory.create(user=user, lane=Lane.BULK, attempts=1)

    dispatch()

    assert sorted(len(message) for message in broker.messages(Lane.BULK)) == [1, 2]


def test_a_paused_service_publishes_nothing(broker: Broker) -> None:
    state = ServiceState.objects.create(service="null", paused=True)
    JobFactory.create()

    assert dispatch() == 0

    state.paused = False
    state.save()
    assert dispatch() == 1


def test_without_redis_jobs_are_accepted_and_wait(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        job = submit(UserFactory.create())
    assert dispatch() == 0

    job.refresh_from_db()
    assert (job.status, job.published_at) == (Status.QUEUED, None)


def test_what_waited_for_redis_is_published_when_it_is_back(broker: Broker) -> None:
    from project.celery import app
    from tests.conftest import connect

    JobFactory.create()
    connect("redis://127.0.0.1:1/0")
    assert dispatch() == 0
    connect(broker.url)

    assert dispatch() == 1
    assert broker.depth() == 1
    assert app.conf.broker_url == broker.url


def test_submitting_publishes_after_the_commit(
    broker: Broker,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=False) as callbacks:
        submit(UserFactory.create())
        assert broker.depth() == 0
    for callback in callbacks:
        callback()
    assert broker.depth() == 1


def test_submitting_fills_the_window_and_no_more(
    broker: Broker,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    user = UserFactory.create()

    for _ in range(settings.DISPATCH_WINDOW + 2):
        with django_capture_on_commit_callbacks(execute=True):
            submit(user)

    assert published() == broker.depth() == settings.DISPATCH_WINDOW
    assert {(job.rings, job.published_at is None) for job in Job.objects.all()} == {
        (1, False),
        (0, True),
    }


def test_submitting_to_a_paused_service_publishes_nothing(
    broker: Broker,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    ServiceState.objects.create(service="null", paused=True)

    with django_capture_on_commit_callbacks(execute=True):
        submit(UserFactory.create())

    assert published() == broker.depth() == 0
