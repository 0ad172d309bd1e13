"""A picture's whole life in a bucket, with a real worker and a real model."""

import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.exceptions import SuspiciousOperation
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.exporting import export_make_next, export_request
from classify.models import Model
from project.backup.archive import backup_write
from tests.bucket.conftest import Store
from tests.conftest import REPOSITORY, wait_until
from tests.factories import JobFactory, UserFactory
from tests.project.test_backup import put_back
from tests.web.conftest import confirm
from worker.files import folder_of
from worker.models import Job, Status, first_id_at
from worker.services import job_delete
from worker.strays import strays_collect

Start = Callable[..., subprocess.Popen[bytes]]
CAT = (REPOSITORY / "classify/data/golden/chelsea.jpg").read_bytes()
MODEL = "efficientnet-lite0-int8"


def signed_in() -> Client:
    client = Client()
    client.force_login(UserFactory.create())
    return client


def submit(client: Client) -> Job:
    file = ContentFile(CAT, "cat.jpg")
    answer = client.post("/", {"images": file, "model": MODEL, "top_k": "5"})
    assert answer.status_code == 302, answer.content
    return Job.objects.latest("id")


@pytest.fixture
def with_pictures(bucket: Store, db: None) -> Job:
    """A job that ended, with its pictures in the bucket."""
    job: Job = JobFactory.create(service="classify", finished="succeeded")
    for name in ("input", "display", "thumbnail"):
        getattr(job, name).save(f"{folder_of(job)}/{name}.jpg", ContentFile(CAT))
    return job


@pytest.mark.model
@pytest.mark.processes
@pytest.mark.timeout(120)
def test_from_upload_to_deletion(
    bucket: Store, start: Start, models_dir: Path, transactional_db: None
) -> None:
    call_command("load_classes", verbosity=0)
    facts = {"version": "1", "sha256": "0" * 64, "engine": "litert", "input_size": 224}
    Model.objects.create(name=MODEL, is_default=True, **facts)
    data = {"TEST_WITH_MODELS": "true", "DATA_DIR": str(models_dir.parent)}
    start("work", "--processes=1", **data, **bucket.variables)
    client = signed_in()

    job = submit(client)
    assert bucket.files() == [job.input.name]
    wait_until(lambda: Job.objects.get(id=job.id).finished_at is not None, seconds=60)

    job.refresh_from_db()
    assert (job.status, job.label) == (Status.SUCCEEDED, "n02124075")
    stored = [str(field.name) for field in (job.input, job.display, job.thumbnail)]
    assert bucket.files() == sorted(stored)
    shown: Any = client.get(f"/jobs/{job.id}/picture")
    assert shown["Content-Type"] == "image/jpeg"
    assert b"".join(shown.streaming_content)[:2] == b"\xff\xd8"
    shown.close()

    client.post(f"/jobs/{job.id}/delete")
    assert not Job.objects.filter(id=job.id).exists()
    assert bucket.files() == []


def test_pictures_are_their_owners_alone(with_pictures: Job, settings: Any) -> None:
    for settings.MEDIA_LINKS in (False, True):
        stranger = signed_in().get(f"/jobs/{with_pictures.id}/picture")
        assert stranger.status_code == 404
        assert "Location" not in stranger


def test_a_link_is_for_one_picture_and_for_what_it_is(with_pictures: Job, settings: Any) -> None:
    settings.MEDIA_LINKS = True
    client = Client()
    client.force_login(with_pictures.user)

    answer = client.get(f"/jobs/{with_pictures.id}/picture")

    link = answer["Location"]
    assert answer.status_code == 302
    assert answer["Cache-Control"] == "private, no-store"
    assert "X-Amz-Expires=60" in link
    loaded = httpx.get(link)
    assert loaded.content == CAT
    assert loaded.headers["Content-Type"] == "image/jpeg"
    assert loaded.headers["Content-Disposition"] == 'inline; filename="picture.jpg"'
    assert loaded.headers["Cache-Control"] == "private, no-store"
    for forged in (
        link.replace("image%2Fjpeg", "text%2Fhtml"),
        link.replace("display.jpg", "input.jpg"),
        link.replace("Expires=60", "Expires=6000"),
        link.partition("?")[0],
    ):
        assert httpx.get(forged).status_code in {400, 403}


def test_what_is_gone_is_not_found(with_pictures: Job, settings: Any) -> None:
    with_pictures.display.storage.delete(str(with_pictures.display.name))
    client = Client()
    client.force_login(with_pictures.user)

    for settings.MEDIA_LINKS in (False, True):
        assert client.get(f"/jobs/{with_pictures.id}/picture").status_code == 404


def test_names_lead_nowhere_else(bucket: Store) -> None:
    with pytest.raises(SuspiciousOperation):
        default_storage.save("jobs/../../elsewhere", ContentFile(b"x"))
    assert bucket.files() == []


def test_a_second_file_takes_no_firsts_place(bucket: Store) -> None:
    first = default_storage.save("jobs/aa/input.jpg", ContentFile(b"first"))
    second = default_storage.save("jobs/aa/input.jpg", ContentFile(b"second"))

    assert first != second
    with default_storage.open(first) as file:
        assert file.read() == b"first"


def test_pictures_without_a_job_are_collected(with_pictures: Job) -> None:
    old = first_id_at(timezone.now() - timedelta(days=1))
    left = default_storage.save(f"jobs/{old.hex[-2:]}/{old}/input.jpg", ContentFile(CAT))
    kept = str(with_pictures.input.name)

    assert strays_collect(folder=old.hex[-2:]) == 1
    assert not default_storage.exists(left)
    assert default_storage.exists(kept)


def test_a_backup_of_a_folder_becomes_a_bucket_and_back(
    with_pictures: Job, settings: Any, tmp_path: Path, bucket: Store
) -> None:
    in_bucket, names = settings.STORAGES, bucket.files()
    on_disk = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": tmp_path / "media"},
    }

    backup_write(tmp_path / "one.tar.gz", models=False, say=lambda _: None)
    settings.STORAGES = in_bucket | {"default": on_disk}
    put_back(tmp_path / "one.tar.gz")
    assert sorted(default_storage.listdir(folder_of(with_pictures))[1]) == [
        "display.jpg",
        "input.jpg",
        "thumbnail.jpg",
    ]
    backup_write(tmp_path / "two.tar.gz", models=False, say=lambda _: None)
    settings.STORAGES = in_bucket
    job_delete(job=Job.objects.get())
    assert bucket.files() == []
    put_back(tmp_path / "two.tar.gz")

    assert bucket.files() == names
    with Job.objects.get().display.open() as file:
        assert file.read() == CAT


def test_an_export_is_made_and_handed_over(with_pictures: Job, settings: Any) -> None:
    client = Client()
    client.force_login(with_pictures.user)
    confirm(client, with_pictures.user)
    export = export_request(user=with_pictures.user, origin="http://testserver")
    assert export_make_next()
    settings.MEDIA_LINKS = True

    answer = client.get(f"/accounts/data/exports/{export.id}/zip")

    assert answer.status_code == 302
    loaded = httpx.get(answer["Location"])
    assert loaded.content[:2] == b"PK"
    assert loaded.headers["Content-Disposition"].startswith("attachment;")
