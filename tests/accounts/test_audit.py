"""The audit log: who did what, on whom, from where; never a secret; nothing is taken back."""

import csv
import io
import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts import audit
from accounts.models import AuditEntry, User
from accounts.tokens import token_create, token_revoke
from classify.models import Model
from classify.registry import model_make_default, model_switch
from tests.factories import PASSWORD, JobFactory, UserFactory
from worker import operating
from worker.models import Job, ServiceState
from worker.webhooks import webhook_create, webhook_delete, webhook_secret

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_limits(db: None) -> None:
    cache.clear()


@pytest.fixture
def user() -> User:
    user = UserFactory.create()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@pytest.fixture
def admin(client: Client) -> Client:
    """A browser in which an administrator is signed in."""
    client.force_login(UserFactory.create(is_staff=True, is_superuser=True))
    return client


def events() -> list[str]:
    return list(AuditEntry.objects.order_by("id").values_list("event", flat=True))


def last() -> AuditEntry:
    return AuditEntry.objects.all()[0]


def everything() -> str:
    return " ".join(str(row) for row in AuditEntry.objects.values_list())


def sign_in(client: Client, login: str, password: str) -> Any:
    fields = {"login": login, "password": password}
    return client.post("/accounts/login/", fields, headers={"X-Request-Id": "abc-1"})


def test_signing_in_and_out_is_noted_with_where_it_came_from(client: Client, user: User) -> None:
    sign_in(client, user.email, PASSWORD)
    entry = last()
    assert (entry.event, entry.actor, entry.user) == ("user.signed_in", user, user)
    assert (entry.address, entry.request_id) == ("127.0.0.1", "abc-1")
    client.post("/accounts/logout/")
    assert (last().event, last().user) == ("user.signed_out", user)


def test_a_failed_sign_in_is_noted_without_what_was_typed(client: Client, user: User) -> None:
    sign_in(client, user.email, "my-other-password")
    assert (last().event, last().actor, last().user) == ("user.sign_in_failed", None, user)
    sign_in(client, "my-password-typed-into@the-wrong.field", "x")
    assert (last().event, last().user) == ("user.sign_in_failed", None)
    assert events() == ["user.sign_in_failed"] * 2
    assert "my-" not in everything()


def test_a_new_account_and_changed_passwords_are_noted(client: Client, user: User) -> None:
    new = "an even longer horse"
    fields = {"email": "new@example.com", "password1": new, "password2": new}
    client.post("/accounts/signup/", fields)
    assert "user.signed_up" in events()

    client.force_login(user)
    fields = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    client.post("/accounts/password/change/", fields)
    assert "user.password_changed" in events()

    visitor = Client()
    visitor.post("/accounts/password/reset/", {"email": user.email})
    found = re.search(r"https?://testserver(/\S+)", str(mail.outbox[-1].body))
    assert found
    form = visitor.get(found[1], follow=True)
    visitor.post(form.redirect_chain[-1][0], {"password1": f"{new}s", "password2": f"{new}s"})
    assert (last().event, last().user) == ("user.password_reset", user)
    assert new not in everything()
    assert "new@example.com" not in everything()


def test_a_token_is_noted_by_its_id(user: User) -> None:
    token, secret = token_create(user=user, name="x", scopes=["jobs:read"])
    assert (last().event, last().user, last().target) == ("token.made", user, f"token:{token.id}")
    assert last().details == {"scopes": ["jobs:read"]}
    assert token_revoke(token=token)
    assert not token_revoke(token=token)
    assert events() == ["token.made", "token.revoked"]
    assert secret[4:] not in everything()


def test_a_webhook_is_noted_without_its_secret(user: User) -> None:
    webhook = webhook_create(user=user, url="https://example.com/?key=hush", events=["job.failed"])
    secret = webhook_secret(webhook)
    target = f"webhook:{webhook.id}"
    webhook_delete(webhook=webhook)
    assert events() == ["webhook.made", "webhook.deleted"]
    assert last().target == target
    assert secret not in everything()
    assert "hush" not in everything()


