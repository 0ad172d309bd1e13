"""The pages on which people manage their API tokens."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import ApiToken, Scope, User
from accounts.tokens import token_create
from tests.factories import UserFactory
from tests.web.test_pages import check

PAGE = "/accounts/tokens/"
WANTED = {"name": "Dashboard", "scopes": ["jobs:read"], "days": "30"}


def secret_on(page: str) -> str:
    found = re.search(r"vit_[0-9A-Za-z]{46}", page)
    assert found
    return found[0]


def test_a_token_is_made_shown_once_and_works(web: Client, user: User) -> None:
    made = web.post(PAGE, WANTED)
    secret = secret_on(made.text)
    check(made.text)
    assert "no-store" in made["Cache-Control"]
    later = web.get(PAGE)
    assert secret not in later.text
    assert secret[:12] in later.text
    check(later.text)

    token = ApiToken.objects.get(user=user)
    assert token.scopes == ["jobs:read"]
    assert token.expires_at is not None
    assert timedelta(29) < token.expires_at - timezone.now() <= timedelta(30)
    bearer = {"Authorization": f"Bearer {secret}"}
    assert Client().get("/api/v1/jobs", headers=bearer).status_code == 200
    assert Client().get("/api/v1/webhooks", headers=bearer).status_code == 403


def test_it_is_in_no_session(web: Client) -> None:
    secret = secret_on(web.post(PAGE, WANTED).text)
    assert secret not in repr(dict(web.session))


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "x" * 101}, "at most 100 characters"),
        ({"scopes": []}, "This field is required."),
        ({"scopes": ["everything"]}, "Select a valid choice."),
        ({"days": "36500"}, "Select a valid choice."),
    ],
)
def test_what_is_wrong_is_said(web: Client, changed: dict[str, object], sentence: str) -> None:
    response = web.post(PAGE, WANTED | changed)
    assert response.status_code == 422
    assert sentence in response.text
    assert not ApiToken.objects.exists()


def test_it_may_last_for_ever(web: Client, user: User) -> None:
    web.post(PAGE, WANTED | {"days": ""})
    assert ApiToken.objects.get(user=user).expires_at is None


def test_there_are_not_endless_ones(web: Client, settings: Settings) -> None:
    settings.API_TOKENS_PER_USER = 1
    web.post(PAGE, WANTED)
    refused = web.post(PAGE, WANTED)
    assert refused.status_code == 409
    assert "You have too many tokens." in refused.text
    assert ApiToken.objects.count() == 1


def test_revoking_asks_first_and_works_at_once(web: Client, user: User) -> None:
    token, secret = token_create(user=user, name="<b>old</b>")
    bearer = {"Authorization": f"Bearer {secret}"}
    url = f"{PAGE}{token.id}/revoke"
    question = web.get(url)
    assert "&lt;b&gt;old" in question.text
    check(question.text)
    assert Client().get("/api/v1/me", headers=bearer).status_code == 200

    done = web.post(url, follow=True)
    assert done.redirect_chain == [(PAGE, 302)]
    assert "The token opens nothing any more." in done.text
    assert token.hint not in done.text
    assert Client().get("/api/v1/me", headers=bearer).status_code == 401
    assert web.post(url).status_code == 404


def test_somebody_elses_is_not_there(web: Client) -> None:
    token, _ = token_create(user=UserFactory.create(), name="theirs")
    assert web.get(f"{PAGE}{token.id}/revoke").status_code == 404
    assert web.post(f"{PAGE}{token.id}/revoke").status_code == 404
    assert "theirs" not in web.get(PAGE).text
    token.refresh_from_db()
    assert token.revoked_at is None


def test_last_use_and_end_are_told_in_each_language(web: Client, user: User) -> None:
    token, _ = token_create(user=user, name="x", scopes=[Scope.JOBS_READ])
    page = web.get(PAGE, headers={"Accept-Language": "es"}).text
    assert "ver trabajos y resultados" in page
    assert "nunca" in page
    now = timezone.now()
    ApiToken.objects.filter(id=token.id).update(last_used_at=now, expires_at=now)
    page = web.get(PAGE, headers={"Accept-Language": "es"}).text
    assert "nunca" not in page
    assert "caducado" in page
