"""Stored pictures without a job are deleted, and no others."""

import itertools
import uuid
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tests.factories import JobFactory
from worker import strays
from worker.files import folder_delete
from worker.models import Job, first_id_at
from worker.strays import strays_collect
from worker.sweep import sweep

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_storage")]


@pytest.fixture(autouse=True)
def any_job() -> Job:
    """The newest job, of which the database's time is asked."""
    return JobFactory.create()


def id_made_ago(**parts: float) -> uuid.UUID:
    """Return an id as a job has that was made so long ago, in the folder ``ab``."""
    first = first_id_at(timezone.now() - timedelta(**parts))
    return uuid.UUID(int=first.int | 0xAB)


def store(job_id: uuid.UUID, name: str = "input.jpg") -> str:
    return default_storage.save(f"jobs/ab/{job_id}/{name}", ContentFile(b"picture"))


def test_a_picture_without_a_job_is_deleted_after_an_hour() -> None:
    old, young = id_made_ago(hours=1, minutes=1), id_made_ago(minutes=59)
    paths = [store(old), store(old, "display-1.jpg")]
    kept = store(young)

    assert strays_collect(folder="ab") == 1

    assert not any(default_storage.exists(path) for path in paths)
    assert not default_storage.exists(f"jobs/ab/{old}")
    assert default_storage.exists(kept)
    assert strays_collect(folder="ab") == 0


def test_pictures_of_jobs_stay() -> None:
    job = JobFactory.create(id=id_made_ago(days=30))
    path = store(job.id)

    assert strays_collect(folder="ab") == 0
    assert default_storage.exists(path)


def test_what_is_not_a_jobs_stays() -> None:
    path = default_storage.save("jobs/ab/notes/readme.txt", ContentFile(b"hands off"))

    assert strays_collect(folder="ab") == 0
    assert default_storage.exists(path)


def test_another_sweeper_may_be_quicker(monkeypatch: pytest.MonkeyPatch) -> None:
    old = id_made_ago(hours=2)
    path = store(old)
    first = folder_delete

    def delete_twice(path: str) -> None:
        first(path)
        first(path)

    monkeypatch.setattr(strays, "folder_delete", delete_twice)

    assert strays_collect(folder="ab") == 1
    assert not default_storage.exists(path)


def test_it_costs_little(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for job in JobFactory.create_batch(3):
        store(job.id)
    store(id_made_ago(hours=2))

    with django_assert_num_queries(2):
        strays_collect(folder="ab")


def test_256_sweeps_look_everywhere() -> None:
    path = store(id_made_ago(hours=2))

    assert sum(strays_collect() for _ in range(256)) == 1
    assert not default_storage.exists(path)


def test_a_sweep_collects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strays, "_folders", itertools.cycle(["ab"]))
    store(id_made_ago(hours=2))

    assert sweep().strays == 1
