"""Batches that fill up file by file."""

import io
from typing import Any

import pytest
from pytest_django import Settings

from tests.conftest import picture
from tests.factories import BatchFactory, JobFactory, UserFactory
from worker.batches import batch_add, batch_start
from worker.failures import JobRefusedError
from worker.models import Batch, Job, Lane, Status

pytestmark = pytest.mark.django_db


def add(batch: Batch, key: str = "a", content: bytes | None = None, **fields: Any) -> Job:
    image = io.BytesIO(picture() if content is None else content)
    values: dict[str, Any] = {"name": "cup.jpg", "jobs": 1, "model": "null", "parameters": {}}
    return batch_add(batch=batch, image=image, key=key, **values | fields)


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
    job = add(batch, "a", b"no picture", name="notes.txt")
    assert (job.status, job.error_code) == (Status.FAILED, "unsupported_type")
    assert (job.batch, job.input_name) == (batch, "notes.txt")
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
