"""Errors of whatever kind are problem documents."""

from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from pytest_django import Settings

from project.api.kinds import KINDS
from tests.api.conftest import problem


@pytest.mark.parametrize(
    "path", ["/api/v1/nothing", "/api", "/api/v9/jobs", "/v2/x", "/api/v1/jobs/"]
)
@pytest.mark.parametrize("method", ["get", "post", "delete", "put"])
def test_unknown_addresses(client: Client, db: None, path: str, method: str) -> None:
    body = problem(getattr(client, method)(path), 404, "not_found")
    assert body["instance"] == path


def test_the_language_is_the_one_asked_for(client: Client, db: None) -> None:
    answer = client.get("/api/v1/jobs", headers={"Accept-Language": "fr, es;q=0.9, en;q=0.8"})
    body = problem(answer, 401, "not_authenticated")
    assert answer["Content-Language"] == "es"
    assert "Accept-Language" in answer["Vary"]
    assert body["title"] == "¿Quién eres?"


def test_a_foreign_host_is_malformed(client: Client, db: None) -> None:
    body = problem(
        client.get("/api/v1/services", headers={"Host": "evil.example"}), 400, "malformed"
    )
    assert body["type"].startswith("/api/errors/")


def test_what_should_not_happen_tells_nothing(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("secret=hunter2")

    monkeypatch.setattr("project.api.views.count_request", fail)
    answer = client.get("/api/v1/services", headers={"X-Request-Id": "abc"})
    body = problem(answer, 500, "internal")
    assert "hunter2" not in answer.content.decode()
    assert "hunter2" in caplog.text
    assert body["request_id"] == "abc"


def test_a_database_that_is_away_is_told(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise OperationalError

    monkeypatch.setattr("project.api.views.count_request", fail)
    answer = client.get("/api/v1/services")
    problem(answer, 503, "database_away")
    assert answer["Retry-After"] == "5"


@pytest.mark.timeout(30)
def test_each_kind_has_its_page(client: Client, db: None) -> None:
    client.get("/api/v1/services")
    assert len(KINDS) > 40
    for code in KINDS:
        page = client.get(f"/api/errors/{code}")
        assert page.status_code == 200
        assert code in page.content.decode()
    assert client.get("/api/errors").status_code == 200
    spanish = client.get("/api/errors/not_authenticated", headers={"Accept-Language": "es"})
    assert "¿Quién eres?" in spanish.content.decode()
    assert client.get("/api/errors/nothing").status_code == 404
    assert "error of a job" in client.get("/api/errors/worker_lost").text


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"X-Request-Id": "a-b_c.1"}, "a-b_c.1"),
        ({"X-Request-Id": "x" * 65}, None),
        ({"X-Request-Id": "a b"}, None),
        (
            {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
            "4bf92f3577b34da6a3ce929d0e0e4736",
        ),
        ({"traceparent": "00-" + "0" * 32 + "-00f067aa0ba902b7-01"}, None),
        ({}, None),
    ],
)
def test_requests_have_an_id(
    client: Client, db: None, given: dict[str, str], expected: str | None
) -> None:
    found = client.get("/api/v1/services", headers=given)["X-Request-Id"]
    if expected:
        assert found == expected
    else:
        assert len(found) == 32


def test_limits_are_told_and_kept(client: Client, db: None, settings: Settings) -> None:
    settings.API_ANONYMOUS_REQUESTS_PER_MINUTE = 3
    left = []
    while (answer := client.get("/api/v1/services")).status_code == 200:
        assert answer["RateLimit-Policy"] == '"requests";q=3;w=60'
        left.append(answer["RateLimit"].split(";")[1])
        assert len(left) < 8  # a minute may begin in between
    problem(answer, 429, "rate_limited")
    assert left[-3:] == ["r=2", "r=1", "r=0"]
    assert answer["RateLimit"].startswith('"requests";r=0;t=')
    assert 0 < int(answer["Retry-After"]) <= 60


def test_bad_tokens_are_counted_by_address(client: Client, db: None, settings: Settings) -> None:
    settings.API_ANONYMOUS_REQUESTS_PER_MINUTE = 3
    bad = {"Authorization": "Bearer vit_nonsense"}
    answers = [client.get("/api/v1/jobs", headers=bad) for _ in range(8)]
    problem(answers[0], 401, "invalid_token")
    assert answers[0]["RateLimit-Policy"] == '"requests";q=3;w=60'
    problem(answers[-1], 429, "rate_limited")


def test_nobody_widens_a_limit_with_a_header(client: Client, db: None, settings: Settings) -> None:
    settings.API_ANONYMOUS_REQUESTS_PER_MINUTE = 3
    answers = [
        client.get("/api/v1/services", headers={"X-Forwarded-For": f"1.2.3.{number}"})
        for number in range(8)
    ]
    assert answers[-1].status_code == 429
