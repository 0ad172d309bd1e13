"""What the doctor finds where hosts do not fit together."""

from datetime import timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from project.doctor_hosts import clock, link_to_database, secret_key, sentinels

pytestmark = pytest.mark.django_db

only_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite has no host of its own"
)


def begin_session() -> None:
    store = SessionStore()
    store["who"] = "somebody"
    store.create()


def test_sessions_of_a_host_with_another_key_are_noticed(settings: Settings) -> None:
    begin_session()
    assert list(secret_key()) == []

    settings.SECRET_KEY = "of-another-host"
    begin_session()
    begin_session()

    (finding,) = secret_key()
    assert not finding.well
    assert finding.text.startswith("1 of the 3 newest sessions were signed with another SECRET_KEY")


def test_a_site_with_one_redis_has_no_sentinels() -> None:
    assert list(sentinels()) == []


@only_postgresql
def test_a_clock_that_goes_wrong_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    (right,) = clock()
    assert right.well

    really = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: really() - timedelta(minutes=1))
    (wrong,) = clock()

    assert not wrong.well
    assert wrong.text.startswith("is 60 s behind the database's")


@only_postgresql
def test_it_is_said_whether_the_link_is_encrypted() -> None:
    (finding,) = link_to_database()
    assert finding.well
    assert "encrypted" in finding.text
