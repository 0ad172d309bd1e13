"""Many pictures at once."""

import io
import json
import os
import stat
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.models import User
from tests.api.conftest import problem
from tests.conftest import picture
from tests.factories import BatchFactory, JobFactory
from tests.web.conftest import upload
from worker.models import Batch, Job
from worker.services import job_cancel

URL = "/api/v1/batches"


def archive(entries: dict[str, bytes], name: str = "photos.zip") -> SimpleUploadedFile:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as opened:
        for entry, content in entries.items():
            opened.writestr(entry, content)
    return SimpleUploadedFile(name, buffer.getvalue(), "application/zip")


def create(client: Client, **fields: Any) -> Any:
    return client.post(URL, {"service": "null"} | fields)


def jobs() -> list[tuple[str, str, str]]:
    rows = Job.objects.order_by("id").values_list("input_name", "status", "error_code")
    return list(rows)


@pytest.mark.parametrize("field", ["images", "images[]"])
def test_files_become_jobs_and_a_bad_one_a_failed_job(api: Client, user: User, field: str) -> None:
    files = [upload("a.jpg"), upload("b.svg", b"<svg>"), upload("c.png", picture(form="PNG"))]
    answer = api.post(URL, {"service": "null", field: files})

    assert answer.status_code == 202, answer.content
    body = answer.json()
    assert body["counts"]["queued"] == 2
    assert body["counts"]["failed"] == 1
    assert (body["total"], body["finished"]) == (3, 1)
    assert answer["Location"] == body["urls"]["self"]
    assert jobs() == [
        ("a.jpg", "queued", ""),
        ("b.svg", "failed", "unsupported_type"),
        ("c.png", "queued", ""),
    ]
    assert Batch.objects.get().user == user
    assert api.get(body["urls"]["self"]).json() == body
    assert len(api.get(body["urls"]["jobs"]).json()["results"]) == 3


def test_a_poll_without_change_says_so(api: Client, user: User) -> None:
    batch = BatchFactory.create(user=user)
    job = JobFactory.create(user=user, batch=batch)
    first = api.get(f"{URL}/{batch.id}")
    known = {"If-None-Match": first["ETag"]}
    again = api.get(f"{URL}/{batch.id}", headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]
    assert first["Retry-After"] == again["Retry-After"] == "1"
    job_cancel(job=job)
    ended = api.get(f"{URL}/{batch.id}", headers=known)
    assert ended.json()["counts"]["canceled"] == 1
    assert "Retry-After" not in ended


def test_bad_addresses_become_failed_jobs(api: Client) -> None:
    body = {"service": "null", "image_urls": ["http://127.0.0.1/a.jpg", "http://10.0.0.1/b.jpg"]}
    answer = api.post(URL, json.dumps(body), content_type="application/json")
    assert answer.status_code == 202, answer.content
    assert jobs() == [("a.jpg", "failed", "url_refused"), ("b.jpg", "failed", "url_refused")]


def test_an_archive_becomes_jobs(api: Client) -> None:
    content = {
        "photos/a.jpg": picture(),
        "photos/": b"",
        "b.txt": b"no picture",
        "__MACOSX/._a.jpg": b"x",
        ".DS_Store": b"x",
        "inner.zip": archive({"x.jpg": picture()}).read(),
    }
    assert create(api, zip=archive(content)).status_code == 202
    assert jobs() == [
        ("a.jpg", "queued", ""),
        ("b.txt", "failed", "unsupported_type"),
        ("inner.zip", "failed", "unsupported_type"),
    ]


def zip_with_link() -> SimpleUploadedFile:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        entry = zipfile.ZipInfo("link.jpg")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        opened.writestr(entry, "/etc/passwd")
    return SimpleUploadedFile("a.zip", buffer.getvalue())


