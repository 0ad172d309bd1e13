"""An export is complete; after an erasure nothing names the person: no row, file or log line."""

import io
import json
import logging
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.erasure import erasures_carry_out
from accounts.exporting import export_make_next, exports_of
from accounts.models import AuditEntry, User
from tests.accounts import life
from tests.accounts.dump import database_dump
from tests.factories import PASSWORD, JobFactory, UserFactory
from worker.chores import chores
from worker.models import Job, Usage
from worker.quotas import usage_add

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(60)]


@pytest.fixture(params=["files", "memory"], autouse=True)
def storage(request: pytest.FixtureRequest, settings: Any, tmp_path: Path) -> None:
    """A storage with folders, and one that knows names only, as a bucket does."""
    backends = {
        "files": {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path / "media"}},
        "memory": {"BACKEND": "tests.storages.Bucket"},
    }
    settings.DATA_DIR = tmp_path
    settings.STORAGES = settings.STORAGES | {"default": backends[request.param]}
    cache.clear()


@pytest.fixture
def person(caplog: pytest.LogCaptureFixture) -> User:
    caplog.set_level(logging.INFO)
    return life.lived()


def stored(path: str = "") -> dict[str, bytes]:
    """Return every stored file by its path; folders with nothing in them as well."""
    try:
        folders, names = default_storage.listdir(path)
    except FileNotFoundError:
        return {}
    found: dict[str, bytes] = {} if folders or names or not path else {path: b""}
    for name in names:
        with default_storage.open(f"{path}/{name}".lstrip("/")) as file:
            found[f"{path}/{name}"] = file.read()
    for folder in folders:
        found |= stored(f"{path}/{folder}".lstrip("/"))
    return found


