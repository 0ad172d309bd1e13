"""Creating jobs."""

import base64
import html
import io
import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from classify.models import Model
from tests.api.conftest import problem
from tests.conftest import picture
from tests.web.conftest import upload
from worker.models import Job

URL = "/api/v1/services/null/jobs"


def data_url(content: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(content).decode()


def post_json(client: Client, body: Any, url: str = URL, **headers: str) -> Any:
    return client.post(url, json.dumps(body), content_type="application/json", headers=headers)


def test_a_file_becomes_a_job(api: Client, user: User) -> None:
    answer = api.post(URL, {"image": upload("cup.jpg")})

    assert answer.status_code == 202, answer.content
    body = answer.json()
    job = Job.objects.get(user=user)
    assert body["id"] == str(job.id)
    assert (body["status"], body["service"], body["lane"]) == ("queued", "null", "interactive")
    assert body["image"]["name"] == "cup.jpg"
    assert answer["Location"] == body["urls"]["self"] == f"http://testserver/api/v1/jobs/{job.id}"
    assert answer["Retry-After"] == "1"
    assert answer["ETag"].startswith('"')


def test_a_data_url_becomes_a_job(api: Client) -> None:
    answer = post_json(api, {"image": data_url(picture()), "lane": "bulk", "lang": "es"})

    assert answer.status_code == 202, answer.content
    job = Job.objects.get()
    assert (job.lane, job.parameters, job.input_width) == ("bulk", {"lang": "es"}, 64)


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1/cat.jpg", "https://2130706433/", "http://[::ffff:127.0.0.1]/", "file:///x"],
)
def test_a_private_address_is_not_opened(api: Client, url: str) -> None:
    problem(post_json(api, {"image_url": url}), 422, "url_refused")
    assert not Job.objects.exists()


def test_an_unknown_service_is_not_found(api: Client) -> None:
    problem(api.post("/api/v1/services/nothing/jobs", {"image": upload()}), 404, "not_found")


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(
    ("content", "fields"),
    [
        (b"", {}),
        (b"<svg>", {}),
        (picture((1, 1), "PNG"), {}),
        (picture(), {"top_k": "0"}),
        (picture(), {"top_k": "many"}),
    ],
)
def test_the_page_says_the_same(
    api: Client,
    user: User,
    client: Client,
    models: list[Model],
    content: bytes,
    fields: dict[str, str],
    language: str,
) -> None:
    asked = {"Accept-Language": language}
    url = "/api/v1/services/classify/jobs"
    answer = api.post(url, {"image": upload(content=content), **fields}, headers=asked).json()
    client.force_login(user)
    page = client.post("/", {"images": upload(content=content), **fields}, headers=asked)
    assert page["Content-Language"] == language
    for said in answer["errors"] or [answer]:
        assert said["detail"] in html.unescape(page.text)


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 415, "empty"),
        (b"<svg>", 415, "unsupported_type"),
        (picture()[:30], 422, "broken_image"),
        (picture((1, 1), "PNG"), 422, "too_small"),
    ],
)
def test_a_bad_picture_is_refused(api: Client, content: bytes, status: int, code: str) -> None:
    body = problem(api.post(URL, {"image": upload(content=content)}), status, code)
    assert body["detail"]
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/image"),
        ({"image": 5}, "#/image"),
        ({"image": "data:image/png;base64,%%%"}, "#/image"),
        ({"image": "x"}, "#/image"),
        ({"image_url": ["x"]}, "#/image_url"),
        ({"image": "x", "image_url": "y"}, "#/image"),
        ({"image_url": "https://example.com", "lane": "fast"}, "#/lane"),
        ({"image_url": "https://example.com", "lane": {}}, "#/lane"),
        ({"image_url": "https://example.com", "lang": "xx"}, "#/lang"),
    ],
)
def test_a_bad_field_is_named(api: Client, body: dict[str, Any], pointer: str) -> None:
    errors = problem(post_json(api, body), 400, "invalid")["errors"]
    assert [error["pointer"] for error in errors] == [pointer]


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'{"image": NaN}',
        b'{"a": 1, "a": 2}',
        b'{"image": "\\ud800"}',
        b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b"\xff",
    ],
)
def test_what_is_no_json_is_malformed(api: Client, body: bytes) -> None:
    problem(api.post(URL, body, content_type="application/json"), 400, "malformed")


def test_other_content_types_are_not_supported(api: Client) -> None:
    answer = api.post(URL, "image=x", content_type="application/x-www-form-urlencoded")
    problem(answer, 415, "unsupported_media_type")


def test_a_boundary_that_is_none_is_malformed(api: Client) -> None:
    problem(api.post(URL, b"x", content_type="multipart/form-data"), 400, "malformed")


def test_a_large_file_is_refused_while_it_is_read(api: Client, settings: Settings) -> None:
    settings.UPLOAD_MAX_BYTES = 1000
    problem(api.post(URL, {"image": upload(content=bytes(2_000))}), 413, "too_large")


def test_a_long_request_is_refused_before_it_is_read(api: Client) -> None:
    stream = io.BytesIO(b"x")
    answer = api.generic(
        "POST", URL, stream.read(), content_type="application/json", CONTENT_LENGTH="99999999"
    )
    problem(answer, 413, "too_large")


def test_a_long_json_is_refused(api: Client, settings: Settings) -> None:
    long = {"image": "data:image/png;base64," + "A" * 14_500_000}
    problem(post_json(api, long), 413, "request_too_large")


def test_quotas_are_told(api: Client, settings: Settings) -> None:
    settings.QUOTA_UNFINISHED_JOBS = 0
    answer = api.post(URL, {"image": upload()})
    problem(answer, 429, "too_many_jobs")
    assert int(answer["Retry-After"]) > 0


def test_a_full_site_says_so(api: Client, settings: Settings) -> None:
    settings.QUEUE_MAX_UNFINISHED_JOBS = 0
    answer = api.post(URL, {"image": upload()}, headers={"Accept-Language": "es"})
    body = problem(answer, 503, "queue_full")
    assert body["detail"].startswith("El sitio")
    assert answer["Content-Language"] == "es"
    assert int(answer["Retry-After"]) > 0


def test_parameters_of_the_service_are_checked(api: Client, models: list[Any]) -> None:
    url = "/api/v1/services/classify/jobs"
    image = data_url(picture())
    answer = post_json(api, {"image": image, "top_k": 101, "min_score": 2, "model": "old"}, url)
    errors = problem(answer, 400, "invalid")["errors"]
    assert {error["pointer"] for error in errors} == {"#/top_k", "#/min_score", "#/model"}

    errors = problem(post_json(api, {"image": image, "top_k": "5"}, url), 400, "invalid")["errors"]
    assert errors == [
        {"pointer": "#/top_k", "detail": "This value has the wrong type.", "code": "type"}
    ]

    answer = post_json(api, {"image": image, "top_k": 3, "min_score": 0.5, "model": "fast"}, url)
    assert answer.status_code == 202, answer.content
    job = Job.objects.get()
    assert (job.model, job.parameters) == ("fast", {"top_k": 3, "min_score": 0.5})


def test_mass_assignment_changes_nothing(api: Client, user: User) -> None:
    api.post(URL, {"image": upload(), "status": "succeeded", "user": "1", "attempts": "9"})
    job = Job.objects.get()
    assert (job.status, job.user, job.attempts) == ("queued", user, 0)


def test_it_takes_few_queries(
    api: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    api.post(URL, {"image": upload()})
    savepoints = 6
    with django_assert_max_num_queries(14 + savepoints, connection=connection):
        api.post(URL, {"image": upload()})
