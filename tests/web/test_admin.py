"""The admin: every page for an administrator, what it does, and that it shows no secret."""

import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuditEntry, Invitation, User
from accounts.tokens import token_create
from classify.models import Label, Model, Parent
from project.admin import ModelAdmin
from tests.conftest import Broker, picture
from tests.factories import PASSWORD, BatchFactory, JobFactory, UserFactory
from worker.models import Job, ServiceState, Status, Usage, Webhook, WorkerState
from worker.webhooks import webhook_create, webhook_secret

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(20)]  # several heavy pages a test

MOST_QUERIES = 25
REGISTERED = sorted(admin.site._registry, key=lambda model: model._meta.label)


def page(model: Any, name: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


def act(client: Client, action: str, *rows: Any) -> Any:
    chosen = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
    return client.post(page(type(rows[0]), "changelist"), chosen, follow=True)


def last() -> AuditEntry:
    return AuditEntry.objects.all()[0]


@pytest.fixture
def superuser() -> User:
    return UserFactory.create(is_staff=True, is_superuser=True)


@pytest.fixture
def staff(client: Client, superuser: User) -> Client:
    """A browser in which a superuser is signed in."""
    client.force_login(superuser)
    return client


def test_the_menu_leads_to_everything(staff: Client) -> None:
    menu = staff.get(page(Parent, "add")).text  # which links to nothing else but parents
    for model in REGISTERED:
        assert f'href="{page(model, "changelist")}"' in menu


@pytest.fixture
def user() -> User:
    user = UserFactory.create(name="Somebody")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@pytest.fixture
def secrets(user: User, models: list[Model], succeeded: Callable[..., Job]) -> list[str]:
    """Rows of every kind, several of most; return the secrets that belong to them."""
    _, token = token_create(user=user, name="Dashboard")
    hook = webhook_create(user=user, url="https://hooks.example/x?key=hush1", events=["job.failed"])
    webhook_create(user=user, url="https://me:hush2@hooks.example/hush3", events=["job.failed"])
    WorkerState.objects.create(name="host:1", started_at=user.date_joined, seen_at=user.date_joined)
    ServiceState.objects.create(service="null")
    Group.objects.create(name="Friends")
    Invitation.objects.create(email="guest@example.com", expires_at=user.date_joined)
    for number in range(12):
        batch = BatchFactory.create(user=UserFactory.create(), service="classify")
        JobFactory.create(user=batch.user, batch=batch, input_name=f"{number}.jpg")
        JobFactory.create(finished="failed", error_code="worker_lost")
        token_create(user=batch.user, name="more")
    succeeded(batch=batch, picture=picture())
    token_hash = user.api_tokens.get().digest
    hashed = user.password.rsplit("$", 1)[-1]
    return [token[5:], token_hash, webhook_secret(hook), "hush1", "hush2", "hush3", hashed]


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model._meta.label)
def test_every_page_is_quick_and_shows_no_secret(
    staff: Client,
    secrets: list[str],
    model: Any,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    row = model._default_manager.all()[0]
    pages = {
        page(model, "changelist"): {200},
        f"{page(model, 'changelist')}?q=somebody@example.com": {200},
        page(model, "change", row.pk): {200},
        page(model, "add"): {200, 403},
    }
    for url, expected in pages.items():
        with django_assert_max_num_queries(MOST_QUERIES):
            answer = staff.get(url)
        assert answer.status_code in expected, url
        assert not [secret for secret in secrets if secret in answer.text]


def test_the_first_page_is_quick(
    staff: Client, secrets: list[str], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(MOST_QUERIES):
        answer = staff.get("/admin/")
    assert answer.status_code == 200
    assert not [secret for secret in secrets if secret in answer.text]


def test_only_what_is_audited_is_in_it() -> None:
    assert all(isinstance(one, ModelAdmin) for one in admin.site._registry.values())
    theirs = {apps.get_model("account", "EmailAddress"), apps.get_model("admin", "LogEntry")}
    assert not theirs & admin.site._registry.keys()


def test_the_policy_is_looser_there_and_nowhere_else(staff: Client) -> None:
    assert "'unsafe-eval'" in staff.get("/admin/")["Content-Security-Policy"]
    for policy in (
        staff.get("/")["Content-Security-Policy"],
        staff.get("/accounts/tokens/")["Content-Security-Policy"],
    ):
        assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]*\bsrc=)", staff.get(page(User, "changelist")).text)


