"""Signing in under attack: nobody grinds passwords down, learns of accounts or locks one out."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user
from django.contrib.auth.hashers import MD5PasswordHasher, identify_hasher
from django.core.cache import cache
from django.http import HttpRequest
from django.test import Client
from pytest_django import Settings

from accounts.devices import COOKIE
from accounts.models import User
from tests.factories import PASSWORD, UserFactory
from tests.web.test_accounts import NEW_PASSWORD, mailed_path, sign_in, signed_in, visible

pytestmark = pytest.mark.django_db

WRONG = "a wrong password"
LOCKED = "Too many failed login attempts."


@pytest.fixture(autouse=True)
def no_limits(db: None, settings: Settings) -> None:
    """Forget what earlier tests tried; nobody has to confirm an address."""
    cache.clear()
    settings.ACCOUNT_EMAIL_VERIFICATION = "optional"


def from_address(ip: str) -> Client:
    return Client(REMOTE_ADDR=ip)


def lock(email: str) -> None:
    """Try wrong passwords as a stranger until the address is refused."""
    stranger = from_address("203.0.113.9")
    answers = [sign_in(stranger, email, WRONG).text for _ in range(6)]
    assert LOCKED not in answers[4]
    assert LOCKED in answers[5]


def test_a_stranger_does_not_lock_an_owner_out_of_a_device_that_they_use(client: Client) -> None:
    user = UserFactory.create()
    sign_in(client, user.email, PASSWORD)
    client.post("/accounts/logout/")
    assert not signed_in(client)
    lock(user.email)
    sign_in(client, user.email.upper(), PASSWORD)
    assert signed_in(client)


def test_another_name_for_the_site_gives_no_more_attempts() -> None:
    user = UserFactory.create()
    names = ["testserver", "localhost", "testserver:1", "testserver:2", "127.0.0.1", "localhost:3"]
    answers = [sign_in(Client(HTTP_HOST=name), user.email, WRONG).text for name in names]
    assert [LOCKED in answer for answer in answers] == [False] * 5 + [True]


def test_a_new_password_ends_the_wait_on_any_other_device(client: Client) -> None:
    user = UserFactory.create()
    lock(user.email)
    assert LOCKED in sign_in(client, user.email, PASSWORD).text
    client.post("/accounts/password/reset/", {"email": user.email})
    page = client.get(mailed_path(), follow=True)
    fields = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    client.post(page.redirect_chain[-1][0], fields)
    sign_in(client, user.email, NEW_PASSWORD)
    assert signed_in(client)


def test_a_device_has_no_endless_attempts_either(client: Client) -> None:
    user = UserFactory.create()
    sign_in(client, user.email, PASSWORD)
    client.post("/accounts/logout/")
    for _ in range(6):
        answer = sign_in(client, user.email, WRONG)
    assert LOCKED in answer.text


def test_a_device_of_one_account_counts_nothing_for_another(client: Client) -> None:
    own, other = UserFactory.create_batch(2)
    sign_in(client, own.email, PASSWORD)
    client.post("/accounts/logout/")
    lock(other.email)
    assert LOCKED in sign_in(client, other.email, WRONG).text


def test_a_made_up_device_cookie_is_none(client: Client) -> None:
    user = UserFactory.create()
    lock(user.email)
    client.cookies[COOKIE] = "eyJhIjoiYiJ9:1tAAAA:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    assert LOCKED in sign_in(client, user.email, PASSWORD).text


def test_the_device_cookie_is_no_script_s(client: Client, settings: Settings) -> None:
    settings.SESSION_COOKIE_SECURE = True
    user = UserFactory.create()
    answer = client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    cookie = answer.cookies[COOKIE]
    assert cookie["httponly"]
    assert cookie["secure"]
    assert cookie["samesite"] == "Lax"
    assert user.email not in cookie.value


@pytest.mark.parametrize("proxies", [0, 1])
def test_a_forged_header_widens_no_limit(settings: Settings, proxies: int) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    for number in range(11):
        forged = f"198.51.100.{number}"
        seen = [forged, *["192.0.2.1"] * proxies]  # what the proxy adds comes last
        client = Client(headers={"X-Forwarded-For": ", ".join(seen), "X-Real-IP": forged})
        answer = sign_in(client, f"somebody{number}@example.com", WRONG)
    assert LOCKED in answer.text


def test_behind_a_proxy_people_have_limits_of_their_own(settings: Settings) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for number in range(11):
        client = Client(headers={"X-Forwarded-For": f"198.51.100.{number}"})
        answer = sign_in(client, f"somebody{number}@example.com", WRONG)
    assert LOCKED not in answer.text


@pytest.mark.timeout(30)
def test_attempts_on_many_addresses_make_none_forgotten() -> None:
    user = UserFactory.create()
    lock(user.email)
    cache.set_many({f"filler:{number}": [time.time()] for number in range(400)}, 300)
    assert LOCKED in sign_in(from_address("192.0.2.7"), user.email, WRONG).text


class CountingHasher(MD5PasswordHasher):
    """Counts what it hashes."""

    hashed = 0

    def encode(self, password: str, salt: str) -> str:
        CountingHasher.hashed += 1
        return super().encode(password, salt)


PAGES: dict[str, Callable[[Client, str], Any]] = {
    "sign in": lambda client, email: client.post(
        "/accounts/login/", {"login": email, "password": WRONG}
    ),
    "reset": lambda client, email: client.post("/accounts/password/reset/", {"email": email}),
    "sign up": lambda client, email: client.post(
        "/accounts/signup/",
        {"email": email, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD},
    ),
}


@pytest.mark.parametrize("page", PAGES)
def test_a_known_and_an_unknown_address_are_answered_alike(page: str, settings: Settings) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    known = UserFactory.create()
    closed = UserFactory.create(is_active=False)
    seen = []
    for email in (known.email, closed.email, "unknown@example.com"):
        CountingHasher.hashed = 0
        answer = PAGES[page](Client(), email)
        headers = {name for name in answer.headers if name != "Content-Length"}
        body = visible(answer).replace(email, "…")
        location = answer.headers.get("Location")
        seen.append((answer.status_code, location, headers, body, set(answer.cookies)))
        if page == "sign in":
            assert CountingHasher.hashed == 1  # what takes the time
    assert seen[0] == seen[1] == seen[2]


def test_passwords_are_kept_as_argon2(settings: Settings) -> None:
    from project.settings import accounts

    settings.PASSWORD_HASHERS = accounts.PASSWORD_HASHERS
    user = UserFactory.create()
    assert identify_hasher(user.password).algorithm == "argon2"


def later(client: Client, monkeypatch: pytest.MonkeyPatch, hours: float) -> bool:
    """Return whether somebody is still signed in some hours from now."""
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + hours * 3600)
    client.get("/accounts/logout/")
    request = HttpRequest()
    request.session = client.session
    return get_user(request).is_authenticated


@pytest.mark.parametrize(("remember", "fine"), [(False, 11), (True, 13 * 24)])
def test_a_session_lasts_for_a_while(
    client: Client, monkeypatch: pytest.MonkeyPatch, remember: bool, fine: int
) -> None:
    user = UserFactory.create()
    fields = {"login": user.email, "password": PASSWORD} | ({"remember": "on"} if remember else {})
    answer = client.post("/accounts/login/", fields)
    assert bool(answer.cookies["sessionid"]["max-age"]) == remember
    assert later(client, monkeypatch, fine)


@pytest.mark.parametrize(("remember", "over"), [(False, 12.1), (True, 14 * 24 + 1)])
def test_a_session_ends(
    client: Client, monkeypatch: pytest.MonkeyPatch, remember: bool, over: float
) -> None:
    user = UserFactory.create()
    fields = {"login": user.email, "password": PASSWORD} | ({"remember": "on"} if remember else {})
    client.post("/accounts/login/", fields)
    assert not later(client, monkeypatch, over)


def test_a_session_that_is_used_ends_too(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    user = UserFactory.create()
    sign_in(client, user.email, PASSWORD)
    lasted = 0
    while lasted < 40 and later(client, monkeypatch, 10):
        lasted += 1
    assert 33 <= lasted <= 34  # 14 days, ten hours at a time


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("short", "at least 12 characters"),
        ("12345678901234", "entirely numeric"),
        ("password1234", "commonly used"),
        ("somebody@example", "too similar"),
    ],
)
def test_a_weak_password_is_refused(client: Client, password: str, sentence: str) -> None:
    fields = {"email": "somebody@example.com", "password1": password, "password2": password}
    assert sentence in client.post("/accounts/signup/", fields).text
    assert not User.objects.exists()


def test_a_long_sentence_is_a_password(client: Client) -> None:
    long = "a sentence of 128 characters " * 5
    fields = {"email": "somebody@example.com", "password1": long, "password2": long}
    client.post("/accounts/signup/", fields)
    assert User.objects.get().check_password(long)
