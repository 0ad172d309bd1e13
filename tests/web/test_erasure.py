"""Exports and the deletion of an account, as people and those who attack them meet them."""

import re
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.exporting import export_make_next, exports_expire, exports_of
from accounts.models import AuditEntry, User
from accounts.tokens import token_create
from tests.conftest import Broker, picture
from tests.factories import PASSWORD, JobFactory, UserFactory, export_stored
from tests.web.conftest import confirm, upload
from worker.attempts import job_finish
from worker.models import Job, Status
from worker.predictors import Result

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(20)]

PAGE = "/accounts/data/"
NEW = "/accounts/data/exports/new"
DELETE = "/accounts/delete/"


@pytest.fixture(autouse=True)
def address(user: User) -> None:
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)


def events() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("event", flat=True))


def undo_url() -> str:
    found = re.search(r"http://testserver(/accounts/delete/undo/\S+)", str(mail.outbox[-1].body))
    assert found is not None
    return found[1]


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def unsure(user: User) -> Client:
    """A browser in which somebody is signed in, but has not confirmed lately that it is them."""
    client = Client()
    client.force_login(user)
    return client


def test_an_export_is_asked_for_made_and_taken(web: Client, user: User) -> None:
    page = web.post(NEW, follow=True).text
    assert "being put together" in page
    assert 'hx-get="/accounts/data/exports"' in page
    assert "waits for its turn" in web.get("/accounts/data/exports").text
    assert export_make_next()
    part = web.get("/accounts/data/exports").text
    assert "hx-get" not in part
    export = exports_of(user).get()
    answer = web.get(f"/accounts/data/exports/{export.id}/zip")
    assert answer["Content-Type"] == "application/zip"
    assert answer["Cache-Control"] == "private, no-store"
    assert 'attachment; filename="vitrina-' in answer["Content-Disposition"]
    assert answer.getvalue().startswith(b"PK")
    assert "/accounts/data/" in str(mail.outbox[-1].body)
    assert [event for event in events() if event.startswith("export")] == [
        "export.asked",
        "export.taken",
    ]


def test_there_is_one_at_a_time_and_few_a_day(web: Client, user: User, settings: Settings) -> None:
    assert "put together" in web.post(NEW, follow=True).text
    assert "there were enough" in web.post(NEW, follow=True).text
    assert exports_of(user).count() == 1
    settings.EXPORTS_PER_DAY = 2
    for _ in range(2):
        export_make_next()
        web.post(NEW)
    assert exports_of(user).count() == 2


def test_it_is_deleted_early_or_in_time(web: Client, user: User) -> None:
    early, late = export_stored(user), export_stored(user)
    web.post(f"/accounts/data/exports/{early.id}/delete")
    assert not default_storage.exists(early.path)
    assert exports_expire() == 0
    exports_of(user).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert exports_expire() == 1
    assert not default_storage.exists(late.path)
    assert web.get(f"/accounts/data/exports/{late.id}/zip").status_code == 404


