"""The requests that the script of the submit page makes: one picture each, answers in JSON."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from classify.models import Model
from tests.conftest import picture
from tests.factories import BatchFactory
from tests.web.conftest import upload
from worker.models import Batch, Job, Lane, Status

pytestmark = pytest.mark.django_db

Send = Callable[..., Any]


@pytest.fixture
def batch(user: User) -> Batch:
    return BatchFactory.create(user=user, service="classify")


@pytest.fixture
def send(web: Client, models: list[Model], batch: Batch) -> Send:
    def send(path: str = "", **fields: Any) -> Any:
        values = {"jobs": 2, "key": "a1", "top_k": 3, "model": "fast", "image": upload("cup.jpg")}
        return web.post(path or f"/submit/batch/{batch.id}", values | fields)

    return send


def test_it_opens_a_batch_and_fills_it(web: Client, models: list[Model], send: Send) -> None:
    response = web.post("/submit/batch", {"jobs": 2, "top_k": 5})
    assert response.status_code == 201
    opened = response.json()
    batch = Batch.objects.latest("created_at")
    assert opened == {"files": f"/submit/batch/{batch.id}", "page": f"/batches/{batch.id}/"}
    first = send(opened["files"])
    assert first.status_code == 201
    send(opened["files"], key="b2", image=upload("b.png", picture(form="PNG")))
    assert [job.input_name for job in batch.jobs.order_by("id")] == ["cup.jpg", "b.png"]
    job = batch.jobs.earliest("id")
    assert first.json() == {"page": f"/jobs/{job.id}/", "problem": ""}
    assert (job.model, job.parameters, job.lane) == ("fast", {"top_k": 3}, Lane.INTERACTIVE)


def test_it_takes_one_picture_alone(send: Send, user: User) -> None:
    response = send("/submit/picture", jobs=1)
    job = Job.objects.get()
    assert (response.status_code, response.json()["page"]) == (201, f"/jobs/{job.id}/")
    assert (job.user, job.batch) == (user, None)


def test_many_pictures_wait_in_the_bulk_lane(send: Send, settings: Settings) -> None:
    send(jobs=settings.INTERACTIVE_LIMIT + 1)
    assert Job.objects.get().lane == Lane.BULK


@pytest.mark.parametrize("path", ["", "/submit/picture"])
def test_a_picture_that_is_sent_again_makes_no_second_job(send: Send, path: str) -> None:
    answers = [send(path).json() for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert Job.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "code", "sentence"),
    [
        (b"", "empty", "The file is empty."),
        (b"<svg/>", "unsupported_type", "This is not a JPEG, PNG or WebP picture."),
        (picture((4, 4)), "too_small", "The picture is too small"),
    ],
)
def test_what_is_no_picture_is_told_at_once_and_recorded(
    send: Send, content: bytes, code: str, sentence: str
) -> None:
    response = send(image=upload("x.jpg", content))
    assert response.status_code == 201
    assert sentence in response.json()["problem"]
    job = Job.objects.get()
    assert (job.status, job.error_code, job.input_name) == (Status.FAILED, code, "x.jpg")


def test_alone_it_is_refused(send: Send) -> None:
    response = send("/submit/picture", image=upload("x.jpg", b"<svg/>"))
    assert response.status_code == 400
    assert response.json() == {"problem": "This is not a JPEG, PNG or WebP picture."}
    assert not Job.objects.exists()


def test_a_file_that_is_too_large_is_recorded(send: Send, settings: Settings) -> None:
    settings.UPLOAD_MAX_BYTES = 10_000
    response = send(image=upload("x.jpg", picture() + bytes(20_000)))
    assert "The file is too large" in response.json()["problem"]
    assert Job.objects.get().error_code == "too_large"


PRIVATE = "http://127.0.0.1/secret/cup.jpg"


def test_a_private_address_is_not_opened(send: Send) -> None:
    response = send("/submit/picture", image="", image_url=PRIVATE)
    assert response.status_code == 400
    assert response.json() == {"problem": "Addresses like this one are not opened."}
    assert not Job.objects.exists()


def test_in_a_batch_the_address_is_recorded(send: Send) -> None:
    response = send(image="", image_url=PRIVATE)
    assert response.json()["problem"] == "Addresses like this one are not opened."
    job = Job.objects.get()
    assert (job.status, job.error_code, job.input_name) == (Status.FAILED, "url_refused", "cup.jpg")


def test_messages_are_in_the_readers_language(send: Send, user: User) -> None:
    User.objects.update(language="es")
    response = send(image=upload("x.jpg", b""))
    assert response.json()["problem"] == "El archivo está vacío."


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"key": ""}, "This field is required."),
        ({"key": "no spaces"}, "valid “slug”"),
        ({"key": "x" * 101}, "at most 100 characters"),
        ({"jobs": 0}, "greater than or equal to 1"),
        ({"jobs": 1_001}, "Choose at most 1000 pictures at a time."),
        ({"model": "old"}, "Select a valid choice"),
        ({"top_k": 101}, "less than or equal to 100"),
        ({"image": ""}, "Choose at least one picture."),
        ({"image": "", "image_url": "no address"}, "Enter a valid URL."),
    ],
)
def test_it_checks_the_fields(send: Send, fields: dict[str, Any], sentence: str) -> None:
    response = send(**fields)
    assert response.status_code == 400
    assert sentence in response.json()["problem"]
    assert not Job.objects.exists()


def test_opening_asks_the_quota_for_all_of_them(
    web: Client, models: list[Model], settings: Settings
) -> None:
    settings.QUOTA_UNFINISHED_JOBS = 5
    response = web.post("/submit/batch", {"jobs": 6})
    assert (response.status_code, response["Retry-After"]) == (429, "60")
    assert "You have too many unfinished jobs." in response.json()["problem"]
    assert not Batch.objects.exists()
    assert web.post("/submit/batch", {"jobs": 0}).status_code == 400


def test_a_full_site_asks_to_wait_and_records_nothing(send: Send, settings: Settings) -> None:
    settings.QUEUE_MAX_UNFINISHED_JOBS = 0
    response = send()
    assert (response.status_code, response["Retry-After"]) == (503, "60")
    assert not Job.objects.exists()


def test_nobody_adds_to_anothers_batch(send: Send) -> None:
    anothers = BatchFactory.create(service="classify")
    answers = [send(f"/submit/batch/{batch_id}") for batch_id in (anothers.id, uuid.uuid4())]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content
    assert not Job.objects.exists()


@pytest.mark.parametrize("path", ["/submit/batch", "/submit/picture", "batch"])
def test_a_lost_session_is_said_in_json(client: Client, batch: Batch, path: str) -> None:
    response = client.post(f"/submit/batch/{batch.id}" if path == "batch" else path)
    assert response.status_code == 401
    assert "You are signed out." in response.json()["problem"]


@pytest.mark.parametrize("path", ["/submit/batch", "/submit/picture"])
def test_other_methods_are_refused(web: Client, path: str) -> None:
    assert web.get(path).status_code == 405


def test_it_needs_a_csrf_token(user: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user)
    assert browser.post("/submit/picture").status_code == 403


def test_a_picture_costs_few_queries(
    send: Send, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(30):
        send()