def test_the_token_of_a_program_is_noted_as_its_users(client: Client, user: User) -> None:
    _, secret = token_create(user=user, name="x")
    headers = {"Authorization": f"Bearer {secret}"}
    body = {"name": "second", "scopes": ["jobs:read"]}
    made = client.post("/api/v1/me/tokens", body, "application/json", headers=headers)
    assert made.status_code == 201
    assert (last().event, last().actor) == ("token.made", user)
    assert last().request_id == made["X-Request-Id"]


def test_what_operators_do_to_services_is_noted_once() -> None:
    assert operating.service_pause(service="null")
    assert not operating.service_pause(service="null")
    assert operating.service_drain(service="null")
    assert operating.service_resume(service="null")
    assert not operating.service_resume(service="null")
    assert events() == ["service.paused", "service.drained", "service.resumed"]
    assert last().target == "service:null"
    assert not ServiceState.objects.filter(paused=True).exists()
    with pytest.raises(KeyError):
        operating.service_pause(service="nothing")


def test_tried_again_jobs_are_noted_together() -> None:
    jobs = [JobFactory.create(finished="failed") for _ in range(2)]
    assert operating.jobs_retry(jobs=jobs) == 0  # they have no picture
    assert events() == []


def test_a_switched_model_is_noted() -> None:
    facts = {"version": "1", "sha256": "0" * 64, "engine": "litert", "input_size": 224}
    first = Model.objects.create(name="first", is_default=True, **facts)
    second = Model.objects.create(name="second", **facts)
    assert not model_switch(model=first, enabled=False)
    assert model_switch(model=second, enabled=False)
    model_make_default(model=second)
    assert events() == ["model.disabled", "model.made_default"]
    assert last().target == "model:second"
    second.refresh_from_db()
    assert second.enabled


def test_exported_jobs_are_noted(client: Client, user: User) -> None:
    job: Job = JobFactory.create(user=user, service="classify")
    client.force_login(user)
    client.post("/jobs/selected/", {"action": "csv", "job": [str(job.id)]})
    assert (last().event, last().actor, last().details) == ("jobs.exported", user, {"kind": "csv"})


def test_nothing_is_taken_back(user: User) -> None:
    entry = audit.audit_record("user.signed_in", user=user)
    with pytest.raises(TypeError):
        entry.save()
    with pytest.raises(TypeError):
        entry.delete()
    with pytest.raises(TypeError):
        AuditEntry.objects.update(event="user.signed_out")
    with pytest.raises(TypeError):
        AuditEntry.objects.filter(user=user).delete()
    with pytest.raises(KeyError):
        audit.audit_record("nobody.knows_it")


def test_entries_outlive_the_account_and_name_nobody(admin: Client, user: User) -> None:
    audit.audit_record("token.made", actor=user, user=user, target="token:1")
    number = user.pk
    user.delete()
    entry = AuditEntry.objects.select_related("actor").get(event="token.made")
    assert (entry.actor_id, entry.actor) == (number, None)
    assert "token:1" in admin.get(reverse("admin:accounts_auditentry_changelist")).text


def test_an_administrator_reads_filters_and_exports_it(admin: Client, user: User) -> None:
    entry = audit.audit_record("token.made", user=user, target="token:1", scopes=["=1+1"])
    audit.audit_record("token.revoked", user=user, target="token:2")
    url = reverse("admin:accounts_auditentry_changelist")
    page = admin.get(url, {"event": "token.made"}).text
    assert "token:1" in page
    assert "token:2" not in page
    change = reverse("admin:accounts_auditentry_change", args=[entry.pk])
    assert "token:1" in admin.get(change).text
    assert admin.post(change, {"target": "x"}).status_code == 403
    delete = reverse("admin:accounts_auditentry_delete", args=[entry.pk])
    assert admin.post(delete, {"post": "yes"}).status_code == 403

    action = {"action": "export", "_selected_action": [str(entry.pk)], "select_across": "1"}
    answer = admin.post(f"{url}?event=token.made", action)
    rows = list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
    assert rows[0] == list(audit.COLUMNS)
    assert [row[4] for row in rows[1:]] == ["token:1"]
    assert last().event == "audit.exported"
    assert last().actor is not None


def test_every_event_is_in_words_in_both_languages(admin: Client) -> None:
    admin.cookies["django_language"] = "es"
    page = admin.get(reverse("admin:accounts_auditentry_changelist")).text
    assert "no pudo iniciar sesión" in page
    assert "could not sign in" not in page
