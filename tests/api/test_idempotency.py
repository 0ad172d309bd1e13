"""Creates that are sent again."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client, RequestFactory

from project.api.prefer import wait_preference
from tests.api.conftest import problem
from tests.conftest import picture
from tests.web.conftest import upload
from worker.models import IdempotencyKey, Job

URL = "/api/v1/services/null/jobs"


def create(client: Client, key: str = "k1", content: bytes | None = None, **fields: Any) -> Any:
    data = {"image": upload(content=content)} | fields
    return client.post(URL, data, headers={"Idempotency-Key": key})


def test_the_same_request_makes_one_job(api: Client) -> None:
    first, second = create(api), create(api, '"k1"')
    assert first.json()["id"] == second.json()["id"]
    assert "Idempotent-Replayed" not in first
    assert second["Idempotent-Replayed"] == "true"
    assert Job.objects.count() == 1


@pytest.mark.parametrize(
    "changed", [{"lane": "bulk"}, {"lang": "es"}, {"content": picture((9, 9))}]
)
def test_other_content_is_refused(api: Client, changed: dict[str, Any]) -> None:
    create(api)
    problem(create(api, **changed), 422, "key_reused")
    assert Job.objects.count() == 1


def test_a_create_that_is_still_under_way(api: Client) -> None:
    """Another request takes the key in between; what it has made is not to be seen yet."""

    def quicker(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith("INSERT") and IdempotencyKey._meta.db_table in sql:
            execute(sql, *rest)
        return execute(sql, *rest)

    with connection.execute_wrapper(quicker):
        answer = create(api)
    problem(answer, 409, "in_progress")
    assert answer["Retry-After"] == "1"
    assert not Job.objects.exists()
    assert create(api).status_code == 202


def test_keys_belong_to_accounts(api: Client, other: Client) -> None:
    assert create(api).json()["id"] != create(other).json()["id"]


def test_a_refused_create_leaves_no_key(api: Client) -> None:
    problem(create(api, content=b"<svg>"), 415, "unsupported_type")
    assert not IdempotencyKey.objects.exists()
    assert create(api).status_code == 202


def test_a_key_ends_with_its_job(api: Client) -> None:
    job = create(api).json()
    api.delete(job["urls"]["self"])
    assert create(api).json()["id"] != job["id"]


@pytest.mark.parametrize("key", ["", '""', "a b", "x" * 256, "ñ"])
def test_a_bad_key_is_malformed(api: Client, key: str) -> None:
    problem(create(api, key), 400, "malformed")
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("wait=10", 10),
        ("respond-async, wait=5", 5),
        ('Wait="7"; x=1', 7),
        ("wait=100", 60),
        ("wait=0", 0),
        ("wait=-1", None),
        ("wait", None),
        ("await=3", None),
        ("", None),
    ],
)
def test_prefer_is_understood(header: str, seconds: int | None) -> None:
    assert wait_preference(RequestFactory().get("/", headers={"Prefer": header})) == seconds
