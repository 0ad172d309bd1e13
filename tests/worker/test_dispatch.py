"""Publishing: what is published, in what order, and what happens without Redis."""

import io

import pytest
from django.conf import settings
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import User
from tests.conftest import Broker, picture
from tests.factories import JobFactory, UserFactory
from worker import services
from worker.dispatch import dispatch
from worker.models import Job, Lane, ServiceState, Status

pytestmark = pytest.mark.django_db


def submit(user: User) -> Job:
    return services.job_submit(
        user=user,
        service="null",
        image=io.BytesIO(picture()),
        name="a.jpg",
        model="null",
        parameters={},
    )


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
    JobFactory.create_batch(
        settings.DISPATCH_BULK_SIZE + 1, user=UserFactory.create(), lane=Lane.BULK
    )

    dispatch()

    sizes = [len(message) for message in broker.messages(Lane.BULK)]
    assert sizes == [settings.DISPATCH_BULK_SIZE, 1]


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
