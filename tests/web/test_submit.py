"""Handing in pictures on the page."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from classify.models import Model
from tests.conftest import picture
from tests.factories import JobFactory
from tests.web.conftest import upload
from worker.models import Batch, Job, Status

pytestmark = pytest.mark.django_db


def send(web: Client, *images: Any, **fields: Any) -> Any:
    return web.post("/", {"images": list(images), **fields})


def test_it_shows_visitors_what_the_site_does(client: Client) -> None:
    page = client.get("/").text
    assert "/accounts/signup/" in page
    assert 'type="file"' not in page


def test_it_shows_the_form(
    web: Client,
    models: list[Model],
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_max_num_queries(6):
        page = web.get("/").text
    assert "multiple" in page
    assert 'accept="image/jpeg,image/png,image/webp"' in page
    assert page.index("fine") < page.index("fast")
    assert ">old<" not in page


def test_it_submits_one_picture(web: Client, user: User, models: list[Model]) -> None:
    response = send(web, upload("cup.jpg"), model="fast", top_k=7)
    job = Job.objects.get()
    assert response.status_code == 302
    assert response["Location"] == f"/jobs/{job.id}/"
    assert (job.user, job.input_name, job.model) == (user, "cup.jpg", "fast")
    assert (job.parameters, job.status) == ({"top_k": 7}, Status.QUEUED)
    with job.input.open("rb") as stored:
        assert stored.read() == picture()


def test_it_takes_defaults_for_what_is_left_out(web: Client, models: list[Model]) -> None:
    send(web, upload())
    job = Job.objects.get()
    assert (job.model, job.parameters) == ("fine", {"top_k": 5})


def test_it_submits_several_pictures_as_a_batch(web: Client, models: list[Model]) -> None:
    response = send(web, upload("a.jpg"), upload("b.jpg", b"no picture"), upload("c.jpg"))
    batch = Batch.objects.get()
    assert response["Location"] == f"/batches/{batch.id}/"
    states = batch.jobs.order_by("id").values_list("input_name", "status", "error_code")
    assert list(states) == [
        ("a.jpg", "queued", ""),
        ("b.jpg", "failed", "unsupported_type"),
        ("c.jpg", "queued", ""),
    ]


def test_it_needs_a_login(client: Client) -> None:
    response = send(client, upload())
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")
    assert not Job.objects.exists()


def test_it_refuses_other_methods(web: Client) -> None:
    assert web.put("/").status_code == 405
    assert web.delete("/").status_code == 405


def test_it_needs_a_csrf_token(user: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user)
    assert send(browser, upload()).status_code == 403


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b"<svg onload=alert(1)>", "This is not a JPEG, PNG or WebP picture."),
        (b"BM" + bytes(60), "This is not a JPEG, PNG or WebP picture."),
        (picture((4, 4)), "The picture is too small"),
    ],
)
def test_it_says_what_is_wrong_with_a_picture(
    web: Client, models: list[Model], content: bytes, sentence: str
) -> None:
    response = send(web, upload("cup.jpg", content))
    assert response.status_code == 400
    assert sentence in response.text
    assert not Job.objects.exists()


def test_it_decides_by_content_not_by_name_or_declared_type(
    web: Client, models: list[Model]
) -> None:
    send(web, upload("cup.php", picture(form="PNG"), "text/html"))
    assert Job.objects.get().input_format == "PNG"


def test_it_refuses_a_file_that_is_too_large(
    web: Client, models: list[Model], settings: Settings
) -> None:
    settings.UPLOAD_MAX_BYTES = 10_000_000
    response = send(web, upload("cup.jpg", picture() + bytes(11_000_000)))
    assert response.status_code == 413
    assert "The file is too large" in response.text
    assert not Job.objects.exists()


def test_it_refuses_too_many_files(web: Client, models: list[Model], settings: Settings) -> None:
    settings.UPLOAD_MAX_FILES = 3
    response = send(web, *(upload(f"{number}.jpg") for number in range(6)))
    assert response.status_code == 400
    assert "Choose at most 3 pictures at a time." in response.text
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"top_k": 0}, "greater than or equal to 1"),
        ({"top_k": 101}, "less than or equal to 100"),
        ({"top_k": "five"}, "Enter a whole number."),
        ({"model": "old"}, "Select a valid choice"),
        ({"model": "../../etc/passwd"}, "Select a valid choice"),
    ],
)
def test_it_checks_the_parameters(
    web: Client, models: list[Model], fields: dict[str, Any], sentence: str
) -> None:
    response = send(web, upload(), **fields)
    assert response.status_code == 400
    assert sentence in response.text
    assert not Job.objects.exists()


def test_it_asks_for_a_picture(web: Client, models: list[Model]) -> None:
    response = web.post("/", {"top_k": 5})
    assert response.status_code == 400
    assert "Choose at least one picture." in response.text


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://127.0.0.1/cup.jpg", "Addresses like this one are not opened."),
        ("http://[::1]/cup.jpg", "Addresses like this one are not opened."),
        ("http://169.254.169.254/latest/meta-data", "Addresses like this one are not opened."),
        ("https://vitrina.invalid/cup.jpg", "There is no picture to be had at this address."),
        ("file:///etc/passwd", "Enter a valid URL."),
    ],
)
def test_it_opens_no_address_but_public_ones(
    web: Client, models: list[Model], url: str, sentence: str
) -> None:
    response = web.post("/", {"image_url": url})
    assert response.status_code == 400
    assert sentence in response.text
    assert not Job.objects.exists()


def test_it_is_honest_about_quotas(
    web: Client, user: User, models: list[Model], settings: Settings
) -> None:
    settings.QUOTA_UNFINISHED_JOBS = 1
    JobFactory.create(user=user)
    response = send(web, upload())
    assert response.status_code == 429
    assert response["Retry-After"] == "60"
    assert "You have too many unfinished jobs." in response.text


def test_it_is_honest_about_a_full_site(
    web: Client, models: list[Model], settings: Settings
) -> None:
    settings.QUEUE_MAX_UNFINISHED_JOBS = 0
    response = send(web, upload(), upload())
    assert response.status_code == 503
    assert response["Retry-After"] == "60"
    assert not Batch.objects.exists()


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "..\\..\\windows\\win.ini",
        "nul\x00.jpg",
        "x.jpg.php",
        "a" * 200 + "." + "b" * 600,
        "gpj.\u202excod.jpg",
        "<img src=x onerror=alert(1)>.jpg",
        "cup.jpg\r\nX-Evil: 1",
        "☕🐈.jpg",
        '"; DROP TABLE jobs; --.jpg',
        ".jpg",
        "...",
        "{{ 7*7 }}.jpg",
    ],
)
def test_it_survives_hostile_file_names(web: Client, models: list[Model], name: str) -> None:
    boundary = "frontier"
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    disposition = f'form-data; name="images"; filename="{quoted}"'
    head = f"--{boundary}\r\nContent-Disposition: {disposition}\r\n\r\n"
    body = head.encode() + picture() + f"\r\n--{boundary}--\r\n".encode()
    response = web.post("/", body, content_type=f"multipart/form-data; boundary={boundary}")
    assert response.status_code in {302, 400}
    for job in Job.objects.all():
        assert len(job.input_name) <= 200
        assert not set(job.input_name) & set("/\\\x00\r\n\u202e")
        assert str(job.input.name).endswith(f"{job.id}/input.jpg")
        page = web.get(f"/jobs/{job.id}/")
        assert page.status_code == 200
        assert "<img src=x" not in page.text


def test_it_skips_a_file_without_name(web: Client, models: list[Model]) -> None:
    body = (
        b'--frontier\r\nContent-Disposition: form-data; name="images"; filename=""\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n\r\n--frontier--\r\n"
    )
    response = web.post("/", body, content_type="multipart/form-data; boundary=frontier")
    assert response.status_code == 400
    assert "Choose at least one picture." in response.text


@pytest.mark.parametrize(
    "content_type",
    ["multipart/form-data", "multipart/form-data; boundary=" + "x" * 300, "text/plain"],
)
def test_it_refuses_a_body_that_it_cannot_read(web: Client, content_type: str) -> None:
    assert web.post("/", b"--x\r\nrubbish", content_type=content_type).status_code == 400


def test_it_refuses_a_thousand_fields(web: Client) -> None:
    response = web.post("/", {f"field{number}": "x" for number in range(1_001)})
    assert response.status_code == 400
