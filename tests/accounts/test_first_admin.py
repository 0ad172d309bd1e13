"""A new site gets one administrator, who can sign in, and never a second one."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AuditEntry, User
from project import environment
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

GOOD = "correct horse battery"


@pytest.fixture(autouse=True)
def admin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "ADMIN_EMAIL", "ada@example.com")
    monkeypatch.setattr(environment, "ADMIN_PASSWORD", GOOD)


def test_the_first_administrator_can_sign_in(client: Any) -> None:
    call_command("first_admin")

    user = User.objects.get()
    assert user.is_superuser
    assert AuditEntry.objects.get().event == "user.created"
    answer = client.post("/accounts/login/", {"login": "ada@example.com", "password": GOOD})
    assert answer.status_code == 302
    assert "confirm" not in answer["Location"]
    assert client.session["_auth_user_id"] == str(user.pk)


def test_there_is_never_a_second_one(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    call_command("first_admin")
    monkeypatch.setattr(environment, "ADMIN_EMAIL", "eve@example.com")
    call_command("first_admin")

    assert [user.email for user in User.objects.all()] == ["ada@example.com"]
    assert "There is an administrator already." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("email", "password"),
    [("ada@example.com", "short"), ("ada@example.com", ""), ("no address", GOOD)],
)
def test_what_will_not_do_is_refused(
    monkeypatch: pytest.MonkeyPatch, email: str, password: str
) -> None:
    monkeypatch.setattr(environment, "ADMIN_EMAIL", email)
    monkeypatch.setattr(environment, "ADMIN_PASSWORD", password)

    with pytest.raises(CommandError, match="ADMIN_PASSWORD"):
        call_command("first_admin")

    assert not User.objects.exists()


def test_nobody_is_made_an_administrator_who_is_somebody_already() -> None:
    UserFactory.create(email="Ada@example.com")

    with pytest.raises(CommandError, match="no administrator's"):
        call_command("first_admin")

    assert not User.objects.filter(is_superuser=True).exists()


def test_without_an_address_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "ADMIN_EMAIL", "")
    call_command("first_admin")

    assert not User.objects.exists()