def test_a_user_is_created_and_chooses_a_password_by_e_mail(staff: Client) -> None:
    staff.post(page(User, "add"), {"email": "new@example.com", "name": "New", "language": "es"})
    user = User.objects.get(email="new@example.com")
    assert not user.has_usable_password()
    assert EmailAddress.objects.filter(user=user, verified=True).exists()
    assert mail.outbox[-1].to == ["new@example.com"]
    assert (last().event, last().user) == ("user.created", user)


def test_a_disabled_user_is_out_at_once(
    staff: Client, user: User, broker: Broker, superuser: User
) -> None:
    browser = Client()
    browser.force_login(user)
    _, secret = token_create(user=user, name="x")
    bearer = {"Authorization": f"Bearer {secret}"}
    queued = JobFactory.create(user=user)
    running = JobFactory.create(
        user=user, status=Status.RUNNING, lease_expires_at=user.date_joined, attempts=1
    )
    done = JobFactory.create(user=user, finished="succeeded")
    other = JobFactory.create()
    assert browser.get("/jobs/").status_code == 200
    assert browser.get("/api/v1/me", headers=bearer).status_code == 200

    act(staff, "disable", user)

    assert browser.get("/jobs/").status_code == 302
    assert Client().get("/api/v1/me", headers=bearer).status_code == 401
    for job in (queued, running, done, other):
        job.refresh_from_db()
    assert [job.status for job in (queued, running, done, other)] == [
        Status.CANCELED,
        Status.CANCELED,
        Status.SUCCEEDED,
        Status.QUEUED,
    ]
    noted = AuditEntry.objects.filter(user=user, event="user.disabled").get()
    assert noted.actor == superuser
    assert AuditEntry.objects.get(event="jobs.canceled").details == {"count": 2}

    act(staff, "enable", user)
    assert last().event == "user.enabled"
    assert browser.get("/api/v1/me", headers=bearer).status_code == 200


def test_the_last_administrator_stays(staff: Client, superuser: User) -> None:
    act(staff, "disable", superuser)
    superuser.refresh_from_db()
    assert superuser.is_active


def test_a_forced_reset_ends_sessions_and_sends_an_e_mail(staff: Client, user: User) -> None:
    browser = Client()
    browser.force_login(user)
    act(staff, "force_reset", user)
    assert browser.get("/jobs/").status_code == 302
    assert mail.outbox[-1].to == [user.email]
    fields = {"login": user.email, "password": PASSWORD}
    assert "_auth_user_id" not in browser.session
    browser.post("/accounts/login/", fields)
    assert "_auth_user_id" not in browser.session
    assert AuditEntry.objects.filter(event="user.reset_forced", user=user).exists()


def test_a_lost_device_is_forgotten(staff: Client, user: User) -> None:
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})
    act(staff, "remove_factors", user)
    assert not Authenticator.objects.filter(user=user).exists()
    assert (last().event, last().user) == ("user.factors_removed", user)
    act(staff, "remove_factors", user)
    assert AuditEntry.objects.filter(event="user.factors_removed").count() == 1


