"""The page of one job."""

import re
import uuid
from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from tests.conftest import picture
from tests.factories import BatchFactory, JobFactory, UserFactory
from tests.web.conftest import showing
from worker.models import Job, Status

pytestmark = pytest.mark.django_db

GET_PAGES = [
    "",
    "status",
    "derived",
    "result.json",
    "picture",
    "thumbnail",
    "download",
    "right-class",
    "delete",
]
POST_PAGES = ["cancel", "retry", "delete", "rerun", "explain", "feedback", "links"]


@pytest.fixture
def queued(user: User) -> Job:
    return JobFactory.create(user=user, service="classify")


def page(web: Client, job: Job, name: str = "", state: str = "") -> str:
    response = web.get(f"/jobs/{job.id}/{name}", headers=showing(state))
    assert response.status_code == 200
    return response.text


def test_it_shows_the_result(
    web: Client,
    succeeded: Callable[..., Job],
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    job = succeeded()
    with django_assert_max_num_queries(8):
        text = page(web, job)
    assert re.search(r"espresso.*87\.4%.*teacup.*5\.0%", text, re.DOTALL)
    assert "Drink" in text
    assert "14 ms" in text
    assert 'alt="espresso"' in text
    assert 'width="0.8743"' in text
    assert "every 1s" not in text
    assert 'http-equiv="refresh"' not in text


def test_it_shows_the_result_in_spanish(web: Client, succeeded: Callable[..., Job]) -> None:
    job = succeeded()
    web.cookies["django_language"] = "es"
    text = page(web, job)
    assert re.search(r"café expreso.*87,4\xa0%.*taza de té", text, re.DOTALL)
    assert "Bebida" in text
    assert 'width="0.8743"' in text


@pytest.mark.parametrize(
    ("score", "english", "spanish"),
    [
        (0.0, "0.0%", "0,0\xa0%"),
        (0.0001, "&lt; 0.1%", "&lt; 0,1\xa0%"),
        (0.00149, "0.1%", "0,1\xa0%"),
        (0.612, "61.2%", "61,2\xa0%"),
        (1.0, "100.0%", "100,0\xa0%"),
    ],
)
def test_it_rounds_percentages(
    web: Client, succeeded: Callable[..., Job], score: float, english: str, spanish: str
) -> None:
    job = succeeded(output={"predictions": [{"id": "n07920052", "index": 967, "score": score}]})
    assert english in page(web, job)
    web.cookies["django_language"] = "es"
    assert spanish in page(web, job)


def test_it_survives_a_class_that_is_gone(web: Client, succeeded: Callable[..., Job]) -> None:
    job = succeeded(output={"predictions": [{"id": "n00000001", "index": 1, "score": 0.5}]})
    assert "n00000001" in page(web, job)


def test_it_survives_a_result_without_classes(web: Client, succeeded: Callable[..., Job]) -> None:
    assert "No class reached" in page(web, succeeded(output={"predictions": []}))


def test_it_polls_while_the_job_waits(web: Client, queued: Job) -> None:
    text = page(web, queued)
    assert f'hx-get="/jobs/{queued.id}/status"' in text
    assert """hx-headers='{"If-None-Match": "\\"queued.0\\""}'""" in text
    assert '<noscript><meta http-equiv="refresh" content="2"></noscript>' in text
    assert 'role="status"' in text
    assert "/picture" not in text


def test_polling_costs_nothing_while_nothing_changes(
    web: Client, queued: Job, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(4) as queries:
        response = web.get(f"/jobs/{queued.id}/status", headers=showing("queued.0"))
    assert response.status_code == 304
    assert response["ETag"] == '"queued.0"'
    assert response.content == b""
    assert not [query for query in queries if "output" in query["sql"]]
    assert response["Cache-Control"].startswith("max-age=0, no-cache, no-store")


def test_polling_shows_each_change_and_ends_with_the_result(
    web: Client, succeeded: Callable[..., Job]
) -> None:
    job = succeeded()
    Job.objects.filter(id=job.id).update(status=Status.QUEUED)
    text = page(web, job, "status", "running")
    assert "every 1s" in text
    assert "<html" not in text
    Job.objects.filter(id=job.id).update(status=Status.SUCCEEDED)
    text = page(web, job, "status", "queued.0")
    assert "every 1s" not in text
    assert "espresso" in text
    assert 'id="announcement" hx-swap-oob="innerHTML"' in text


def test_a_polling_page_that_lost_its_session_is_loaded_anew(client: Client, queued: Job) -> None:
    response = client.get(f"/jobs/{queued.id}/status", headers={"HX-Request": "true"})
    assert response["HX-Refresh"] == "true"


def test_it_says_why_a_job_failed(web: Client, user: User) -> None:
    job = JobFactory.create(
        user=user, service="classify", finished="failed", error_code="broken_image"
    )
    assert "The picture is damaged or incomplete" in page(web, job)
    web.cookies["django_language"] = "es"
    assert "La imagen está dañada o incompleta" in page(web, job)


@pytest.mark.parametrize("state", ["canceled", "expired"])
def test_it_shows_jobs_that_never_ran(web: Client, user: User, state: str) -> None:
    text = page(web, JobFactory.create(user=user, service="classify", finished=state))
    assert f"state-{state}" in text
    assert "hx-get" not in text


def test_it_escapes_the_file_name(web: Client, succeeded: Callable[..., Job]) -> None:
    name = '"><img src=x onerror=alert(1)>{{ 7*7 }}</script>'
    for job in (succeeded(input_name=name), succeeded(input_name=name, output={"predictions": []})):
        for part in ("", "delete"):
            text = page(web, job, part)
            assert "<img src=x" not in text
            assert "49</script>" not in text
            assert "&lt;img src=x" in text


def test_it_escapes_names_of_classes(web: Client, succeeded: Callable[..., Job]) -> None:
    hostile = "<script>alert(1)</script>"
    job = succeeded(output={"predictions": [{"id": hostile, "index": 0, "score": 0.5}]})
    assert hostile not in page(web, job)
    job = succeeded(label=hostile)
    assert hostile not in web.get("/jobs/").text


def test_the_picture_is_the_derivative_and_cannot_run(
    web: Client, succeeded: Callable[..., Job]
) -> None:
    job = succeeded(picture=picture(colour="blue"))
    response = web.get(f"/jobs/{job.id}/picture")
    assert response.getvalue() == picture(colour="red")
    response.close()
    assert response["Content-Type"] == "image/jpeg"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, no-store"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["Content-Disposition"] == 'inline; filename="picture.jpg"'


def test_lists_get_a_small_picture_that_browsers_keep(
    web: Client, succeeded: Callable[..., Job]
) -> None:
    job = succeeded()
    response = web.get(f"/jobs/{job.id}/thumbnail")
    assert response.getvalue() == picture((32, 24), colour="red")
    response.close()
    assert response["Cache-Control"] == "private, max-age=86400, immutable"
    assert "Cookie" in response["Vary"]
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_an_old_job_without_a_small_picture_shows_the_large_one(
    web: Client, succeeded: Callable[..., Job]
) -> None:
    job = succeeded()
    Job.objects.update(thumbnail="")
    response = web.get(f"/jobs/{job.id}/thumbnail")
    assert response.getvalue() == picture(colour="red")
    response.close()


@pytest.mark.parametrize(
    ("name", "saved_as"),
    [
        ("cup.png", 'filename="cup.jpg"'),
        ("taza número 1.jpeg", "filename*=utf-8''taza%20n%C3%BAmero%201.jpg"),
        ("", 'filename="picture.jpg"'),
        ("...", 'filename="picture.jpg"'),
        ('a"b; c.jpg', 'filename="a\\"b; c.jpg"'),
    ],
)
def test_the_picture_can_be_downloaded(
    web: Client, succeeded: Callable[..., Job], name: str, saved_as: str
) -> None:
    job = succeeded(input_name=name)
    response = web.get(f"/jobs/{job.id}/download")
    assert response.getvalue() == picture(colour="red")
    response.close()
    assert response["Content-Disposition"] == f"attachment; {saved_as}"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize("name", ["picture", "thumbnail", "download"])
def test_there_is_no_picture_before_the_result(web: Client, user: User, name: str) -> None:
    job = JobFactory.create(user=user, service="classify", picture=picture())
    assert web.get(f"/jobs/{job.id}/{name}").status_code == 404


def test_a_lost_picture_is_not_found(web: Client, succeeded: Callable[..., Job]) -> None:
    job = succeeded()
    job.display.storage.delete(str(job.display.name))
    assert web.get(f"/jobs/{job.id}/picture").status_code == 404


def test_it_cancels(web: Client, queued: Job) -> None:
    assert web.post(f"/jobs/{queued.id}/cancel")["Location"] == f"/jobs/{queued.id}/"
    queued.refresh_from_db()
    assert queued.status == Status.CANCELED


def test_it_does_not_cancel_what_has_ended(web: Client, succeeded: Callable[..., Job]) -> None:
    job = succeeded()
    response = web.post(f"/jobs/{job.id}/cancel", follow=True)
    assert "The job had already finished." in response.text
    job.refresh_from_db()
    assert job.status == Status.SUCCEEDED


def test_it_asks_before_it_deletes(web: Client, succeeded: Callable[..., Job]) -> None:
    job = succeeded(picture=picture())
    assert "This cannot be undone." in page(web, job, "delete")
    assert Job.objects.exists()
    assert web.post(f"/jobs/{job.id}/delete")["Location"] == "/jobs/"
    assert not Job.objects.exists()
    assert not job.input.storage.exists(str(job.input.name))
    assert not job.display.storage.exists(str(job.display.name))
    assert not job.display.storage.exists(str(job.thumbnail.name))


def test_after_deleting_from_a_batch_it_leads_back(web: Client, user: User) -> None:
    batch = BatchFactory.create(user=user)
    job = JobFactory.create(user=user, batch=batch, service="classify")
    assert web.post(f"/jobs/{job.id}/delete")["Location"] == f"/batches/{batch.id}/"


@pytest.mark.parametrize("name", GET_PAGES)
def test_reading_needs_a_login(client: Client, queued: Job, name: str) -> None:
    response = client.get(f"/jobs/{queued.id}/{name}")
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("name", POST_PAGES)
def test_writing_needs_a_login(client: Client, queued: Job, name: str) -> None:
    assert client.post(f"/jobs/{queued.id}/{name}")["Location"].startswith("/accounts/login/")
    queued.refresh_from_db()
    assert queued.status == Status.QUEUED


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", sorted({*GET_PAGES, *POST_PAGES}))
def test_the_job_of_another_is_like_none(
    web: Client, succeeded: Callable[..., Job], name: str, method: str
) -> None:
    if name not in (GET_PAGES if method == "get" else POST_PAGES):
        return
    other = succeeded(user=UserFactory.create())
    answers = [
        getattr(web, method)(f"/jobs/{job_id}/{name}") for job_id in (other.id, uuid.uuid4())
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content
    for answer in answers:
        answer.headers.pop("X-Request-Id", None)
    assert answers[0].headers == answers[1].headers
    assert Job.objects.filter(id=other.id, status=Status.SUCCEEDED).exists()


def test_staff_have_no_way_round(web: Client, user: User, succeeded: Callable[..., Job]) -> None:
    user.is_staff = user.is_superuser = True
    user.save()
    other = succeeded(user=UserFactory.create())
    assert web.get(f"/jobs/{other.id}/picture").status_code == 404


@pytest.mark.parametrize("job_id", ["1", "' OR 1=1", "%00", "x" * 10_000, "../../etc/passwd"])
def test_what_is_no_id_is_not_found(web: Client, job_id: str) -> None:
    known = web.get(f"/jobs/{uuid.uuid4()}/")
    answer = web.get(f"/jobs/{job_id}/picture")
    assert answer.status_code == 404
    assert answer.content == known.content


@pytest.mark.parametrize("name", ["", "status", "picture", "thumbnail", "download"])
def test_reading_refuses_other_methods(web: Client, queued: Job, name: str) -> None:
    assert web.post(f"/jobs/{queued.id}/{name}").status_code == 405


def test_cancelling_refuses_other_methods(web: Client, queued: Job) -> None:
    assert web.get(f"/jobs/{queued.id}/cancel").status_code == 405
    assert web.put(f"/jobs/{queued.id}/delete").status_code == 405
    queued.refresh_from_db()
    assert queued.status == Status.QUEUED
