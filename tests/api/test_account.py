"""One's own account: who one is, what one has used, and tokens."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import ApiToken, Scope, User
from accounts.tokens import token_create
from tests.api.conftest import problem
from tests.web.conftest import upload

TOKENS = "/api/v1/me/tokens"


def post(client: Client, body: Any) -> Any:
    return client.post(TOKENS, json.dumps(body), content_type="application/json")


def test_me(api_client: Callable[..., Client], user: User) -> None:
    body = api_client(user, [Scope.JOBS_READ]).get("/api/v1/me").json()
    assert body["email"] == user.email
    assert body["scopes"] == body["token"]["scopes"] == ["jobs:read"]


def test_me_in_a_browser(client: Client, user: User) -> None:
    client.force_login(user)
    body = client.get("/api/v1/me").json()
    assert (body["token"], body["scopes"]) == (None, Scope.values)


def test_usage(api: Client) -> None:
    api.post("/api/v1/services/null/jobs", {"image": upload()})
    body = api.get("/api/v1/me/usage").json()
    assert body["used"]["jobs_today"] == body["used"]["unfinished_jobs"] == 1
    assert body["used"]["stored_bytes"] > 0
    assert body["limits"]["images_per_batch"] == 50
    assert body["days"] == [{"day": timezone.now().date().isoformat(), "jobs": 1}]


def test_a_token_is_made_and_shown_once(api: Client, client: Client, user: User) -> None:
    answer = post(api, {"name": "laptop", "scopes": ["jobs:read"]})
    assert answer.status_code == 201, answer.content
    secret = answer.json()["secret"]
    listed = api.get(TOKENS)
    assert secret not in listed.content.decode()
    assert [token["name"] for token in listed.json()["results"]] == ["laptop", "test"]
    assert listed.json()["results"][0]["scopes"] == ["jobs:read"]
    mine = client.get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"})
    assert mine.json()["token"]["name"] == "laptop"


def test_a_token_makes_no_stronger_one(api_client: Callable[..., Client], user: User) -> None:
    expires = timezone.now() + timedelta(days=1)
    token, secret = token_create(
        user=user, name="weak", scopes=[Scope.JOBS_READ], expires_at=expires
    )
    weak = Client(headers={"Authorization": f"Bearer {secret}"})
    problem(post(weak, {"name": "x", "scopes": ["jobs:write"]}), 403, "insufficient_scope")
    later = (expires + timedelta(days=9)).isoformat()
    made = post(weak, {"name": "x", "expires_at": later}).json()
    assert made["scopes"] == ["jobs:read"]
    newest = ApiToken.objects.first()
    assert newest is not None
    assert newest.expires_at == expires

    strong = ApiToken.objects.create(user=user, name="s", digest="1", scopes=Scope.values)
    problem(weak.delete(f"{TOKENS}/{strong.id}"), 403, "insufficient_scope")
    assert weak.delete(f"{TOKENS}/{token.id}").status_code == 204
    problem(weak.get("/api/v1/me"), 401, "invalid_token")


def test_bad_tokens_are_refused(api: Client) -> None:
    for body, pointer in (
        ({}, "#/name"),
        ({"name": "x" * 101}, "#/name"),
        ({"name": "x\x00"}, "#/name"),
        ({"name": "x", "scopes": []}, "#/scopes"),
        ({"name": "x", "scopes": ["admin"]}, "#/scopes/0"),
        ({"name": "x", "expires_at": "2020-01-01T00:00:00Z"}, "#/expires_at"),
        ({"name": "x", "expires_at": "soon"}, "#/expires_at"),
    ):
        errors = problem(post(api, body), 400, "invalid")["errors"]
        assert errors[0]["pointer"] == pointer


def test_there_are_not_endless_tokens(api: Client, settings: Settings) -> None:
    settings.API_TOKENS_PER_USER = 2
    assert post(api, {"name": "x"}).status_code == 201
    problem(post(api, {"name": "x"}), 409, "too_many_tokens")


def test_somebody_elses_token(api: Client, other: Client, user: User) -> None:
    token = ApiToken.objects.get(user=user)
    problem(other.get(f"{TOKENS}/{token.id}"), 404, "not_found")
    problem(other.delete(f"{TOKENS}/{token.id}"), 404, "not_found")
    assert api.get(f"{TOKENS}/{token.id}").json()["hint"] == token.hint
