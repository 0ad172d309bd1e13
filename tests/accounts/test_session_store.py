"""Sessions and accounts, which each request of somebody who has signed in reads."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.session_store import SessionStore
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return UserFactory.create()


@pytest.fixture
def signed_in(user: User) -> str:
    """Return the key of the session of somebody who has signed in."""
    client = Client()
    client.force_login(user)
    return str(client.session.session_key)


def request_with(key: str) -> HttpRequest:
    request = HttpRequest()
    request.session = SessionStore(key)
    return request


def test_one_read_each(user: User, signed_in: str, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(2):
        assert get_user(request_with(signed_in)) == user


def test_what_djangos_own_store_has_written_is_read_and_the_other_way_round() -> None:
    for writer, reader in ((db.SessionStore, SessionStore), (SessionStore, db.SessionStore)):
        written = writer()
        written["a"] = ["ñ", 1]
        written.save()

        assert reader(written.session_key)["a"] == ["ñ", 1]


@pytest.mark.parametrize("change", ["ended", "deleted", "tampered"])
def test_a_session_that_is_none_opens_nothing(signed_in: str, change: str) -> None:
    row = Session.objects.filter(pk=signed_in)
    if change == "ended":
        row.update(expire_date=timezone.now() - timedelta(seconds=1))
    elif change == "deleted":
        row.delete()
    else:
        row.update(session_data=f"x{row.get().session_data}")

    request = request_with(signed_in)

    assert not get_user(request).is_authenticated
    assert dict(request.session.items()) == {}
    if change != "tampered":
        request.session["a"] = 1
        request.session.save()
        assert request.session.session_key != signed_in  # no key that a stranger has chosen


@pytest.mark.parametrize("change", ["is_active", "deleted", "password"])
def test_an_account_that_may_not_be_used_is_nobody(user: User, signed_in: str, change: str) -> None:
    if change == "deleted":
        user.delete()
    elif change == "password":
        user.set_password("another one that is long")
        user.save()
    else:
        User.objects.filter(pk=user.pk).update(is_active=False)

    assert not get_user(request_with(signed_in)).is_authenticated
