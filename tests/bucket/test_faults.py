"""A store that is away: nothing is accepted that is not stored, and nothing is lost."""

import hashlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models.functions import Now
from django.test import Client

from accounts.tokens import token_create
from project import environment, media
from project.media import StoreAwayError, links_origin, media_storage
from tests.bucket.conftest import Store
from tests.conftest import REPOSITORY, picture
from tests.factories import JobFactory, UserFactory
from worker import execution
from worker.files import folder_of
from worker.models import Job, Status
from worker.retention import jobs_erase

JOBS = "/api/v1/services/null/jobs"


@pytest.fixture
def job(bucket: Store, transactional_db: None) -> Job:
    """A job that waits, with its picture in the bucket."""
    waiting: Job = JobFactory.create()
    content = picture()
    waiting.input.save(f"{folder_of(waiting)}/input.jpg", ContentFile(content))
    Job.objects.filter(id=waiting.id).update(input_sha256=sha256(content))
    return waiting


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def silent(bucket: Store) -> Iterator[Store]:
    """The store takes connections and never answers."""
    bucket.stop()
    with socket.create_server(("127.0.0.1", bucket.port), backlog=64):
        yield bucket
    bucket.start()


def hand_in() -> Any:
    _, secret = token_create(user=UserFactory.create(), name="t", scopes=["jobs:write"])
    return Client().post(
        JOBS,
        {"image": ContentFile(picture(), "a.jpg")},
        headers={"Authorization": f"Bearer {secret}"},
    )


def test_nothing_is_accepted_while_it_is_away(bucket: Store, db: None) -> None:
    bucket.stop()

    answer = hand_in()

    assert answer.status_code == 503
    assert answer.json()["code"] == "storage_full"
    assert answer["Retry-After"] == "60"
    assert not Job.objects.exists()
    bucket.start()
    assert hand_in().status_code == 202


@pytest.mark.timeout(60)
def test_nobody_waits_long_for_one_that_hangs(silent: Store, db: None) -> None:
    begun = time.monotonic()

    assert hand_in().status_code == 503

    assert time.monotonic() - begun < 4 * seconds_of_a_request()


def seconds_of_a_request() -> float:
    """Return the seconds that one request to the store may take."""
    config = default_storage.client_config  # type: ignore[attr-defined]
    return float(config.connect_timeout + config.read_timeout)


def test_a_picture_that_cannot_be_shown_is_no_broken_page(job: Job, bucket: Store) -> None:
    Job.objects.filter(id=job.id).update(display=job.input.name)
    client = Client(raise_request_exception=False)
    client.force_login(job.user)
    bucket.stop()

    answer = client.get(f"/jobs/{job.id}/picture")

    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    bucket.start()


def test_the_api_says_that_it_is_away(job: Job, bucket: Store) -> None:
    Job.objects.filter(id=job.id).update(display=job.input.name)
    _, secret = token_create(user=job.user, name="t", scopes=["jobs:read"])
    bearer = {"Authorization": f"Bearer {secret}"}
    bucket.stop()

    answer = Client().get(f"/api/v1/jobs/{job.id}/image", headers=bearer)

    assert (answer.status_code, answer.json()["code"]) == (503, "store_away")
    bucket.start()


def test_a_job_waits_for_it(job: Job, bucket: Store) -> None:
    """It comes back while a worker tries again."""
    bucket.stop()
    back = threading.Timer(0.5, bucket.start)
    back.start()

    execution.jobs_run([(str(job.id), 0)])

    back.join()
    job.refresh_from_db()
    assert (job.status, job.attempts) == (Status.SUCCEEDED, 1)


def test_a_job_is_left_to_the_sweeper_when_it_stays_away(
    job: Job, bucket: Store, settings: Any
) -> None:
    settings.JOB_FINISH_RETRIES = (0, 0)
    bucket.stop()

    with pytest.raises(StoreAwayError):
        execution.jobs_run([(str(job.id), 0)])

    job.refresh_from_db()
    assert (job.status, job.error_code) == (Status.RUNNING, "")
    bucket.start()


def test_what_cannot_be_deleted_is_not_forgotten(job: Job, bucket: Store) -> None:
    Job.objects.filter(id=job.id).update(status=Status.CANCELED, finished_at=Now())
    bucket.stop()

    with pytest.raises(StoreAwayError):
        jobs_erase(jobs=[job], remember=True)

    assert Job.objects.filter(id=job.id).exists()
    bucket.start()
    assert jobs_erase(jobs=[job], remember=True) == 1
    assert bucket.files() == []


def test_wrong_keys_are_told_by_the_doctor(bucket: Store) -> None:
    done = doctor(**bucket.variables | {"S3_SECRET_KEY": "not-the-secret-at-all"})

    assert "cannot be stored" in done.stdout
    assert "not-the-secret-at-all" not in done.stdout + done.stderr
    assert f"in the bucket pictures at {bucket.address}" in doctor(**bucket.variables).stdout


def doctor(**variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "doctor"],
        cwd=REPOSITORY,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "project.settings.test"} | variables,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"S3_BUCKET": "b"}, "S3_ENDPOINT"),
        ({"S3_BUCKET": "b", "S3_REGION": "eu-west-1", "S3_ACCESS_KEY": "a"}, "S3_SECRET_KEY"),
        ({"S3_BUCKET": "b", "S3_ENDPOINT": "store.example"}, "https://store.example:9000"),
        ({"S3_BUCKET": "b", "S3_REGION": "x", "S3_DELIVERY": "post"}, "S3_DELIVERY"),
    ],
)
def test_half_a_configuration_stops_the_start(variables: dict[str, str], says: str) -> None:
    done = doctor(**variables)

    assert done.returncode != 0
    assert says in done.stderr


def test_pages_may_load_pictures_from_there_only_by_links(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"S3_BUCKET": "b", "S3_ENDPOINT": "https://inner:9000/"}.items():
        monkeypatch.setattr(environment, name, value)
    assert links_origin() == []
    monkeypatch.setattr(environment, "S3_DELIVERY", "presigned")
    assert links_origin() == ["https://inner:9000"]
    monkeypatch.setattr(environment, "S3_PUBLIC_ENDPOINT", "https://pictures.example")
    assert links_origin() == ["https://pictures.example"]
    for name in ("S3_ENDPOINT", "S3_PUBLIC_ENDPOINT"):
        monkeypatch.setattr(environment, name, "")
    monkeypatch.setattr(environment, "S3_REGION", "eu-west-1")
    assert links_origin() == ["https://b.s3.eu-west-1.amazonaws.com"]


def test_without_a_bucket_nothing_of_it_is_loaded() -> None:
    code = "import django; django.setup(); import sys; print('boto3' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_a_bucket_needs_its_packages(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr(environment, "S3_BUCKET", "b")
    monkeypatch.setattr(media, "find_spec", lambda _: None)

    with pytest.raises(ImproperlyConfigured, match=r"requirements/s3\.txt"):
        media_storage(tmp_path)
