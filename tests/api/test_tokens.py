"""Tokens: how they are made, what they open, and what is left of them."""

import re
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import ApiToken, Scope, User
from accounts.tokens import is_well_formed, token_create, token_revoke
from tests.api.conftest import problem
from tests.factories import JobFactory

JOBS = "/api/v1/jobs"


def bearer(secret: str) -> dict[str, Any]:
    return {"headers": {"Authorization": f"Bearer {secret}"}}


def test_scanners_can_recognise_one(user: User) -> None:
    token, secret = token_create(user=user, name="x")
    assert re.fullmatch(r"vit_[0-9A-Za-z]{46}", secret)
    assert is_well_formed(secret)
    assert not is_well_formed(secret[:-1] + ("a" if secret[-1] != "a" else "b"))
    assert secret.startswith(token.hint)


def test_no_dump_holds_one(user: User) -> None:
    secrets = [token_create(user=user, name="x")[1] for _ in range(5)]
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        dump = ""
        for table in tables:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            dump += repr(cursor.fetchall())
    assert str(ApiToken.objects.first().digest) in dump  # type: ignore[union-attr]
    for secret in secrets:
        assert secret not in dump
        assert secret[4:44] not in dump


@pytest.mark.parametrize(
    "secret",
    ["", "vit_", "vit_" + "A" * 46, "é" * 50, "vit_" + "\x00" * 46, "x" * 10_000],
)
def test_what_is_no_token_opens_nothing(client: Client, db: None, secret: str) -> None:
    answer = client.get(JOBS, HTTP_AUTHORIZATION=f"Bearer {secret}")
    problem(answer, 401, "invalid_token")
    assert answer["WWW-Authenticate"] == 'Bearer realm="vitrina", error="invalid_token"'


@pytest.mark.parametrize("header", [None, "Basic dXNlcjpwYXNz", "Bearer"])
def test_without_a_token_one_is_asked_for(client: Client, db: None, header: str | None) -> None:
    answer = client.get(JOBS, headers={"Authorization": header} if header else {})
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith('Bearer realm="vitrina"')


def test_a_token_in_the_query_is_none(client: Client, user: User) -> None:
    _, secret = token_create(user=user, name="x")
    for name in ("token", "access_token", "api_key"):
        problem(client.get(f"{JOBS}?{name}={secret}"), 401, "not_authenticated")


def test_it_stops_at_the_next_request(client: Client, user: User) -> None:
    token, secret = token_create(user=user, name="x")
    assert client.get(JOBS, **bearer(secret)).status_code == 200
    token_revoke(token=token)
    problem(client.get(JOBS, **bearer(secret)), 401, "invalid_token")


def test_it_expires(client: Client, user: User) -> None:
    moment = timezone.now() + timedelta(hours=1)
    token, secret = token_create(user=user, name="x", expires_at=moment)
    assert client.get(JOBS, **bearer(secret)).status_code == 200
    ApiToken.objects.filter(id=token.id).update(expires_at=timezone.now())
    problem(client.get(JOBS, **bearer(secret)), 401, "invalid_token")


def test_it_stops_with_its_account(client: Client, user: User) -> None:
    _, secret = token_create(user=user, name="x")
    User.objects.filter(id=user.id).update(is_active=False)
    problem(client.get(JOBS, **bearer(secret)), 401, "invalid_token")


def test_a_bad_token_is_told_where_none_is_needed(client: Client, db: None) -> None:
    problem(client.get("/api/v1/services", **bearer("vit_x")), 401, "invalid_token")


def test_its_use_is_noted_at_most_hourly(client: Client, user: User) -> None:
    token, secret = token_create(user=user, name="x")
    client.get(JOBS, **bearer(secret))
    token.refresh_from_db()
    first = token.last_used_at
    assert first is not None
    client.get(JOBS, **bearer(secret))
    token.refresh_from_db()
    assert token.last_used_at == first
    ApiToken.objects.filter(id=token.id).update(last_used_at=first - timedelta(hours=2))
    client.get(JOBS, **bearer(secret))
    token.refresh_from_db()
    assert token.last_used_at is not None
    assert token.last_used_at > first


def test_scopes_are_enforced(api_client: Callable[..., Client], user: User) -> None:
    job = JobFactory.create(user=user)
    reader = api_client(user, [Scope.JOBS_READ])
    writer = api_client(user, [Scope.JOBS_WRITE])

    assert reader.get(JOBS).status_code == 200
    answer = reader.post(f"{JOBS}/{job.id}/cancel")
    problem(answer, 403, "insufficient_scope")
    assert 'scope="jobs:write"' in answer["WWW-Authenticate"]
    problem(writer.get(JOBS), 403, "insufficient_scope")
    assert writer.post(f"{JOBS}/{job.id}/cancel").status_code == 200


def test_a_browser_needs_its_csrf_token(user: User) -> None:
    job = JobFactory.create(user=user)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user)
    url = f"{JOBS}/{job.id}/cancel"

    assert browser.get(JOBS).status_code == 200
    problem(browser.post(url), 403, "csrf_failed")
    browser.get("/accounts/email/")
    token = browser.cookies["csrftoken"].value
    assert browser.post(url, headers={"X-CSRFToken": token}).status_code == 200


def test_the_command_prints_a_token_and_nothing_else(client: Client, user: User) -> None:
    out = StringIO()
    call_command(
        "create_token", user.email.upper(), "--name=laptop", "--scope=jobs:read", stdout=out
    )
    secret = out.getvalue().removesuffix("\n")
    assert client.get(JOBS, **bearer(secret)).status_code == 200
    token = ApiToken.objects.get()
    assert (token.name, token.scopes, token.expires_at) == ("laptop", ["jobs:read"], None)

    call_command("create_token", user.email, "--days=2", stdout=out)
    newest = ApiToken.objects.first()
    assert newest is not None
    assert newest.expires_at is not None
    assert newest.scopes == Scope.values


def test_the_command_says_that_there_is_no_account(db: None) -> None:
    with pytest.raises(CommandError, match="no account"):
        call_command("create_token", "nobody@example.com")
