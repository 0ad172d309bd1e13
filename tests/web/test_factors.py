"""Second steps, confirming that it is you, sessions, and the admin behind the same door."""

import re
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from accounts.models import ApiToken, User
from tests.factories import PASSWORD, UserFactory
from tests.passkeys import passkey_create
from tests.web.test_accounts import sign_in, signed_in
from tests.web.test_tokens import WANTED, secret_on

pytestmark = pytest.mark.django_db

FACTORS = "/accounts/2fa/"


@pytest.fixture(autouse=True)
def no_limits(db: None, settings: Settings) -> None:
    """Forget what earlier tests tried; nobody has to confirm an address."""
    cache.clear()
    settings.ACCOUNT_EMAIL_VERIFICATION = "optional"


def code_for(secret: str, steps: int = 0) -> str:
    """Return what an authenticator app shows, some steps of 30 seconds from now."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps)))


def with_app(user: User) -> str:
    """Set an authenticator app up and return its secret."""
    secret = str(generate_totp_secret())
    TOTP.activate(user, secret)
    return secret


def send_code(client: Client, code: str) -> Any:
    return client.post(f"{FACTORS}authenticate/", {"code": code}, follow=True)


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop the clock in the middle of a step."""
    now = time.time() // 30 * 30 + 15
    monkeypatch.setattr(time, "time", lambda: now)


@pytest.mark.usefixtures("still")
def test_an_app_is_set_up_and_asked_for(client: Client) -> None:
    user = UserFactory.create()
    sign_in(client, user.email, PASSWORD)
    asked = client.get(f"{FACTORS}totp/activate/", follow=True)
    assert "Confirm that it is you" in asked.text
    page = client.post(asked.redirect_chain[-1][0], {"password": PASSWORD}, follow=True)
    found = re.search(r'id="secret" value="(\w+)"', page.text)
    assert found
    done = client.post(f"{FACTORS}totp/activate/", {"code": code_for(found[1])}, follow=True)
    codes = re.findall(r"<li>(\d{8})", done.text)
    assert len(codes) == 10

    client.post("/accounts/logout/")
    page = sign_in(client, user.email, PASSWORD)
    assert "Second step" in page.text
    assert not signed_in(client)
    assert "Incorrect code." in send_code(client, "000000").text
    send_code(client, codes[0])
    assert signed_in(client)
    client.post("/accounts/logout/")
    sign_in(client, user.email, PASSWORD)
    assert "Incorrect code." in send_code(client, codes[0]).text  # each works once


@pytest.mark.usefixtures("still")
@pytest.mark.parametrize(("steps", "good"), [(-1, False), (0, True), (1, False)])
def test_only_the_code_of_the_moment_counts(client: Client, steps: int, good: bool) -> None:
    user = UserFactory.create()
    secret = with_app(user)
    sign_in(client, user.email, PASSWORD)
    send_code(client, code_for(secret, steps))
    assert signed_in(client) == good


@pytest.mark.usefixtures("still")
def test_a_code_that_was_seen_is_used_up(client: Client) -> None:
    user = UserFactory.create()
    code = code_for(with_app(user))
    sign_in(client, user.email, PASSWORD)
    send_code(client, code)
    assert signed_in(client)
    other = Client()
    sign_in(other, user.email, PASSWORD)
    send_code(other, code)
    assert not signed_in(other)


def test_codes_cannot_be_guessed(client: Client) -> None:
    user = UserFactory.create()
    with_app(user)
    sign_in(client, user.email, PASSWORD)
    answers = [send_code(client, f"{number:06}").text for number in range(6)]
    assert "Too many failed login attempts." in answers[-1]


def test_a_stolen_database_has_no_secret() -> None:
    user = UserFactory.create()
    secret = with_app(user)
    codes = RecoveryCodes.activate(user)
    seed = codes.instance.data["seed"]
    stored = repr([one.data for one in Authenticator.objects.all()])
    assert secret not in stored
    assert not set(codes.get_unused_codes()) & set(re.findall(r"\d{8}", stored))
    with pytest.raises(ValueError, match="non-hexadecimal"):
        bytes.fromhex(seed)  # which it is before it is encrypted


def test_a_former_secret_key_still_reads_them(settings: Settings) -> None:
    user = UserFactory.create()
    secret = with_app(user)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another"
    instance = Authenticator.objects.get()
    assert TOTP(instance).validate_code(code_for(secret))