def test_a_superuser_sees_the_site_as_somebody_and_goes_back(
    staff: Client, superuser: User, user: User
) -> None:
    before = user.last_login
    seen = act(staff, "sign_in_as", user)
    assert f"You see the site as {user.email}." in seen.text
    assert (last().event, last().actor, last().user) == ("user.impersonated", superuser, user)
    user.refresh_from_db()
    assert user.last_login == before
    assert staff.get("/admin/").status_code == 302

    job = JobFactory.create(user=user, service="classify", finished="succeeded")
    staff.post("/jobs/selected/", {"action": "csv", "job": [str(job.id)]})
    assert (last().event, last().actor) == ("jobs.exported", superuser)
    assert staff.post("/accounts/tokens/", {"name": "mine"}).status_code == 403
    assert staff.post("/accounts/password/change/", {}).status_code == 403
    assert staff.post("/accounts/theme/", {"theme": "dark"}).status_code == 302

    back = staff.post("/accounts/impersonation/")
    assert back["Location"] == page(User, "change", user.pk)
    assert (last().event, last().actor) == ("user.impersonation_ended", superuser)
    assert staff.get("/admin/").status_code == 200


def test_nobody_becomes_staff_so(staff: Client, user: User) -> None:
    colleague = UserFactory.create(is_staff=True)
    act(staff, "sign_in_as", colleague)
    assert AuditEntry.objects.filter(event="user.impersonated").count() == 0
    helper = Client()
    user.is_staff = True
    user.save()
    user.user_permissions.set(Permission.objects.filter(codename__endswith="_user"))
    helper.force_login(user)
    act(helper, "sign_in_as", UserFactory.create())
    assert AuditEntry.objects.filter(event="user.impersonated").count() == 0


def test_staff_that_may_change_users_gets_no_more_rights(user: User, superuser: User) -> None:
    user.is_staff = True
    user.save()
    user.user_permissions.set(Permission.objects.filter(codename__endswith="_user"))
    helper = Client()
    helper.force_login(user)
    fields = {"name": "Me", "language": "", "is_superuser": "on", "is_staff": "on"}
    assert helper.post(page(User, "change", user.pk), fields).status_code == 302
    user.refresh_from_db()
    assert (user.name, user.is_superuser) == ("Me", False)
    assert helper.post(page(User, "change", superuser.pk), fields).status_code == 403
    act(helper, "disable", superuser)
    superuser.refresh_from_db()
    assert superuser.is_active


def test_a_change_is_noted_by_the_names_of_its_fields(staff: Client, user: User) -> None:
    fields = {"name": "Someone", "language": "es", "is_staff": "on"}
    fields |= {"allowance-TOTAL_FORMS": "0", "allowance-INITIAL_FORMS": "0"}
    staff.post(page(User, "change", user.pk), fields)
    user.refresh_from_db()
    assert user.is_staff
    assert (last().event, last().target) == ("admin.changed", f"user:{user.pk}")
    assert last().details == {"fields": ["Language", "Name", "Staff status"]}


def test_two_months_of_use_are_made_up_once(
    staff: Client, classes: None, models: list[Model], broker: Broker
) -> None:
    call_command("seed_demo", jobs=60, stdout=io.StringIO())
    with pytest.raises(CommandError):
        call_command("seed_demo", jobs=60)
    jobs = Job.objects.filter(user__email__endswith="@demo.example")
    assert set(jobs.values_list("status", flat=True)) >= {Status.QUEUED, Status.SUCCEEDED}
    assert jobs.filter(created_at__lt=timezone.now() - timedelta(days=7)).exists()
    assert sum(Usage.objects.values_list("jobs", flat=True)) == 60
    assert "sala-1.jpg" in staff.get(page(Job, "changelist"), {"status": "queued"}).text


def test_names_of_classes_stand_side_by_side_in_every_language(
    staff: Client, classes: None
) -> None:
    label = Label.objects.get(index=967)
    url = page(Label, "change", label.pk)
    text = staff.get(url).text
    assert 'value="espresso"' in text
    assert 'value="café expreso"' in text
    fields = {"name_en": "espresso", "name_es": "café solo", "synonyms_en": "", "synonyms_es": ""}
    staff.post(url, fields | {"parent": "drink"})
    label.refresh_from_db()
    assert getattr(label, "name_es") == "café solo"  # noqa: B009 - modeltranslation's
    assert last().target == "label:n07920052"


