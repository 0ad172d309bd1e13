"""Messages about an account: of what, to whom, in whose language; and that none stops anything."""

from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.mail.backends.base import BaseEmailBackend
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from accounts.tokens import token_create
from tests.factories import PASSWORD, UserFactory
from tests.web.conftest import confirm
from tests.web.test_accounts import NEW_PASSWORD, sign_in, signed_in
from tests.web.test_factors import FACTORS, with_app
from tests.web.test_tokens import WANTED

pytestmark = pytest.mark.django_db

FIREFOX = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}


@pytest.fixture(autouse=True)
def no_limits(db: None, settings: Settings) -> None:
    """Forget what earlier tests tried; nobody has to confirm an address."""
    cache.clear()
    settings.ACCOUNT_EMAIL_VERIFICATION = "optional"


@pytest.fixture
def ana(db: None) -> User:
    return UserFactory.create(language="es")


@pytest.fixture
def there(ana: User) -> Client:
    """A browser that speaks English, in which somebody who speaks Spanish is signed in."""
    client = Client(headers=FIREFOX)
    client.cookies["django_language"] = "en"
    client.force_login(ana)
    confirm(client, ana)
    return client


def only_mail() -> Any:
    assert len(mail.outbox) == 1
    return mail.outbox[0]


def test_a_new_device_is_told_of_in_the_owner_s_language(client: Client, ana: User) -> None:
    sign_in(client, ana.email, PASSWORD)
    assert not mail.outbox  # the first one is theirs
    client.post("/accounts/logout/")
    sign_in(client, ana.email, PASSWORD)
    assert not mail.outbox
    stranger = Client(headers=FIREFOX, REMOTE_ADDR="203.0.113.9")
    stranger.cookies["django_language"] = "en"
    sign_in(stranger, ana.email, PASSWORD)
    message = only_mail()
    assert message.to == [ana.email]
    assert message.subject == "Un dispositivo nuevo ha iniciado sesión"
    assert "Firefox en Linux" in message.body
    assert "203.0.113.9" in message.body
    assert "http://testserver/accounts/sessions/" in message.body


def change_password(there: Client) -> None:
    fields = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    there.post("/accounts/password/change/", fields)


DEEDS = {
    "Tu contraseña ha cambiado": change_password,
    "Hay un token nuevo de la API": lambda there: there.post("/accounts/tokens/", WANTED),
}


@pytest.mark.parametrize("subject", DEEDS)
def test_what_was_done_is_told(there: Client, ana: User, subject: str) -> None:
    DEEDS[subject](there)
    message = mail.outbox[0]
    assert message.subject == subject
    assert message.to == [ana.email]
    assert "Firefox en Linux" in message.body


def test_a_second_step_that_is_gone_is_told_of(there: Client, ana: User) -> None:
    with_app(ana)
    there.post(f"{FACTORS}totp/deactivate/")
    assert "se ha quitado la aplicación" in only_mail().subject


def test_a_token_that_a_program_makes_is_told_of(ana: User) -> None:
    _, secret = token_create(user=ana, name="x")
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    answer = client.post("/api/v1/me/tokens", {"name": "Other"}, content_type="application/json")
    assert answer.status_code == 201
    assert "Other" in only_mail().body
    assert answer.json()["secret"] not in only_mail().body


class BrokenBackend(BaseEmailBackend):
    """A mail server that is away."""

    def send_messages(self, messages: Any) -> int:
        raise ConnectionRefusedError


def test_without_a_mail_server_one_still_signs_in(
    client: Client, ana: User, settings: Settings
) -> None:
    sign_in(client, ana.email, PASSWORD)
    settings.EMAIL_BACKEND = f"{__name__}.BrokenBackend"
    other = Client()
    sign_in(other, ana.email, PASSWORD)
    assert signed_in(other)
