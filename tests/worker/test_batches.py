"""Batches that fill up file by file."""

import io
from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import User
from tests.conftest import picture
from tests.factories import BatchFactory, JobFactory, UserFactory
from worker.batches import Upload, batch_start, upload_add
from worker.failures import JobRefusedError
from worker.models import Batch, Job, Lane, Status

pytestmark = pytest.mark.django_db


def upload(key: str, content: bytes | None = None, name: str = "cup.jpg") -> Upload:
    image = io.BytesIO(picture() if content is None else content)
    return Upload(name, key, lambda: image, len(image.getvalue()))


def add(batch: Batch, key: str = "a", content: bytes | None = None, **fields: Any) -> Job:
    values: dict[str, Any] = {"jobs": 1, "model": "null", "parameters": {}}
    return upload_add(
        user=batch.user,
        service=batch.service,
        batch=batch,
        upload=upload(key, content),
        **values | fields,
    )


def add_alone(user: User, key: str = "a", content: bytes | None = None) -> Job:
    return upload_add(
        user=user,
        service="null",
        batch=None,
        upload=upload(key, content),
        jobs=1,
        model="null",
        parameters={},
    )


def test_it_fills_up_file_by_file() -> None:
    batch = batch_start(user=UserFactory.create(), service="null", jobs=2)
    jobs = [add(batch, "a", jobs=2), add(batch, "b", jobs=2, parameters={"top_k": 3})]
    assert list(batch.jobs.order_by("id")) == jobs
    assert [job.status for job in jobs] == [Status.QUEUED, Status.QUEUED]
    assert jobs[1].parameters == {"top_k": 3}
    assert {job.user for job in jobs} == {batch.user}


def test_a_file_that_is_sent_again_makes_no_second_job() -> None:
    batch = BatchFactory.create()
    first = add(batch, "a")
    assert add(batch, "a") == first
    assert Job.objects.count() == 1


def test_keys_of_others_do_not_count() -> None:
    jobs = [add(BatchFactory.create(), "a"), add(BatchFactory.create(), "a")]
    assert jobs[0] != jobs[1]


def test_what_is_no_picture_becomes_a_failed_job() -> None:
    batch = BatchFactory.create()
    job = add(batch, "a", b"no picture")
    assert (job.status, job.error_code) == (Status.FAILED, "unsupported_type")
    assert (job.batch, job.input_name) == (batch, "cup.jpg")
    assert add(batch, "a", b"no picture") == job


@pytest.mark.parametrize(
    ("said", "there", "lane"),
    [
        (1, 0, Lane.INTERACTIVE),
        (5, 0, Lane.INTERACTIVE),
        (6, 0, Lane.BULK),
        (1, 5, Lane.BULK),
    ],
)
def test_many_pictures_go_to_the_bulk_lane(said: int, there: int, lane: Lane) -> None:
    batch = BatchFactory.create()
    JobFactory.create_batch(there, batch=batch, user=batch.user)
    assert add(batch, jobs=said).lane == lane


def test_it_refuses_more_than_the_quota_before_anything_is_stored(settings: Settings) -> None:
    settings.QUOTA_UNFINISHED_JOBS = 3
    user = UserFactory.create()
    with pytest.raises(JobRefusedError):
        batch_start(user=user, service="null", jobs=4)
    assert not Batch.objects.exists()


def test_a_file_that_may_come_later_is_not_recorded_as_failed(settings: Settings) -> None:
    batch = BatchFactory.create()
    settings.QUOTA_UNFINISHED_JOBS = 0
    with pytest.raises(JobRefusedError) as refused:
        add(batch)
    assert refused.value.retry_after
    assert not Job.objects.exists()
    settings.QUOTA_UNFINISHED_JOBS = 10
    assert add(batch).status == Status.QUEUED


def test_a_picture_alone_needs_no_batch() -> None:
    user = UserFactory.create()
    job = add_alone(user)
    assert (job.batch, job.lane, job.status) == (None, Lane.INTERACTIVE, Status.QUEUED)
    assert add_alone(user) == job


def test_a_file_alone_that_is_no_picture_is_refused() -> None:
    with pytest.raises(JobRefusedError) as refused:
        add_alone(UserFactory.create(), content=b"no picture")
    assert refused.value.code == "unsupported_type"
    assert not Job.objects.exists()