def test_models_are_switched_by_buttons(staff: Client, models: list[Model]) -> None:
    fine, fast, old = models
    act(staff, "enable", old)
    act(staff, "make_default", fast)
    act(staff, "disable", fine)
    assert "always on" in act(staff, "disable", fast).text
    states = dict(Model.objects.values_list("name", "enabled"))
    assert states == {"fine": False, "fast": True, "old": True}
    assert Model.objects.get(is_default=True) == fast


def test_jobs_are_tried_again_and_canceled(staff: Client, broker: Broker) -> None:
    dead = JobFactory.create(finished="failed", error_code="worker_lost", picture=picture())
    waiting = JobFactory.create()
    act(staff, "retry", dead, waiting)
    act(staff, "cancel", dead, waiting)
    dead.refresh_from_db()
    waiting.refresh_from_db()
    assert dead.retry is not None
    assert waiting.status == Status.CANCELED
    assert last().event == "jobs.canceled"
    assert AuditEntry.objects.get(event="jobs.retried").target == f"job:{dead.id}"


def test_looking_at_a_picture_is_noted(staff: Client, user: User) -> None:
    job = JobFactory.create(user=user, finished="failed", picture=picture())
    url = reverse("admin:worker_job_picture", args=[job.id])
    assert url in staff.get(page(Job, "change", job.pk)).text
    answer = staff.get(url)
    assert b"".join(answer) == picture()
    assert answer["Content-Type"] == "image/jpeg"
    assert (last().event, last().user) == ("job.picture_seen", user)
    helper = Client()
    helper.force_login(UserFactory.create(is_staff=True))
    assert helper.get(url).status_code == 404
    bare = JobFactory.create(user=user, finished="failed")
    assert staff.get(reverse("admin:worker_job_picture", args=[bare.id])).status_code == 404


def test_a_job_is_found_by_id_and_by_its_owner(staff: Client, user: User) -> None:
    job, other = JobFactory.create(user=user), JobFactory.create()
    for term in (str(job.id), user.email.upper()):
        text = staff.get(page(Job, "changelist"), {"q": term}).text
        assert str(job.id) in text
        assert str(other.id) not in text
    text = staff.get(page(Job, "changelist"), {"age": "1", "service": "null"}).text
    assert str(other.id) in text


def test_services_and_webhooks_are_switched(staff: Client, user: User) -> None:
    assert "classify" in staff.get(page(ServiceState, "changelist")).text
    state = ServiceState.objects.get(service="null")
    act(staff, "pause", state)
    act(staff, "drain", state)
    state.refresh_from_db()
    assert (state.paused, state.draining) == (True, True)
    act(staff, "resume", state)
    state.refresh_from_db()
    assert (state.paused, state.draining) == (False, False)

    hook = webhook_create(user=user, url="https://hooks.example/x", events=["job.failed"])
    act(staff, "disable", hook)
    assert Webhook.objects.get(id=hook.id).disabled_at is not None
    act(staff, "enable", hook)
    assert Webhook.objects.get(id=hook.id).disabled_at is None
    assert last().event == "webhook.enabled"


def test_those_who_may_only_look_cannot_act(user: User, models: list[Model]) -> None:
    user.is_staff = True
    user.save()
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    helper = Client()
    helper.force_login(user)
    state = ServiceState.objects.create(service="null")
    token, _ = token_create(user=user, name="x")
    for row, action in (
        (user, "disable"),
        (token, "revoke"),
        (JobFactory.create(), "cancel"),
        (state, "pause"),
        (models[1], "make_default"),
    ):
        assert helper.get(page(type(row), "change", row.pk)).status_code == 200
        act(helper, action, row)
    events = set(AuditEntry.objects.values_list("event", flat=True))
    assert events == {"user.signed_in", "token.made"}


def test_it_speaks_spanish(staff: Client, user: User, secrets: list[str]) -> None:
    staff.cookies["django_language"] = "es"
    text = staff.get(page(User, "change", user.pk)).text
    assert "Desactivar" in text
    assert "Registro de auditoría" in text
