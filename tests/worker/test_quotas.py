"""Refusals before anything is stored, and the counters that they ask."""

import io
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from tests.conftest import picture
from tests.factories import JobFactory, UserFactory, submit
from worker import services
from worker.failures import MESSAGES, OURS, UNAVAILABLE, JobRefusedError
from worker.models import Job, ServiceState, Usage, first_id_at, new_id
from worker.quotas import stored_bytes

pytestmark = pytest.mark.django_db


def refusal(user: User) -> JobRefusedError:
    jobs = Job.objects.count()
    with pytest.raises(JobRefusedError) as refused:
        submit(user)
    assert Job.objects.count() == jobs
    return refused.value


@pytest.mark.parametrize(
    ("setting", "code"),
    [
        ("QUOTA_UNFINISHED_JOBS", "too_many_jobs"),
        ("QUOTA_JOBS_PER_MINUTE", "too_fast"),
        ("QUOTA_JOBS_PER_DAY", "daily_quota"),
    ],
)
def test_each_quota_counts_the_user_alone(settings: Settings, setting: str, code: str) -> None:
    setattr(settings, setting, 2)
    user = UserFactory.create()
    submit(user)
    submit(user)

    refused = refusal(user)

    assert refused.code == code
    assert refused.retry_after is not None
    assert refused.retry_after > 0
    submit(UserFactory.create())


def test_stored_pictures_count_until_they_are_deleted(settings: Settings) -> None:
    settings.QUOTA_STORED_BYTES = len(picture()) + 10
    user = UserFactory.create()
    job = submit(user)
    assert stored_bytes(user=user) == len(picture())
    assert refusal(user).code == "storage_quota"

    services.job_delete(job=job)

    assert stored_bytes(user=user) == 0
    submit(user)


def test_deleting_twice_takes_the_bytes_away_once() -> None:
    user = UserFactory.create()
    job = submit(user)
    same = Job.objects.get(id=job.id)

    services.job_delete(job=job)
    services.job_delete(job=same)

    assert stored_bytes(user=user) == 0


def test_a_full_site_says_so(settings: Settings) -> None:
    settings.QUEUE_MAX_UNFINISHED_JOBS = 1
    submit(UserFactory.create())

    assert refusal(UserFactory.create()).code == "queue_full"


def test_finished_jobs_do_not_count_as_unfinished(settings: Settings) -> None:
    settings.QUOTA_UNFINISHED_JOBS = 1
    user = UserFactory.create()
    JobFactory.create(user=user, finished="succeeded")

    submit(user)


def test_a_draining_service_takes_nothing(settings: Settings) -> None:
    ServiceState.objects.create(service="null", draining=True)

    assert refusal(UserFactory.create()).code == "service_draining"


def test_an_operator_is_not_bound_by_quotas(settings: Settings) -> None:
    settings.QUOTA_UNFINISHED_JOBS = 0

    submit(UserFactory.create(), trusted=True)


def test_a_batch_that_does_not_fit_is_refused_as_a_whole(settings: Settings) -> None:
    settings.QUOTA_UNFINISHED_JOBS = 1
    images = [("a.jpg", io.BytesIO(picture())), ("b.jpg", io.BytesIO(picture()))]

    with pytest.raises(JobRefusedError):
        services.jobs_submit(
            user=UserFactory.create(), service="null", images=images, model="null", parameters={}
        )

    assert not Job.objects.exists()


def test_a_day_is_one_row() -> None:
    user = UserFactory.create()
    submit(user)
    submit(user)

    usage = Usage.objects.get(user=user)
    assert (usage.jobs, usage.stored_bytes) == (2, 2 * len(picture()))


def test_ids_are_ordered_by_time() -> None:
    before, now, after = first_id_at(timezone.now() - timedelta(seconds=1)), new_id(), new_id()

    assert before < now < after < first_id_at(timezone.now() + timedelta(seconds=1))


def test_every_code_has_a_message() -> None:
    from worker.runtime.errors import FAULTS

    assert set(FAULTS) | OURS | UNAVAILABLE <= set(MESSAGES)
