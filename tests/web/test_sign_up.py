"""Who may sign up, in each mode; invitations, approval and terms."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import AuditEntry, Invitation, User
from tests.factories import PASSWORD, UserFactory
from tests.web.test_accounts import NEW_PASSWORD, mailed_path, sign_in, sign_up, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_limits(db: None) -> None:
    """Forget what earlier tests tried."""
    cache.clear()


@pytest.fixture
def staff(db: None) -> Client:
    client = Client()
    client.force_login(UserFactory.create(is_staff=True, is_superuser=True))
    return client


def invite(staff: Client, email: str = "guest@example.com") -> str:
    """Invite somebody in the admin and return the path of the link that was sent."""
    staff.post("/admin/accounts/invitation/add/", {"email": email})
    assert mail.outbox[-1].to == [email]
    return mailed_path()


def act(staff: Client, action: str, user: User) -> Any:
    fields = {"action": action, "_selected_action": [user.pk]}
    return staff.post("/admin/accounts/user/", fields, follow=True)


@pytest.mark.parametrize("mode", ["invitation", "domain", "approval"])
def test_who_is_invited_may_sign_up_at_once(
    client: Client, staff: Client, settings: Settings, mode: str
) -> None:
    settings.SIGN_UP, settings.SIGN_UP_DOMAINS = mode, ["example.org"]
    page = client.get(invite(staff), follow=True)
    assert 'value="guest@example.com"' in page.text
    sign_up(client, "guest@example.com")
    assert signed_in(client)  # the address is confirmed by the link
    assert AuditEntry.objects.filter(event="invitation.made").exists()


def test_without_an_invitation_one_is_told_so(client: Client, settings: Settings) -> None:
    settings.SIGN_UP = "invitation"
    page = client.get("/accounts/signup/")
    assert page.status_code == 403
    assert "New accounts are by invitation" in page.text
    assert sign_up(client, "somebody@example.com").status_code == 403
    assert not User.objects.exists()


def test_an_invitation_is_for_one_address(
    client: Client, staff: Client, settings: Settings
) -> None:
    settings.SIGN_UP = "invitation"
    client.get(invite(staff))
    page = sign_up(client, "somebody@example.com")
    assert "The invitation is for guest@example.com." in page.text
    assert not User.objects.filter(email="somebody@example.com").exists()


def test_an_invitation_works_once(client: Client, staff: Client, settings: Settings) -> None:
    settings.SIGN_UP = "invitation"
    link = invite(staff)
    client.get(link)
    sign_up(client, "guest@example.com")
    page = Client().get(link)
    assert page.status_code == 410
    assert "This invitation opens nothing any more" in page.text


def test_an_invitation_runs_out_and_is_sent_again(
    client: Client, staff: Client, settings: Settings
) -> None:
    settings.SIGN_UP = "invitation"
    link = invite(staff)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get(link).status_code == 410
    row = Invitation.objects.get()
    fields = {"action": "send_again", "_selected_action": [row.pk]}
    assert (
        "Sent 1 invitation." in staff.post("/admin/accounts/invitation/", fields, follow=True).text
    )
    assert client.get(mailed_path()).status_code == 302


def test_an_invitation_taken_back_lets_nobody_in(
    client: Client, staff: Client, settings: Settings
) -> None:
    settings.SIGN_UP = "invitation"
    client.get(invite(staff))
    Invitation.objects.all().delete()
    assert sign_up(client, "guest@example.com").status_code == 403


@pytest.mark.parametrize("forged", ["x", "IjEi:1tAAAA:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"])
def test_a_made_up_invitation_is_none(client: Client, forged: str) -> None:
    assert client.get(f"/accounts/invitation/{forged}/").status_code == 410


def test_who_has_an_account_is_not_invited(staff: Client) -> None:
    user = UserFactory.create()
    page = staff.post("/admin/accounts/invitation/add/", {"email": user.email.upper()})
    assert "There is already an account with this address." in page.text
    assert not mail.outbox


@pytest.mark.parametrize(
    ("email", "may"),
    [
        ("a@example.org", True),
        ("a@EXAMPLE.ORG", True),
        ("a@sub.example.org", False),
        ("a@notexample.org", False),
        ("example.org@example.com", False),
    ],
)
def test_only_addresses_of_some_domains(
    client: Client, settings: Settings, email: str, may: bool
) -> None:
    settings.SIGN_UP, settings.SIGN_UP_DOMAINS = "domain", ["example.org"]
    assert "example.org" in client.get("/accounts/signup/").text
    page = sign_up(client, email)
    assert ("Only addresses of these domains" in page.text) != may
    assert User.objects.exists() == may


def test_a_new_account_waits_for_approval(
    client: Client, staff: Client, settings: Settings
) -> None:
    settings.SIGN_UP = "approval"
    client.cookies["django_language"] = "es"
    sign_up(client, "nueva@example.com")
    client.post(mailed_path())
    password = "an even longer horse"
    page = sign_in(client, "nueva@example.com", password)
    assert "Tu cuenta espera la aprobación" in page.text
    assert not signed_in(client)
    user = User.objects.get(email="nueva@example.com")
    assert "Done for 1 account." in act(staff, "approve", user).text
    assert "Ya puedes iniciar sesión" in mail.outbox[-1].subject
    sign_in(client, user.email, password)
    assert signed_in(client)
    assert AuditEntry.objects.filter(event="user.approved", user_id=user.pk).exists()
    assert "Done for 0 accounts." in act(staff, "approve", user).text


def test_who_is_rejected_cannot_sign_in(client: Client, staff: Client, settings: Settings) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "optional"
    user = UserFactory.create(awaits_approval=True)
    act(staff, "reject", user)
    assert "This account is closed" in sign_in(client, user.email, PASSWORD).text
    assert not signed_in(client)


def test_approval_is_for_those_who_sign_up_from_now_on(client: Client, settings: Settings) -> None:
    settings.SIGN_UP, settings.ACCOUNT_EMAIL_VERIFICATION = "approval", "optional"
    user = UserFactory.create()
    sign_in(client, user.email, PASSWORD)
    assert signed_in(client)


def test_a_closed_site_takes_nobody(client: Client, staff: Client, settings: Settings) -> None:
    settings.SIGN_UP = "closed"
    client.get(invite(staff))
    assert "New accounts are closed" in client.get("/accounts/signup/").text
    sign_up(client, "guest@example.com")
    assert not User.objects.filter(email="guest@example.com").exists()
    assert "Create an account" not in client.get("/accounts/login/").text


def test_terms_are_accepted_where_there_are_any(client: Client, settings: Settings) -> None:
    settings.TERMS_URL = "https://example.com/terms"
    assert settings.TERMS_URL in client.get("/accounts/signup/").text
    fields = {"email": "a@example.com", "password1": PASSWORD, "password2": PASSWORD}
    assert "This field is required." in client.post("/accounts/signup/", fields).text
    assert not User.objects.exists()
    client.post("/accounts/signup/", fields | {"terms": "on"})
    accepted = User.objects.get().terms_accepted_at
    assert accepted is not None
    assert abs(timezone.now() - accepted) < timedelta(minutes=5)


def test_nobody_makes_themselves_more_than_they_are(client: Client, settings: Settings) -> None:
    settings.SIGN_UP = "approval"
    fields = {"email": "a@example.com", "password1": PASSWORD, "password2": PASSWORD}
    client.post("/accounts/signup/", fields | {"awaits_approval": "", "is_staff": "on"})
    user = User.objects.get()
    assert (user.awaits_approval, user.is_staff) == (True, False)


def test_the_database_has_no_link(staff: Client) -> None:
    token = re.findall(r"[^/]+", invite(staff))[-1]
    stored = repr(list(Invitation.objects.values())) + repr(list(AuditEntry.objects.values()))
    assert token not in stored


# --- Without a mail server ------------------------------------------------------


@pytest.fixture
def no_mail(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "tests.web.test_notices.BrokenBackend"


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_message_that_cannot_be_sent_is_not_our_mistake(no_mail: None, language: str) -> None:
    client = Client(raise_request_exception=False, headers={"Accept-Language": language})
    sentence = {"en": "Our mail server does not answer", "es": "servidor de correo no responde"}
    UserFactory.create(email="known@example.com")

    answers = [
        sign_up(client, "new@example.com"),
        sign_up(client, "known@example.com"),
        client.post("/accounts/password/reset/", {"email": "known@example.com"}),
        client.post("/accounts/password/reset/", {"email": "nobody@example.com"}),
    ]

    for answer in answers:
        assert (answer.status_code, answer["Retry-After"]) == (503, "60")
        assert sentence[language] in answer.text
    assert len({answer.text for answer in answers}) == 1  # nobody learns who has an account


def test_whoever_signed_up_then_gets_the_message_at_the_next_sign_in(
    no_mail: None, settings: Settings
) -> None:
    client = Client(raise_request_exception=False)
    sign_up(client, "new@example.com")
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    cache.clear()  # some minutes later

    sign_in(client, "new@example.com", NEW_PASSWORD)
    client.post(mailed_path(), follow=True)
    sign_in(client, "new@example.com", NEW_PASSWORD)

    assert signed_in(client)
