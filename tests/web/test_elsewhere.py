"""Signing in with an account elsewhere: against a real OpenID Connect provider."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from allauth.socialaccount.models import SocialAccount
from django.core import mail
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from tests.chaos.servers import free_port
from tests.conftest import wait_until
from tests.factories import PASSWORD, UserFactory
from tests.web.conftest import confirm
from tests.web.test_accounts import sign_in, signed_in
from tests.web.test_factors import with_app

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(30)]  # the first waits for the provider

LOGIN = "/accounts/oidc/work/login/"
ANA = {"sub": "ana", "email": "ana@example.com", "email_verified": True, "name": "Ana"}
EVE = {"sub": "eve", "email": "eve@example.com", "email_verified": False}


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """A provider that knows Ana, who has confirmed her address, and Eve, who has not."""
    port = str(free_port())
    people = [f"--user-claims={json.dumps(one)}" for one in (ANA, EVE)]
    process = subprocess.Popen(
        [sys.executable, "-m", "oidc_provider_mock", "--port", port, *people],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://localhost:{port}"
    wait_until(lambda: answers(f"{url}/.well-known/openid-configuration"))
    yield url
    process.terminate()
    process.wait(10)


def answers(url: str) -> bool:
    try:
        return httpx.get(url).is_success
    except httpx.TransportError:
        return False


@pytest.fixture(autouse=True)
def configured(settings: Settings, provider: str) -> None:
    cache.clear()
    app = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]
    changed = app | {"settings": {"server_url": provider}}
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [changed]}}


def come_from_there(client: Client, person: str = "ana", *, process: str = "login") -> Any:
    """Press the button, say there who one is, and come back."""
    there = client.post(f"{LOGIN}?process={process}")["Location"]
    answer = httpx.post(there, data={"sub": person})
    assert answer.status_code == 302, answer.text
    back = answer.headers["Location"].removeprefix("http://testserver")
    return client.get(back, follow=True)


def test_who_comes_for_the_first_time_makes_an_account(client: Client) -> None:
    assert "Continue with Work" in client.get("/accounts/login/").text
    page = come_from_there(client)
    assert "You come from Work for the first time." in page.text
    assert 'value="ana@example.com"' in page.text
    client.post("/accounts/3rdparty/signup/", {"email": "ana@example.com"}, follow=True)
    assert signed_in(client)  # the provider has confirmed the address
    assert not User.objects.get().has_usable_password()

    again = Client()
    come_from_there(again)
    assert signed_in(again)
    assert User.objects.count() == 1


def test_an_address_that_is_not_confirmed_there_is_confirmed_here(client: Client) -> None:
    come_from_there(client, "eve")
    page = client.post("/accounts/3rdparty/signup/", {"email": "eve@example.com"}, follow=True)
    assert "Confirm your address" in page.text
    assert not signed_in(client)


@pytest.mark.parametrize("person", ["ana", "eve"])
def test_nobody_s_account_is_taken_over(client: Client, person: str) -> None:
    owner = UserFactory.create(email=f"{person}@example.com")
    come_from_there(client, person)
    client.post("/accounts/3rdparty/signup/", {"email": owner.email}, follow=True)
    assert not signed_in(client)
    assert not SocialAccount.objects.exists()
    assert "You already have an account" in mail.outbox[-1].subject


@pytest.mark.parametrize(
    ("mode", "sentence"),
    [
        ("closed", "New accounts are closed"),
        ("invitation", "New accounts are by invitation"),
        ("domain", "Only addresses of these domains"),
    ],
)
def test_the_rules_are_those_of_everybody(
    client: Client, settings: Settings, mode: str, sentence: str
) -> None:
    settings.SIGN_UP, settings.SIGN_UP_DOMAINS = mode, ["example.org"]
    page = come_from_there(client)
    if mode == "domain":
        page = client.post("/accounts/3rdparty/signup/", {"email": ANA["email"]}, follow=True)
    assert sentence in page.text
    assert not User.objects.exists()


def test_approval_and_terms_too(client: Client, settings: Settings) -> None:
    settings.SIGN_UP, settings.TERMS_URL = "approval", "https://example.com/terms"
    come_from_there(client)
    form = {"email": ANA["email"]}
    page = client.post("/accounts/3rdparty/signup/", form)
    assert "This field is required." in page.text
    page = client.post("/accounts/3rdparty/signup/", form | {"terms": "on"}, follow=True)
    assert "Your account waits for approval" in page.text
    assert not signed_in(client)


def test_an_account_is_connected_and_disconnected(client: Client, settings: Settings) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "optional"
    user = UserFactory.create()
    client.force_login(user)
    confirm(client, user)
    come_from_there(client, process="connect")
    account = SocialAccount.objects.get(user=user)
    assert "Another account was connected" in mail.outbox[-1].subject
    elsewhere = Client()
    come_from_there(elsewhere)
    assert signed_in(elsewhere)
    client.post("/accounts/3rdparty/", {"account": account.pk})
    assert not SocialAccount.objects.exists()


def test_a_second_step_is_asked_for_all_the_same(client: Client, settings: Settings) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "optional"
    user = UserFactory.create()
    sign_in(client, user.email, PASSWORD)
    confirm(client, user)
    come_from_there(client, process="connect")
    with_app(user)
    elsewhere = Client()
    assert "Second step" in come_from_there(elsewhere).text
    assert not signed_in(elsewhere)


def test_a_forged_answer_lets_nobody_in(client: Client) -> None:
    page = client.get(f"{LOGIN}callback/?code=x&state=y", follow=True)
    assert "That did not work" in page.text
    assert not signed_in(client)


def test_who_stops_there_is_told_so(client: Client) -> None:
    there = client.post(LOGIN)["Location"]
    state = httpx.URL(there).params["state"]
    page = client.get(f"{LOGIN}callback/?error=access_denied&state={state}", follow=True)
    assert "You have stopped it" in page.text
