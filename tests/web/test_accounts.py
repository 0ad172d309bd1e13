"""Signing up, in and out; passwords and addresses; nobody learns who has an account."""

import re
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db

NEW_PASSWORD = "an even longer horse"


@pytest.fixture(autouse=True)
def no_limits(db: None) -> None:
    """Forget what earlier tests tried."""
    cache.clear()


def sign_up(client: Client, email: str) -> Any:
    fields = {"email": email, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    return client.post("/accounts/signup/", fields, follow=True)


def sign_in(client: Client, email: str, password: str) -> Any:
    return client.post("/accounts/login/", {"login": email, "password": password}, follow=True)


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def mailed_path() -> str:
    """Return the path of the link in the last message."""
    found = re.search(r"https?://testserver(/\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


def visible(response: Any) -> str:
    """Return a page without what differs from one request to the next."""
    text: str = response.text
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)


def test_signing_up_needs_a_confirmed_address(client: Client) -> None:
    response = sign_up(client, "New@Example.com")
    assert "Confirm your address" in response.text
    assert not signed_in(client)
    page = client.get(mailed_path())
    assert "Is new@example.com your address?" in page.text
    assert client.post(mailed_path(), follow=True).status_code == 200
    response = sign_in(client, "new@example.com", NEW_PASSWORD)
    assert signed_in(client)
    assert 'type="file"' in response.text


def test_signing_up_remembers_the_language(client: Client) -> None:
    client.cookies["django_language"] = "es"
    sign_up(client, "nueva@example.com")
    assert User.objects.get().language == "es"
    assert "Confirma tu dirección de correo" in mail.outbox[0].subject
    assert "abre este enlace" in mail.outbox[0].body


@pytest.mark.parametrize("asks_from", ["en", "es"])
@pytest.mark.parametrize(
    ("path", "subject"),
    [("password/reset", "Elige una contraseña nueva"), ("signup", "Ya tienes una cuenta")],
)
def test_messages_are_in_the_language_of_the_account(
    client: Client, asks_from: str, path: str, subject: str
) -> None:
    user = UserFactory.create(language="es")
    client.cookies["django_language"] = asks_from
    fields = {"email": user.email, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    page = client.post(f"/accounts/{path}/", fields, follow=True).text
    assert f'<html lang="{asks_from}"' in page
    assert mail.outbox[0].subject == subject
    assert "Hola" in mail.outbox[0].body


def test_a_message_to_a_stranger_is_in_the_language_of_the_page(client: Client) -> None:
    client.cookies["django_language"] = "es"
    client.post("/accounts/password/reset/", {"email": "nobody@example.com"})
    assert "Hola" in mail.outbox[0].body


def test_signing_up_tells_nobody_that_an_account_exists(client: Client) -> None:
    known = UserFactory.create()
    answers = [sign_up(client, email) for email in (known.email, "unknown@example.com")]
    texts = [visible(answer).replace(known.email, "unknown@example.com") for answer in answers]
    assert texts[0] == texts[1]
    assert "You already have an account" in mail.outbox[0].subject


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"email": "a@b\r\nBcc: c@d.e"}, "Enter a valid email address."),
        ({"email": ""}, "This field is required."),
        ({"password1": "short", "password2": "short"}, "at least 12 characters"),
        ({"password2": "another one altogether"}, "You must type the same password each time."),
    ],
)
def test_signing_up_checks_what_is_typed(
    client: Client, fields: dict[str, str], sentence: str
) -> None:
    good = {"email": "a@example.com", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    response = client.post("/accounts/signup/", good | fields)
    assert sentence in response.text
    assert not User.objects.exists()


def test_a_giant_password_is_refused(client: Client) -> None:
    response = client.post("/accounts/login/", {"login": "a@b.cd", "password": "x" * 2_000_000})
    assert response.status_code == 400


def test_signing_in_and_out(client: Client, settings: Settings) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "optional"
    user = UserFactory.create()
    sign_in(client, user.email.upper(), PASSWORD)
    assert signed_in(client)
    assert client.get("/accounts/logout/").status_code == 200
    assert signed_in(client)
    assert client.post("/accounts/logout/")["Location"] == "/"
    assert not signed_in(client)


def test_signing_in_leads_to_where_one_wanted(client: Client, settings: Settings) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "optional"
    user = UserFactory.create()
    fields = {"login": user.email, "password": PASSWORD}
    assert client.post("/accounts/login/?next=/jobs/", fields)["Location"] == "/jobs/"
    client.logout()
    assert client.post("/accounts/login/?next=https://evil.example/", fields)["Location"] == "/"


def test_signing_in_tells_nobody_that_an_account_exists(client: Client) -> None:
    known = UserFactory.create()
    texts = [
        visible(sign_in(client, email, "a wrong password")).replace(email, "")
        for email in (known.email, "unknown@example.com")
    ]
    assert texts[0] == texts[1]
    assert "is not right" in texts[0]


def test_resetting_a_password(client: Client) -> None:
    user = UserFactory.create()
    response = client.post("/accounts/password/reset/", {"email": user.email}, follow=True)
    assert "Check your e-mail" in response.text
    link = mailed_path()
    page = client.get(link, follow=True)
    fields = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    response = client.post(page.redirect_chain[-1][0], fields, follow=True)
    assert response.status_code == 200
    user.refresh_from_db()
    assert user.check_password(NEW_PASSWORD)
    again = client.get(link, follow=True)
    assert "The link has already been used" in again.text


def test_resetting_tells_nobody_that_an_account_exists(client: Client) -> None:
    known = UserFactory.create()
    texts = [
        visible(client.post("/accounts/password/reset/", {"email": email}, follow=True))
        for email in (known.email, "unknown@example.com")
    ]
    assert texts[0] == texts[1]
    assert "There is no account with this address" in mail.outbox[1].subject


def test_too_many_attempts_are_slowed_down(client: Client, settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login": "8/m/ip"}
    for _ in range(6):
        response = sign_in(client, "somebody@example.com", "a wrong password")
    assert "Too many failed login attempts." in response.text
    for _ in range(3):
        response = sign_in(client, "somebody@example.com", "a wrong password")
    assert response.status_code == 429
    assert "Too many attempts" in response.text


def test_changing_the_password(web: Client, user: User) -> None:
    fields = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    response = web.post("/accounts/password/change/", fields, follow=True)
    assert "Your password is changed." in response.text
    assert signed_in(web)


def test_changing_the_address(web: Client, user: User) -> None:
    response = web.post(
        "/accounts/email/", {"email": "other@example.com", "action_add": ""}, follow=True
    )
    assert "other@example.com is not confirmed yet" in response.text
    web.post(mailed_path())
    user.refresh_from_db()
    assert user.email == "other@example.com"


@pytest.mark.parametrize("path", ["email/", "password/change/", "reauthenticate/"])
def test_account_pages_need_a_login(client: Client, path: str) -> None:
    assert client.get(f"/accounts/{path}")["Location"].startswith("/accounts/login/")