def traces(marks: list[str], caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return where one of some texts still is."""
    places = {
        "database": database_dump(),
        "storage": repr(stored()),
        "log": "\n".join(record.getMessage() + str(record.exc_text) for record in caplog.records),
    }
    return [
        f"{mark} in {name}"
        for name, text in places.items()
        for mark in marks
        if mark in text.lower()
    ]


def ids_of(user: User) -> list[str]:
    """Return the ids of everything that somebody has, but for the account's own number."""
    jobs = Job.objects.filter(user=user)
    ids = [
        *jobs.values_list("id", flat=True),
        *user.batches.values_list("id", flat=True),
        *user.api_tokens.values_list("id", flat=True),
        *user.webhooks.values_list("id", flat=True),
        *user.data_exports.values_list("id", flat=True),
    ]
    assert len(ids) >= 7
    return [form for one in ids for form in (str(one), one.hex)]


def test_after_an_erasure_nothing_names_the_person(
    person: User, caplog: pytest.LogCaptureFixture
) -> None:
    other = UserFactory.create(email="neighbour@example.com")
    kept = JobFactory.create(user=other, finished="succeeded", picture=b"theirs")
    usage_add(job=kept, jobs=1, size=6)
    assert export_make_next()
    mail.outbox.clear()
    assert set(life.MARKS) <= {one.partition(" in ")[0] for one in traces(list(life.MARKS), caplog)}
    marks, number = [*life.MARKS, *ids_of(person)], person.pk

    due = timezone.now() - timedelta(seconds=1)
    User.objects.filter(pk=number).update(erase_at=due, is_active=False)
    rounds = 0
    while not chores().erased:
        rounds += 1
        assert rounds < 10

    in_logs = [one for one in traces(marks, caplog) if one.endswith("in log")]
    assert not [one for one in in_logs if one.partition(" ")[0] in life.MARKS]
    assert not [one for one in traces(marks, caplog) if not one.endswith("in log")]
    assert not User.objects.filter(pk=number).exists()
    # What stays: the neighbour's things, and entries that know a number.
    assert [content for content in stored().values() if content] == [b"theirs"]
    assert Usage.objects.filter(user=other).exists()
    about = AuditEntry.objects.filter(user=number)
    assert {"user.signed_in", "token.made", "export.asked", "erasure.done"} <= {
        entry.event for entry in about
    }
    assert {entry.address for entry in about} == {None}
    assert {entry.request_id for entry in about} == {""}
    assert about.get(event="token.made").target == "token"
    assert not mail.outbox


def test_an_erasure_goes_on_where_it_was_broken_off(person: User, settings: Any) -> None:
    settings.CHORE_LIMIT = 1
    User.objects.filter(pk=person.pk).update(
        erase_at=timezone.now() - timedelta(seconds=1), is_active=False
    )
    left = []
    while not erasures_carry_out():
        left.append(Job.objects.filter(user=person).count())
    assert left == [2, 1, 0]


def test_nobody_is_erased_before_their_time(person: User) -> None:
    later = timezone.now() + timedelta(minutes=5)
    User.objects.filter(pk=person.pk).update(erase_at=later, is_active=False)
    assert chores().erased == 0
    assert Job.objects.filter(user=person).count() == 3


def test_the_command_erases_at_once(
    person: User, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("builtins.input", lambda _: "another@example.com")
    with pytest.raises(CommandError, match="another address"):
        call_command("erase_user", life.EMAIL)
    assert User.objects.filter(pk=person.pk, is_active=True).exists()
    marks = [*life.MARKS, *ids_of(person)]
    monkeypatch.setattr("builtins.input", lambda _: life.EMAIL.upper())
    call_command("erase_user", life.EMAIL.title())
    assert not [one for one in traces(marks, caplog) if not one.endswith("in log")]
    with pytest.raises(CommandError, match="no account"):
        call_command("erase_user", life.EMAIL, no_input=True)
    last = UserFactory.create(is_superuser=True)
    with pytest.raises(CommandError, match="administer"):
        call_command("erase_user", last.email, no_input=True)


def exported(person: User) -> dict[str, bytes]:
    """Have what is held of somebody put together, and return the files of the archive."""
    assert export_make_next()
    assert not export_make_next()
    export = exports_of(person).get()
    assert export.is_ready
    assert export.done == export.total
    with default_storage.open(export.path) as file:
        content = file.read()
    assert export.size == len(content)
    archive = zipfile.ZipFile(io.BytesIO(content))
    assert archive.testzip() is None
    return {name: archive.read(name) for name in archive.namelist()}


def tables(files: dict[str, bytes]) -> dict[str, list[dict[str, Any]]]:
    return {name: json.loads(text) for name, text in files.items() if name.endswith(".json")}


def test_the_export_has_the_account_and_what_was_done_with_it(person: User) -> None:
    data = tables(exported(person))

    account = data["account.json"][0]
    assert (account["email"], account["name"], account["groups"]) == (
        life.EMAIL,
        life.NAME,
        ["Some group"],
    )
    assert account["retention_days"] == 300
    assert account["limits"]
    assert {row["email"] for row in data["email_addresses.json"]} == {life.EMAIL, life.OLD_EMAIL}
    assert {row["type"] for row in data["second_factors.json"]} == {
        "totp",
        "webauthn",
        "recovery_codes",
    }
    assert data["other_accounts.json"][0]["uid"] == "planted-uid"
    assert data["sessions.json"][0]["ip"] == life.ADDRESS
    assert data["sessions.json"][0]["user_agent"] == life.AGENT
    assert data["tokens.json"][0]["name"] == "Zenobia's script"
    assert data["allowance.json"][0]["jobs_per_day"] == 7
    assert {"user.signed_in", "export.asked"} <= {row["event"] for row in data["audit_log.json"]}


def test_the_export_has_all_jobs_with_their_pictures_and_nobody_elses(person: User) -> None:
    jobs = list(Job.objects.filter(user=person).order_by("id"))
    stranger = JobFactory.create(picture=b"not theirs", input_name="another.jpg")
    files = exported(person)
    data = tables(files)

    assert [row["id"] for row in data["jobs.json"]] == [str(job.id) for job in jobs]
    assert data["jobs.json"][0]["output"]["x"] == "planted"
    assert len(data["batches.json"]) == len(data["shared_links.json"]) == 1
    assert data["usage.json"][0]["jobs"] == 3
    assert data["webhooks.json"][0]["url"] == "https://findme.example/planted"
    assert data["webhook_deliveries.json"][0]["payload"] == {"file": life.FILE}
    assert data["idempotency_keys.json"][0]["key"] == "planted-key"
    assert data["feedback.json"][0]["correct"] is True
    assert b"espresso" in files["classifications.csv"]
    pictures = [row["picture"] for row in data["jobs.json"]]
    assert all(name in files for name in pictures)
    assert {files[name] for name in pictures} == {life.marked_picture()}
    assert len([name for name in files if name.startswith("pictures/")]) == 3
    assert str(stranger.id) not in repr(files)


def test_the_export_has_no_secret(person: User) -> None:
    files = repr(exported(person))

    secrets = [
        person.password.rpartition("$")[2],
        person.api_tokens.get().digest,
        "planted-token",
        *Authenticator.objects.filter(user=person).values_list("data__secret", flat=True),
    ]
    assert not [secret for secret in secrets if secret and secret in files]


def test_its_owner_is_told_in_their_language(person: User) -> None:
    User.objects.filter(pk=person.pk).update(language="es")
    mail.outbox.clear()
    export_make_next()
    (message,) = mail.outbox
    assert message.to == [life.EMAIL]
    assert "Tus datos" in message.subject
    assert "https://site.example/accounts/data/" in str(message.body)
    assert "Hola" in str(message.body)


def test_a_disabled_person_can_not_sign_in_again(person: User) -> None:
    User.objects.filter(pk=person.pk).update(is_active=False)
    client = life.browser()
    life.sign_in(client, PASSWORD)
    assert "_auth_user_id" not in client.session