PATHS = [
    f"{FACTORS}totp/activate/",
    f"{FACTORS}totp/deactivate/",
    f"{FACTORS}webauthn/add/",
    f"{FACTORS}recovery-codes/",
]


@pytest.mark.parametrize("path", PATHS)
def test_what_matters_wants_a_fresh_password(client: Client, user: User, path: str) -> None:
    if "totp/activate" not in path:
        with_app(user)
        RecoveryCodes.activate(user)
    client.force_login(user)
    answer = client.get(path, follow=True)
    assert "Confirm that it is you" in answer.text or not re.search(r"\d{8}", answer.text)


def test_a_token_wants_a_fresh_password_and_is_then_made(client: Client, user: User) -> None:
    client.force_login(user)
    page = client.post("/accounts/tokens/", WANTED, follow=True)
    assert "Confirm that it is you" in page.text
    assert not ApiToken.objects.exists()
    made = client.post(page.redirect_chain[-1][0], {"password": PASSWORD}, follow=True)
    assert secret_on(made.text)
    assert ApiToken.objects.get().name == WANTED["name"]


def test_a_new_address_wants_a_fresh_password(client: Client, user: User) -> None:
    client.force_login(user)
    change = {"email": "other@example.com", "action_add": ""}
    assert "Confirm that it is you" in client.post("/accounts/email/", change, follow=True).text


@pytest.mark.parametrize("path", ["/admin/", "/console/"])
@pytest.mark.parametrize("required", [False, True])
def test_staff_must_have_a_second_step_where_configured(
    client: Client, settings: Settings, required: bool, path: str
) -> None:
    settings.STAFF_SECOND_FACTOR = required
    staff = UserFactory.create(is_staff=True, is_superuser=True)
    client.force_login(staff)
    page = client.get(path, follow=True)
    assert ("Set up a second step first" in page.text) == required
    assert client.get("/").status_code == 200
    passkey_create(staff)
    assert client.get(path).status_code == 200


def test_the_admin_has_the_site_s_sign_in(client: Client) -> None:
    staff = UserFactory.create(is_staff=True)
    with_app(staff)
    page = client.get("/admin/", follow=True)
    assert page.redirect_chain[-1][0].startswith("/accounts/login/?next=")
    login = {"username": staff.email, "login": staff.email, "password": PASSWORD}
    answer = client.post("/admin/login/", login)
    assert answer["Location"].startswith("/accounts/login/")
    assert "Second step" in client.post(page.redirect_chain[-1][0], login, follow=True).text
    assert not signed_in(client)


def test_sessions_are_listed_and_ended(client: Client) -> None:
    user = UserFactory.create()
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    other = Client(headers={"User-Agent": firefox})
    for browser in (client, other):
        sign_in(browser, user.email, PASSWORD)
    page = client.get("/accounts/sessions/")
    assert "Firefox on Linux" in page.text
    assert page.text.count("this device") == 1
    session = UserSession.objects.get(session_key=other.session.session_key)
    client.post(f"/accounts/sessions/{session.pk}/end")
    assert other.get("/jobs/").status_code == 302
    assert client.get("/jobs/").status_code == 200


def test_all_other_sessions_are_ended_at_once(client: Client) -> None:
    user = UserFactory.create()
    others = [Client() for _ in range(2)]
    for browser in (client, *others):
        sign_in(browser, user.email, PASSWORD)
    page = client.post("/accounts/sessions/", follow=True)
    assert "All other devices are signed out." in page.text
    assert [other.get("/jobs/").status_code for other in others] == [302, 302]
    assert client.get("/jobs/").status_code == 200


def test_the_profile_is_kept(web: Client, user: User) -> None:
    wanted = {"name": "Ana Martínez", "language": "es", "theme": "dark"}
    page = web.post("/accounts/profile/", wanted, follow=True)
    assert '<html lang="es"' in page.text
    assert 'data-theme="dark"' in page.text
    user.refresh_from_db()
    assert (user.name, user.language, user.theme) == ("Ana Martínez", "es", "dark")
    page = web.post("/accounts/profile/", {"name": "", "language": "", "theme": ""}, follow=True)
    assert '<html lang="en"' in page.text
    assert "data-theme" not in page.text


def test_a_profile_takes_no_other_language(web: Client, user: User) -> None:
    answer = web.post("/accounts/profile/", {"name": "", "language": "xx", "theme": ""})
    assert answer.status_code == 422