def test_one_that_is_deleted_while_it_is_made_comes_to_nothing(
    web: Client, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    web.post(NEW)
    export = exports_of(user).get()
    save = default_storage.save

    def saved(name: str, content: Any) -> str:
        done = save(name, content)
        exports_of(user).delete()
        return done

    monkeypatch.setattr(default_storage, "save", saved)
    mail.outbox.clear()
    assert export_make_next()
    assert not default_storage.exists(export.path)
    assert not mail.outbox


def test_one_whose_maker_dies_is_made_again_three_times_at_most(web: Client, user: User) -> None:
    web.post(NEW)
    past = timezone.now() - timedelta(seconds=1)
    exports_of(user).update(attempts=1, lease_expires_at=timezone.now() + timedelta(minutes=1))
    assert not export_make_next()  # somebody is at it
    exports_of(user).update(lease_expires_at=past)
    assert export_make_next()
    assert exports_of(user).get().is_ready
    web.post(NEW)
    exports_of(user).filter(finished_at=None).update(attempts=3, lease_expires_at=past)
    assert export_make_next()
    assert exports_of(user)[0].failed
    assert "did not work" in web.get(PAGE).text


def test_it_is_for_its_owner_alone(web: Client, user: User) -> None:
    url = f"/accounts/data/exports/{export_stored(user).id}/zip"
    assert Client().get(url)["Location"].startswith("/accounts/login/")
    other = UserFactory.create(is_staff=True, is_superuser=True)
    theirs = Client()
    theirs.force_login(other)
    confirm(theirs, other)
    assert theirs.get(url).status_code == 404
    _, secret = token_create(user=user, name="x")
    answer = Client().get(url, headers={"Authorization": f"Bearer {secret}"})
    assert answer["Location"].startswith("/accounts/login/")
    behind = unsure(other)
    act = {"action": "sign_in_as", "_selected_action": [str(user.pk)]}
    behind.post("/admin/accounts/user/", act)
    confirm(behind, user)
    assert behind.get("/jobs/").status_code == 200
    assert behind.get(url).status_code == 403
    assert behind.post(NEW).status_code == 403
    assert behind.post(DELETE, {"email": user.email}).status_code == 403


@pytest.mark.parametrize("method", ["get", "post"])
def test_without_a_recent_sign_in_nothing_is_taken_or_deleted(user: User, method: str) -> None:
    url = f"/accounts/data/exports/{export_stored(user).id}/zip"
    there = unsure(user)
    for page in (url, DELETE) if method == "get" else (NEW, DELETE):
        answer = getattr(there, method)(page, {"email": user.email})
        assert answer.status_code == 302
        assert answer["Location"].startswith("/accounts/reauthenticate/")
    user.refresh_from_db()
    assert user.is_active
    assert user.erase_at is None
    assert exports_of(user).count() == 1


def test_an_account_is_closed_at_once_and_its_owner_told(
    web: Client, user: User, broker: Broker
) -> None:
    elsewhere = unsure(user)
    _, secret = token_create(user=user, name="x")
    bearer = {"Authorization": f"Bearer {secret}"}
    jobs = [
        JobFactory.create(user=user),
        JobFactory.create(
            user=user, status=Status.RUNNING, lease_expires_at=timezone.now(), attempts=1
        ),
    ]
    page = web.get(DELETE).text
    assert "After 14 days, for good" in page
    assert web.post(DELETE, {"email": "somebody@example.com"}).status_code == 422
    assert web.get("/jobs/").status_code == 200

    done = web.post(DELETE, {"email": f" {user.email.upper()} "}, follow=True)

    assert "Your account is closed" in done.text
    user.refresh_from_db()
    assert user.erase_at is not None
    assert abs(user.erase_at - timezone.now() - timedelta(days=14)) < timedelta(minutes=1)
    for client in (web, elsewhere):
        assert client.get("/jobs/").status_code == 302
        assert client.get("/api/v1/me").status_code in {401, 403}
        handed_in = client.post("/api/v1/services/null/jobs", {"image": upload()})
        assert handed_in.status_code in {401, 403}
    assert Client().get("/api/v1/me", headers=bearer).status_code == 401
    again = Client().post("/api/v1/services/null/jobs", {"image": upload()}, headers=bearer)
    assert again.status_code == 401
    for job in jobs:
        job.refresh_from_db()
        assert job.status == Status.CANCELED
    assert mail.outbox[-1].to == [user.email]
    login = Client()
    login.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    assert "_auth_user_id" not in login.session
    assert "erasure.asked" in events()


def test_a_second_wish_changes_nothing(web: Client, user: User) -> None:
    other = unsure(user)
    confirm(other, user)
    web.post(DELETE, {"email": user.email})
    user.refresh_from_db()
    first = user.erase_at
    assert other.post(DELETE, {"email": user.email})["Location"].startswith("/accounts/login/")
    admin = unsure(UserFactory.create(is_staff=True, is_superuser=True))
    act = {"action": "erase", "_selected_action": [str(user.pk)]}
    assert "Done for 0 accounts" in admin.post("/admin/accounts/user/", act, follow=True).text
    user.refresh_from_db()
    assert user.erase_at == first
    assert events().count("erasure.asked") == 1


def test_the_link_brings_it_back_once(web: Client, user: User) -> None:
    _, secret = token_create(user=user, name="x")
    web.post(DELETE, {"email": user.email})
    link = undo_url()
    visitor = Client()
    assert "Keep the account?" in visitor.get(link).text
    assert not fresh(user).is_active  # looking is not enough
    assert "Your account is kept" in visitor.post(link, follow=True).text
    assert fresh(user).is_active
    assert fresh(user).erase_at is None
    bearer = {"Authorization": f"Bearer {secret}"}
    assert Client().get("/api/v1/me", headers=bearer).status_code == 200
    assert visitor.get(link).status_code == visitor.post(link).status_code == 410
    confirm(web, user)
    web.force_login(user)
    confirm(web, user)
    web.post(DELETE, {"email": user.email})
    assert visitor.post(link).status_code == 410  # the first wish is over
    assert not fresh(user).is_active


def test_a_link_opens_nothing_once_it_is_too_late_or_forged(web: Client, user: User) -> None:
    web.post(DELETE, {"email": user.email})
    link = undo_url()
    assert Client().post(f"{link[:-2]}x/").status_code == 410
    User.objects.filter(pk=user.pk).update(erase_at=timezone.now() - timedelta(seconds=1))
    assert Client().post(link).status_code == 410
    user.refresh_from_db()
    assert not user.is_active


def test_an_administrator_closes_and_enables(user: User) -> None:
    superuser = UserFactory.create(is_staff=True, is_superuser=True)
    admin = unsure(superuser)

    def act(action: str, one: User) -> Any:
        wish = {"action": action, "_selected_action": [str(one.pk)]}
        return admin.post("/admin/accounts/user/", wish, follow=True)

    assert "Done for 1 account" in act("erase", user).text
    assert fresh(user).erase_at is not None
    assert not fresh(user).is_active
    assert "undo" not in str(mail.outbox[-1].body)
    assert "administrator" in str(mail.outbox[-1].body)
    assert "Done for 1 account" in act("enable", user).text
    assert fresh(user).is_active
    assert fresh(user).erase_at is None
    assert "Done for 0 accounts" in act("erase", superuser).text
    assert fresh(superuser).is_active


def test_the_last_administrator_can_not_go(user: User, web: Client) -> None:
    User.objects.filter(pk=user.pk).update(is_superuser=True)
    answer = web.post(DELETE, {"email": user.email})
    assert answer.status_code == 422
    assert "only administrator" in answer.text
    user.refresh_from_db()
    assert user.is_active


def test_what_a_worker_still_stores_of_a_closed_account_is_dropped(
    web: Client, user: User, broker: Broker
) -> None:
    job = JobFactory.create(user=user, picture=picture())
    claimed = Job.objects.get(id=job.id)
    Job.objects.filter(id=job.id).update(
        status=Status.RUNNING, lease_expires_at=timezone.now(), attempts=1
    )
    claimed.attempts = 1
    web.post(DELETE, {"email": user.email})

    assert not job_finish(job=claimed, result=Result(output={}, display=picture()))
    job.refresh_from_db()
    assert (job.status, job.display.name) == (Status.CANCELED, "")
