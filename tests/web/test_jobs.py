"""The list of one's own jobs, and a batch."""

import re
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from classify.listing import PAGE_SIZE
from tests.factories import BatchFactory, JobFactory, UserFactory
from tests.web.conftest import showing
from worker.models import Batch, Job, Status

pytestmark = pytest.mark.django_db


def names(text: str) -> list[str]:
    """Return the file names in the order of the page."""
    return list(dict.fromkeys(re.findall(r"photo-(\d+)\.jpg", text)))


def make(user: User, count: int, **fields: object) -> list[Job]:
    return [
        JobFactory.create(user=user, service="classify", input_name=f"photo-{number}.jpg", **fields)
        for number in range(count)
    ]


def link(text: str, rel: str) -> str | None:
    found = re.search(rf'rel="{rel}" href="([^"]+)"', text)
    return found[1] if found else None


def test_it_says_when_there_are_none(web: Client) -> None:
    assert "No jobs yet" in web.get("/jobs/").text


def test_it_lists_jobs_newest_first(
    web: Client,
    succeeded: Callable[..., Job],
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(5):
        succeeded(input_name=f"photo-{number}.jpg")
    with django_assert_max_num_queries(6):
        text = web.get("/jobs/").text
    assert names(text) == ["4", "3", "2", "1", "0"]
    assert "espresso" in text
    assert "87.4%" in text
    assert link(text, "next") is None
    assert link(text, "prev") is None


def test_it_shows_states_and_reasons(web: Client, user: User) -> None:
    make(user, 1)
    JobFactory.create(user=user, service="classify", finished="failed", error_code="too_small")
    text = web.get("/jobs/").text
    assert "Queued" in text
    assert "The picture is too small" in text


def test_it_pages_there_and_back(
    web: Client, user: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make(user, 2 * PAGE_SIZE + 3)
    seen, text = [], web.get("/jobs/").text
    seen.append(names(text))
    while older := link(text, "next"):
        with django_assert_max_num_queries(6):
            text = web.get(f"/jobs/{older}").text
        seen.append(names(text))
    assert [len(page) for page in seen] == [PAGE_SIZE, PAGE_SIZE, 3]
    assert [int(name) for page in seen for name in page] == list(range(2 * PAGE_SIZE + 2, -1, -1))
    for page in reversed(seen[:-1]):
        text = web.get(f"/jobs/{link(text, 'prev')}").text
        assert names(text) == page
    assert link(text, "prev") is None


def test_a_page_before_the_first_is_the_first(web: Client, user: User) -> None:
    jobs = make(user, 3)
    assert names(web.get(f"/jobs/?before={jobs[2].id}").text) == ["2", "1", "0"]


@pytest.mark.parametrize("cursor", ["after=1", "before=' OR 1=1", "after=", "after=%00"])
def test_a_cursor_that_is_none_is_not_found(web: Client, cursor: str) -> None:
    assert web.get(f"/jobs/?{cursor}").status_code == 404


def test_it_lists_nobody_elses(web: Client) -> None:
    make(UserFactory.create(), 2)
    assert names(web.get("/jobs/").text) == []


def test_it_needs_a_login(client: Client) -> None:
    assert client.get("/jobs/")["Location"].startswith("/accounts/login/")


def test_it_refuses_other_methods(web: Client) -> None:
    assert web.post("/jobs/").status_code == 405


@pytest.fixture
def batch(user: User) -> Batch:
    """A batch of three: one waits, one runs, one has failed."""
    batch = BatchFactory.create(user=user, service="classify")
    make(user, 2, batch=batch)
    JobFactory.create(
        user=user,
        service="classify",
        batch=batch,
        input_name="photo-2.jpg",
        finished="failed",
        error_code="empty",
    )
    return batch


def test_a_batch_shows_how_far_it_is(
    web: Client, batch: Batch, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(9):
        text = web.get(f"/batches/{batch.id}/").text
    assert "Batch of 3 pictures" in text
    assert "1 of 3 finished." in text
    assert "Queued: 2" in text
    assert "Failed: 1" in text
    assert names(text) == ["0", "1", "2"]
    assert f'hx-get="/batches/{batch.id}/status"' in text
    assert """hx-headers='{"If-None-Match": "\\"2.0.0.1.0.0\\""}'""" in text
    assert '<noscript><meta http-equiv="refresh"' in text


def test_a_batch_says_about_how_long_the_rest_takes(
    web: Client, batch: Batch, succeeded: Callable[..., Job]
) -> None:
    assert "The rest takes" not in web.get(f"/batches/{batch.id}/").text
    done = succeeded(user=UserFactory.create(), worker="a:1")
    moment = done.created_at
    Job.objects.filter(id=done.id).update(
        started_at=moment, finished_at=moment + timedelta(seconds=100)
    )
    assert "The rest takes about 2 minutes." in web.get(f"/batches/{batch.id}/").text
    text = web.get(f"/batches/{batch.id}/status").text
    assert "The rest takes about 2 minutes." in text
    batch.jobs.update(status=Status.CANCELED, finished_at=batch.created_at)
    assert "The rest takes" not in web.get(f"/batches/{batch.id}/").text


def test_a_batch_can_be_searched_and_exported(web: Client, batch: Batch, user: User) -> None:
    JobFactory.create(user=user, service="classify", input_name="photo-9.jpg")
    assert f'href="/jobs/?batch={batch.id}"' in web.get(f"/batches/{batch.id}/").text
    assert names(web.get(f"/jobs/?batch={batch.id}").text) == ["2", "1", "0"]
    other = BatchFactory.create()
    make(other.user, 1, batch=other)
    assert names(web.get(f"/jobs/?batch={other.id}").text) == []


def test_polling_a_batch_costs_nothing_while_nothing_changes(
    web: Client, batch: Batch, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(4) as queries:
        response = web.get(f"/batches/{batch.id}/status", headers=showing("2.0.0.1.0.0"))
    assert response.status_code == 304
    assert response.content == b""
    assert not [query for query in queries if "output" in query["sql"]]


def test_polling_a_batch_brings_the_rows_that_changed(web: Client, batch: Batch) -> None:
    first, second, third = batch.jobs.order_by("id")
    Job.objects.filter(id=first.id).update(status=Status.CANCELED, finished_at=first.created_at)
    query = f"queued={first.id}&queued={second.id}"
    path = f"/batches/{batch.id}/status?{query}"
    text = web.get(path, headers=showing("2.0.0.1.0.0")).text
    assert f'id="job-{first.id}" hx-swap-oob="true"' in text
    assert f"job-{second.id}" not in text
    assert f"job-{third.id}" not in text
    assert "2 of 3 finished." in text
    assert "<html" not in text


def test_a_batch_that_has_ended_polls_no_more(web: Client, batch: Batch) -> None:
    batch.jobs.update(status=Status.CANCELED, finished_at=batch.created_at)
    text = web.get(f"/batches/{batch.id}/").text
    assert "hx-get" not in text
    assert "All finished." in text


def test_polling_a_batch_brings_no_row_of_others(
    web: Client, batch: Batch, succeeded: Callable[..., Job]
) -> None:
    stranger = succeeded(user=UserFactory.create(), input_name="photo-9.jpg")
    elsewhere = succeeded(input_name="photo-8.jpg")
    text = web.get(f"/batches/{batch.id}/status?queued={stranger.id}&running={elsewhere.id}").text
    assert names(text) == []


def test_polling_a_batch_refuses_what_is_no_id(web: Client, batch: Batch) -> None:
    assert web.get(f"/batches/{batch.id}/status?queued=1").status_code == 404


def test_a_batch_pages_in_the_order_of_submission(web: Client, user: User) -> None:
    batch = BatchFactory.create(user=user)
    make(user, PAGE_SIZE + 2, batch=batch)
    text = web.get(f"/batches/{batch.id}/").text
    assert names(text)[0] == "0"
    text = web.get(f"/batches/{batch.id}/{link(text, 'next')}").text
    assert names(text) == [str(PAGE_SIZE), str(PAGE_SIZE + 1)]
    text = web.get(f"/batches/{batch.id}/{link(text, 'prev')}").text
    assert names(text) == [str(number) for number in range(PAGE_SIZE)]


@pytest.mark.parametrize("name", ["", "status"])
def test_a_batch_needs_a_login(client: Client, batch: Batch, name: str) -> None:
    assert client.get(f"/batches/{batch.id}/{name}")["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("name", ["", "status"])
def test_the_batch_of_another_is_like_none(web: Client, name: str) -> None:
    other = BatchFactory.create()
    answers = [web.get(f"/batches/{batch_id}/{name}") for batch_id in (other.id, uuid.uuid4())]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content


@pytest.mark.parametrize("name", ["", "status"])
def test_a_batch_refuses_other_methods(web: Client, batch: Batch, name: str) -> None:
    assert web.post(f"/batches/{batch.id}/{name}").status_code == 405
