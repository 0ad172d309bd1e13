"""Who serves a stored file: this process, or the proxy in front. Who may see it never differs."""

from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from project.serving import stored_file_response
from tests.conftest import REPOSITORY, picture
from tests.factories import JobFactory, UserFactory, export_stored
from worker.models import Job, Status

pytestmark = pytest.mark.django_db

SAFE = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}


@pytest.fixture
def job(user: User) -> Job:
    return with_display(JobFactory.create(user=user, finished=Status.SUCCEEDED))


def with_display(job: Job) -> Job:
    """Store the picture to show."""
    job.display.save(f"jobs/{job.id}/display.jpg", ContentFile(picture()))
    return job


@pytest.fixture
def proxy(settings: Settings) -> None:
    settings.MEDIA_INTERNAL_PATH = "/internal/media/"


def test_the_proxy_is_told_the_file_and_the_client_nothing(
    web: Client, job: Job, proxy: None
) -> None:
    answer = web.get(f"/jobs/{job.id}/picture")

    assert answer.status_code == 200
    assert answer["X-Accel-Redirect"] == f"/internal/media/{job.display.name}"
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["Cache-Control"] == "private, no-store"
    assert {name: answer[name] for name in SAFE} == SAFE
    assert answer.content == b""


def test_a_name_is_quoted(proxy: None) -> None:
    name = default_storage.save("a name", ContentFile(b"a"))
    renamed = Path(default_storage.path(name)).rename(default_storage.path("a ?%\n.jpg"))

    told = stored_file_response(
        default_storage, renamed.name, content_type="image/jpeg", filename="a.jpg"
    )

    assert told["X-Accel-Redirect"] == "/internal/media/a%20%3F%25%0A.jpg"


def test_everything_that_is_stored_goes_that_way(
    client: Client, web: Client, job: Job, user: User, proxy: None
) -> None:
    download = web.get(f"/jobs/{job.id}/download")
    assert download["Content-Disposition"].startswith("attachment; filename=")
    assert download["X-Accel-Redirect"]

    export = export_stored(user)
    answer = web.get(reverse("account_export_zip", args=[export.id]))
    assert answer["X-Accel-Redirect"] == f"/internal/media/{export.path}"
    assert {name: answer[name] for name in SAFE} == SAFE


@pytest.mark.parametrize("internal", ["", "/internal/media/"])
def test_another_persons_picture_and_one_that_is_gone_are_404(
    web: Client, job: Job, settings: Settings, internal: str
) -> None:
    settings.MEDIA_INTERNAL_PATH = internal
    stranger = UserFactory.create()
    strangers = with_display(JobFactory.create(user=stranger, finished=Status.SUCCEEDED))
    default_storage.delete(str(job.display.name))

    for one in (strangers, job):
        answer = web.get(f"/jobs/{one.id}/picture")
        assert answer.status_code == 404
        assert "X-Accel-Redirect" not in answer


def test_without_a_proxy_it_is_served_here(web: Client, job: Job) -> None:
    answer = web.get(f"/jobs/{job.id}/picture")

    assert b"".join(answer.streaming_content)[:2] == b"\xff\xd8"  # type: ignore[attr-defined]
    assert {name: answer[name] for name in SAFE} == SAFE
    assert "X-Accel-Redirect" not in answer


def test_stored_files_are_served_in_one_place() -> None:
    """Another door would be one that the proxy does not know; the examples are no secret."""
    found = {
        str(path.relative_to(REPOSITORY))
        for folder in ("project", "accounts", "worker", "classify")
        for path in (REPOSITORY / folder).rglob("*.py")
        if "FileResponse(" in Path(path).read_text()
    }

    assert found == {"project/serving.py", "classify/views/examples.py"}
