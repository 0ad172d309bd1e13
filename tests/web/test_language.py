"""The language of pages: by choice, then by account, then by browser."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

SPANISH = {"Accept-Language": "es-MX,es;q=0.9,en;q=0.5"}


def language(response: Any) -> str:
    text: str = response.text
    return text.split('<html lang="')[1][:2]


def choose(client: Client, code: str, **headers: str) -> Any:
    return client.post("/accounts/language/", {"language": code}, headers=headers)


def test_it_follows_the_browser(client: Client) -> None:
    assert language(client.get("/")) == "en"
    assert language(client.get("/", headers=SPANISH)) == "es"
    assert language(client.get("/", headers={"Accept-Language": "fr"})) == "en"


def test_it_follows_the_account_before_the_browser(web: Client, user: User) -> None:
    user.language = "es"
    user.save()
    assert language(web.get("/")) == "es"


def test_it_remembers_the_choice(client: Client) -> None:
    response = choose(client, "es", Referer="http://testserver/accounts/login/")
    assert response["Location"] == "http://testserver/accounts/login/"
    assert client.cookies["django_language"].value == "es"
    assert client.cookies["django_language"]["max-age"] > 30_000_000
    assert language(client.get("/")) == "es"


def test_it_follows_the_choice_before_the_account(web: Client, user: User) -> None:
    choose(web, "es")
    User.objects.update(language="en")
    assert language(web.get("/")) == "es"


def test_it_remembers_the_choice_in_the_account(web: Client, user: User) -> None:
    choose(web, "es")
    user.refresh_from_db()
    assert user.language == "es"
    elsewhere = Client()
    elsewhere.force_login(user)
    assert language(elsewhere.get("/")) == "es"


@pytest.mark.parametrize("code", ["", "xx", "fr", "../../etc", "es\r\nSet-Cookie: a=b", "x" * 999])
def test_it_ignores_what_it_does_not_speak(web: Client, user: User, code: str) -> None:
    assert choose(web, code).status_code == 400
    user.refresh_from_db()
    assert user.language == ""
    assert "django_language" not in web.cookies
    assert language(web.get("/")) == "en"


def test_it_leads_to_no_other_site(client: Client) -> None:
    fields = {"language": "es", "next": "https://evil.example/"}
    assert client.post("/accounts/language/", fields)["Location"] == "/"


def test_choosing_needs_a_post(client: Client) -> None:
    assert client.get("/accounts/language/").status_code == 405


def test_a_cookie_that_says_nothing_leaves_the_account_its_say(web: Client, user: User) -> None:
    User.objects.update(language="es")
    web.cookies["django_language"] = "fr"
    assert language(web.get("/")) == "es"


def test_one_users_language_does_not_leak_into_the_next_request(client: Client) -> None:
    spanish = Client()
    spanish.force_login(UserFactory.create(language="es"))
    assert language(spanish.get("/")) == "es"
    assert language(client.get("/")) == "en"