def zip_that_lies() -> SimpleUploadedFile:
    """A directory that says that a bomb is small."""
    file = archive({"bomb.jpg": bytes(2_000_000)})
    content = file.read().replace((2_000_000).to_bytes(4, "little"), (100).to_bytes(4, "little"))
    return SimpleUploadedFile("a.zip", content)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: SimpleUploadedFile("a.zip", b"no archive"), "archive_broken"),
        (lambda: archive({"../../evil.jpg": picture()}), "archive_unsafe"),
        (lambda: archive({"/etc/evil.jpg": picture()}), "archive_unsafe"),
        (lambda: archive({"..\\evil.jpg": picture()}), "archive_unsafe"),
        (zip_with_link, "archive_unsafe"),
        (lambda: archive({f"{n}.jpg": b"x" for n in range(51)}), "archive_too_many"),
        (lambda: archive({f"{n}.jpg": b"" for n in range(10_000)}), "archive_too_many"),
        (lambda: archive({"x" * 60_000 + str(n): b"" for n in range(9)}), "archive_too_many"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_hostile_archive_is_refused(
    api: Client, make: Callable[[], SimpleUploadedFile], code: str
) -> None:
    problem(create(api, zip=make()), 422, code)
    assert not Batch.objects.exists()


def test_an_archive_that_grows_is_refused(api: Client, settings: Settings) -> None:
    settings.API_ARCHIVE_MAX_BYTES = 1_000_000
    large = archive({f"{number}.jpg": bytes(400_000) for number in range(3)})
    problem(create(api, zip=large), 422, "archive_too_large")
    noise = archive({f"{number}.bin": os.urandom(600_000) for number in range(2)})
    problem(create(api, zip=noise), 422, "archive_too_large")


def test_an_archive_without_files_is_refused(api: Client) -> None:
    problem(create(api, zip=archive({})), 415, "empty")


def test_bombs_in_an_archive_are_failed_jobs(api: Client, settings: Settings) -> None:
    settings.UPLOAD_MAX_BYTES = 1_000_000
    create(api, zip=archive({"large.jpg": bytes(2_000_000), "a.jpg": picture()}))
    assert jobs() == [("large.jpg", "failed", "too_large"), ("a.jpg", "queued", "")]
    Job.objects.all().delete()
    create(api, zip=zip_that_lies())
    assert jobs() == [("bomb.jpg", "failed", "archive_broken")]


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({}, "#/images"),
        ({"images": "text"}, "#/images"),
        ({"zip": "text"}, "#/zip"),
        ({"image_urls": "http://127.0.0.1/", "lane": "x"}, "#/lane"),
    ],
)
def test_bad_fields(api: Client, fields: dict[str, Any], pointer: str) -> None:
    assert problem(create(api, **fields), 400, "invalid")["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize("urls", ["x", [1], {}, [None]])
def test_bad_addresses_in_json(api: Client, urls: Any) -> None:
    body = json.dumps({"image_urls": urls})
    problem(api.post(URL, body, content_type="application/json"), 400, "invalid")


def test_too_many(api: Client, settings: Settings) -> None:
    settings.UPLOAD_MAX_FILES = 2
    errors = problem(create(api, images=[upload()] * 3), 400, "invalid")["errors"]
    assert errors[0]["code"] == "too_many"


def test_the_same_request_makes_one_batch(api: Client) -> None:
    def send(name: str = "a.jpg") -> Any:
        return api.post(
            URL,
            {"service": "null", "images": [upload(name), upload("b.jpg", picture((9, 9)))]},
            headers={"Idempotency-Key": "k"},
        )

    first, second = send(), send()
    assert first.json()["id"] == second.json()["id"]
    assert second["Idempotent-Replayed"] == "true"
    assert Job.objects.count() == 2


def test_quotas_refuse_all_of_it(api: Client, settings: Settings) -> None:
    settings.QUOTA_UNFINISHED_JOBS = 1
    problem(create(api, images=[upload(), upload()]), 429, "too_many_jobs")
    assert not Job.objects.exists()


def test_a_batch_costs_fewer_queries_than_its_jobs(api: Client) -> None:
    files = [upload(f"{number}.jpg") for number in range(50)]
    with CaptureQueriesContext(connection) as batch:
        create(api, images=files)
    with CaptureQueriesContext(connection) as single:
        api.post("/api/v1/services/null/jobs", {"image": upload()})
    assert Job.objects.count() == 51
    assert len(batch) <= 3 * len(single)


def test_somebody_elses_batch(api: Client, other: Client, user: User) -> None:
    batch = BatchFactory.create(user=user)
    JobFactory.create(user=user, batch=batch)
    assert api.get(f"{URL}/{batch.id}").status_code == 200
    problem(other.get(f"{URL}/{batch.id}"), 404, "not_found")
    assert other.get(f"/api/v1/jobs?batch={batch.id}").json()["results"] == []
