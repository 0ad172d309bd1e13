"""Looking at jobs, listing, canceling and deleting them."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from tests.api.conftest import problem
from tests.conftest import picture
from tests.factories import BatchFactory, JobFactory
from worker.attempts import job_claim, job_finish
from worker.models import ErasedJob, Job, Status
from worker.predictors import Result


def url(job: Job, what: str = "") -> str:
    return f"/api/v1/jobs/{job.id}{what}"


def test_a_job_is_shown(api: Client, user: User) -> None:
    job = JobFactory.create(user=user)
    answer = api.get(url(job))

    assert answer.status_code == 200
    body = answer.json()
    assert body["id"] == str(job.id)
    assert body["output"] is None
    assert body["error"] is None
    assert body["model"] == {"name": "null", "version": None, "sha256": None}
    assert answer["Cache-Control"] == "private, no-cache"
    assert answer["Retry-After"] == "1"
    assert "Authorization" in answer["Vary"]


def test_a_failed_job_says_why_in_each_language(api: Client, user: User) -> None:
    job = JobFactory.create(user=user, finished="failed", error_code="broken_image")
    english = api.get(url(job), headers={"Accept-Language": "en"})
    spanish = api.get(url(job), headers={"Accept-Language": "es-MX,en;q=0.5"})

    assert "Retry-After" not in english
    assert english.json()["error"]["code"] == "broken_image"
    assert english.json()["error"]["message"].startswith("The picture is damaged")
    assert spanish.json()["error"]["message"].startswith("La imagen")
    assert spanish["Content-Language"] == "es"
    assert english["ETag"] != spanish["ETag"]


def test_a_poll_without_change_is_cheap(
    api: Client, user: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    job = JobFactory.create(user=user)
    etag = api.get(url(job))["ETag"]
    with django_assert_max_num_queries(3, connection=connection):
        answer = api.get(url(job), headers={"If-None-Match": f'"x", W/{etag}'})
    assert (answer.status_code, answer.content) == (304, b"")
    assert (answer["ETag"], answer["Retry-After"]) == (etag, "1")

    Job.objects.filter(id=job.id).update(status="running", lease_expires_at=job.expires_at)
    changed = api.get(url(job), headers={"If-None-Match": etag})
    assert changed.status_code == 200
    assert changed["ETag"] != etag


def test_somebody_elses_job_is_as_one_that_does_not_exist(other: Client, user: User) -> None:
    job = JobFactory.create(user=user)
    random = uuid.uuid4()
    answers = [
        other.get(f"/api/v1/jobs/{each}", headers={"X-Request-Id": "same"})
        for each in (job.id, random)
    ]
    first, second = (
        answer.content.replace(str(each).encode(), b"ID")
        for answer, each in zip(answers, (job.id, random), strict=True)
    )
    problem(answers[0], 404, "not_found")
    assert first == second


@pytest.mark.parametrize("bad", ["1", "' OR 1=1", "x" * 5000, "%00"])
def test_an_id_that_is_none_is_not_found(api: Client, bad: str) -> None:
    problem(api.get(f"/api/v1/jobs/{bad}"), 404, "not_found")


def test_a_job_is_deleted_and_then_gone(api: Client, other: Client, user: User) -> None:
    job = JobFactory.create(user=user, picture=picture())
    assert api.delete(url(job)).status_code == 204
    assert not Job.objects.exists()
    assert not job.input.storage.exists(str(job.input.name))
    for what in ("", "/image"):
        problem(api.get(url(job, what)), 410, "gone")
    problem(api.post(url(job, "/cancel")), 410, "gone")
    problem(api.delete(url(job)), 410, "gone")
    problem(other.get(url(job)), 404, "not_found")
    assert ErasedJob.objects.get().user == user


def test_a_job_is_canceled_once(api: Client, user: User) -> None:
    job = JobFactory.create(user=user)
    for _ in range(2):
        answer = api.post(url(job, "/cancel"))
        assert answer.status_code == 200
        assert answer.json()["status"] == "canceled"


def test_a_running_job_is_let_go(api: Client, user: User) -> None:
    job = JobFactory.create(user=user)
    claimed = job_claim(job_id=job.id, attempt=0, worker="w")
    assert claimed is not None
    for status in (202, 200):
        answer = api.post(url(job, "/cancel"))
        assert (answer.status_code, answer.json()["status"]) == (status, "canceled")
    assert not job_finish(job=claimed, result=Result(output={}, display=b""))
    assert api.get(url(job)).json()["status"] == "canceled"


def test_a_job_that_has_ended_is_not_canceled(api: Client, user: User) -> None:
    job = JobFactory.create(user=user, finished="succeeded")
    problem(api.post(url(job, "/cancel")), 409, "conflict")


def test_the_picture_is_the_one_encoded_anew(api: Client, other: Client, user: User) -> None:
    job = JobFactory.create(user=user, finished="succeeded", picture=b"the original")
    assert api.get(url(job)).json()["image"]["url"] is None
    problem(api.get(url(job, "/image")), 404, "not_found")

    job.display.save(f"jobs/{job.id}/display-1.jpg", ContentFile(b"encoded anew"))
    assert api.get(url(job)).json()["image"]["url"].endswith(url(job, "/image"))
    answer = api.get(url(job, "/image"))
    assert b"".join(answer) == b"encoded anew"
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["X-Content-Type-Options"] == "nosniff"
    problem(other.get(url(job, "/image")), 404, "not_found")


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [job["id"] for job in answer.json()["results"]]


def test_jobs_are_listed_in_pages_both_ways(api: Client, user: User) -> None:
    JobFactory.create()
    jobs = [str(job.id) for job in JobFactory.create_batch(5, user=user)][::-1]

    first = api.get("/api/v1/jobs?limit=2")
    assert ids(first) == jobs[:2]
    assert first.json()["previous"] is None
    assert first["Link"] == f'<{first.json()["next"]}>; rel="next"'
    second = api.get(first.json()["next"])
    assert ids(second) == jobs[2:4]
    third = api.get(second.json()["next"])
    assert ids(third) == jobs[4:]
    assert third.json()["next"] is None
    back = api.get(third.json()["previous"])
    assert ids(back) == jobs[2:4]
    assert ids(api.get(back.json()["previous"])) == jobs[:2]


def test_other_pages_have_the_same_filters(api: Client, user: User) -> None:
    made = [
        JobFactory.create(user=user, finished=status)
        for status in ("failed", "succeeded", "canceled", "failed", "succeeded")
    ]
    wanted = [str(job.id) for job in made if job.status != "canceled"][::-1]
    first = api.get("/api/v1/jobs?limit=2&status=succeeded&status=failed")
    second = api.get(first.json()["next"])
    assert [*ids(first), *ids(second)] == wanted
    assert ids(api.get(second.json()["previous"])) == wanted[:2]


def test_jobs_are_filtered(api: Client, user: User) -> None:
    batch = BatchFactory.create(user=user)
    failed = JobFactory.create(user=user, finished="failed", batch=batch)
    good = JobFactory.create(user=user, finished="succeeded", label="cup", score=0.9, model="a")
    JobFactory.create(user=user, finished="succeeded", label="cup", score=0.1)

    def found(query: str) -> list[str]:
        return ids(api.get(f"/api/v1/jobs?{query}"))

    assert found("status=failed&status=canceled") == [str(failed.id)]
    assert found(f"batch={batch.id}") == [str(failed.id)]
    assert found("label=cup&min_score=0.5") == [str(good.id)]
    assert found("model=a&service=null") == [str(good.id)]
    assert len(found(f"created_after={failed.created_at:%Y-%m-%dT%H:%M:%SZ}")) == 3
    assert found("created_before=2020-01-01T00:00:00Z") == []


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=x",
        "limit=",
        "status=",
        "cursor=%00",
        "cursor=",
        "status=dead",
        "min_score=nan",
        "min_score=2",
        "created_after=yesterday",
        "batch=1",
        "label=%00",
        "lang=xx",
        "service=a%20b",
    ],
)
def test_bad_queries_are_refused(api: Client, query: str) -> None:
    name = query.split("=", maxsplit=1)[0]
    errors = problem(api.get(f"/api/v1/jobs?{query}"), 400, "invalid")["errors"]
    assert errors[0]["pointer"].startswith(f"#/{name}")


@pytest.mark.parametrize("cursor", ["bjp4", "x", "bjoxMjM0"])
def test_a_cursor_that_leads_nowhere(api: Client, cursor: str) -> None:
    problem(api.get(f"/api/v1/jobs?cursor={cursor}"), 404, "not_found")


def test_a_page_costs_the_same_however_long_it_is(
    api: Client,
    user: User,
    classes: None,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    output = {"predictions": [{"id": "n07920052", "index": 967, "score": 0.9}]}
    JobFactory.create_batch(12, user=user, service="classify", finished="succeeded", output=output)
    with django_assert_max_num_queries(5, connection=connection):
        assert len(ids(api.get("/api/v1/jobs"))) == 12


@pytest.mark.parametrize(
    ("method", "what", "allowed"),
    [
        ("put", "", "GET, DELETE, HEAD"),
        ("trace", "", "GET, DELETE, HEAD"),
        ("get", "/cancel", "POST"),
    ],
)
def test_wrong_methods(api: Client, user: User, method: str, what: str, allowed: str) -> None:
    job = JobFactory.create(user=user)
    call: Callable[..., Any] = getattr(api, method)
    answer = call(url(job, what))
    problem(answer, 405, "method_not_allowed")
    assert set(answer["Allow"].split(", ")) >= set(allowed.split(", ")) - {"HEAD"}


def test_a_head_is_a_get_without_a_body(api: Client, user: User) -> None:
    job = JobFactory.create(user=user)
    answer = api.head(url(job))
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer["ETag"]


def test_the_state_is_never_edited(api: Client, user: User) -> None:
    job = JobFactory.create(user=user)
    api.patch(url(job), {"status": "succeeded"}, content_type="application/json")
    job.refresh_from_db()
    assert job.status == Status.QUEUED
