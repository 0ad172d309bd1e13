"""Limits of groups and users: which one counts, who may use what, and where it is told."""

import io
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.allowances import limits_of, limits_read
from accounts.models import Allowance, AuditEntry, User
from accounts.tokens import token_create
from classify.models import Model
from tests.conftest import picture
from tests.factories import UserFactory
from worker.failures import JobRefusedError
from worker.models import Job
from worker.services import job_submit

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return UserFactory.create()


@pytest.fixture
def web(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


@pytest.fixture
def models() -> None:
    facts = {"version": "1", "sha256": "0" * 64, "engine": "litert", "input_size": 224}
    Model.objects.create(name="fine", is_default=True, **facts)
    Model.objects.create(name="fast", **facts)


def group(user: User, name: str, **fields: Any) -> Allowance:
    made = Group.objects.create(name=name)
    user.groups.add(made)
    return Allowance.objects.create(group=made, **fields)


def submit(user: User, **fields: Any) -> Job:
    values = {"service": "null", "model": "null", "name": "a.jpg", "parameters": {}}
    return job_submit(user=user, image=io.BytesIO(picture()), **values | fields)


def test_without_allowances_the_sites_limits_count(user: User, settings: Settings) -> None:
    settings.QUOTA_JOBS_PER_DAY = 7
    limits = limits_read(user)
    assert (limits.jobs_per_day.value, str(limits.jobs_per_day.source)) == (7, "the site")
    assert limits.allows("services", "null")
    assert limits.allows("models", "anything")


def test_the_largest_of_ones_groups_counts_and_ones_own_before_it(user: User) -> None:
    group(user, "Museum", jobs_per_day=10, unfinished_jobs=4)
    group(user, "Research", jobs_per_day=30)
    group(UserFactory.create(), "Others", jobs_per_day=99)
    limits = limits_read(user)
    assert (limits.jobs_per_day.value, limits.jobs_per_day.source) == (30, "Research")
    assert (limits.unfinished_jobs.value, limits.unfinished_jobs.source) == (4, "Museum")
    Allowance.objects.create(user=user, jobs_per_day=2)
    limits = limits_read(user)
    assert (limits.jobs_per_day.value, str(limits.jobs_per_day.source)) == (2, "this account")
    assert limits.unfinished_jobs.value == 4


def test_lists_of_groups_add_up_and_ones_own_replaces_them(user: User) -> None:
    group(user, "Museum", models=["fine"])
    group(user, "Research", models=["fast"], services=["classify"])
    group(user, "Friends")
    limits = limits_read(user)
    assert limits.models == frozenset({"fine", "fast"})
    assert limits.sources == {"models": "Museum, Research", "services": "Research"}
    Allowance.objects.create(user=user, models=["fast"])
    assert limits_read(user).models == frozenset({"fast"})


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("unfinished_jobs", "too_many_jobs"),
        ("jobs_per_minute", "too_fast"),
        ("jobs_per_day", "daily_quota"),
    ],
)
def test_a_users_own_limit_is_kept(user: User, name: str, code: str) -> None:
    Allowance.objects.create(user=user, **{name: 2})
    submit(user)
    submit(user)
    with pytest.raises(JobRefusedError) as refused:
        submit(user)
    assert refused.value.code == code
    submit(UserFactory.create())


def test_a_larger_limit_than_the_sites_counts_too(user: User, settings: Settings) -> None:
    settings.QUOTA_JOBS_PER_DAY = 1
    group(user, "Research", jobs_per_day=3)
    for _ in range(3):
        submit(user)
    with pytest.raises(JobRefusedError):
        submit(user)


def test_what_one_may_not_use_is_refused(user: User) -> None:
    Allowance.objects.create(user=user, services=["classify"])
    with pytest.raises(JobRefusedError) as refused:
        submit(user)
    assert (refused.value.code, refused.value.retry_after) == ("service_not_allowed", None)
    assert submit(user, service="classify", model="fine").service == "classify"
    # Explanations are part of the service that they explain.
    assert submit(user, service="explain", model="fine").service == "explain"
    Allowance.objects.update(models=["fast"])
    with pytest.raises(JobRefusedError) as refused:
        submit(user, service="classify", model="fine")
    assert refused.value.code == "model_not_allowed"


def test_the_api_answers_403(client: Client, user: User, models: None) -> None:
    _, secret = token_create(user=user, name="x")
    headers = {"Authorization": f"Bearer {secret}"}

    def create(model: str) -> Any:
        image = SimpleUploadedFile("a.jpg", picture(), "image/jpeg")
        body = {"image": image, "model": model}
        return client.post("/api/v1/services/classify/jobs", body, headers=headers)

    group(user, "Museum", models=["fast"])
    refused = create("fine")
    assert (refused.status_code, refused.json()["code"]) == (403, "model_not_allowed")
    assert create("fast").status_code == 202
    Allowance.objects.update(services=["null"])
    assert create("fast").json()["code"] == "service_not_allowed"
    assert client.get(f"/api/errors/{refused.json()['code']}").status_code == 200

    Allowance.objects.update(jobs_per_day=5)
    usage = client.get("/api/v1/me/usage", headers=headers).json()
    assert usage["limits"]["jobs_per_day"] == 5


def test_a_form_offers_what_one_may_use(web: Client, user: User, models: None) -> None:
    assert "fine" in web.get("/").text
    allowance = group(user, "Museum", models=["fast"])
    page = web.get("/").text
    assert 'value="fast"' in page
    assert 'value="fine"' not in page
    image = SimpleUploadedFile("a.jpg", picture(), "image/jpeg")
    assert web.post("/", {"images": image}).status_code == 302
    assert Job.objects.get().model == "fast"

    allowance.services = ["null"]
    allowance.save()
    page = web.get("/").text
    assert "may not use this service" in page
    assert 'type="file"' not in page
    image = SimpleUploadedFile("a.jpg", picture(), "image/jpeg")
    assert web.post("/", {"images": image}).status_code == 403


def test_limits_are_asked_for_once_in_a_while(
    user: User, settings: Settings, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    settings.ALLOWANCES_KEPT_SECONDS = 60
    user.pk += 10_000_000  # nobody whom another test has asked about
    with django_assert_num_queries(1):
        limits_of(user)
        limits_of(user)


def test_a_user_sees_limits_and_where_they_come_from(
    web: Client, user: User, models: None, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    group(user, "Museum", jobs_per_day=1234, models=["fast"])
    submit(user, service="classify", model="fast")
    with django_assert_max_num_queries(10):
        page = web.get("/accounts/usage/").text
    assert "1,234" in page
    assert "Museum" in page
    assert "the site" in page
    web.cookies["django_language"] = "es"
    page = web.get("/accounts/usage/").text
    assert "Uso y límites" in page
    assert "el sitio" in page


def test_an_administrator_sets_them(client: Client, user: User, models: None) -> None:
    client.force_login(UserFactory.create(is_staff=True, is_superuser=True))
    made = Group.objects.create(name="Museum")
    user.groups.add(made)
    form = {
        "allowance-TOTAL_FORMS": "1",
        "allowance-INITIAL_FORMS": "0",
        "allowance-0-jobs_per_day": "12",
        "allowance-0-services": ["classify"],
        "allowance-0-models": ["fast"],
    }
    url = reverse("admin:auth_group_change", args=[made.pk])
    answer = client.post(url, {"name": "Museum"} | form)
    assert answer.status_code == 302
    limits = limits_read(user)
    assert (limits.jobs_per_day.value, limits.models) == (12, frozenset({"fast"}))
    assert AuditEntry.objects.all()[0].target == f"group:{made.pk}"
    page = client.get(reverse("admin:accounts_user_change", args=[user.pk])).text
    assert "Jobs a day: 12 (Museum)".lower() in page.lower()
    wrong = form | {"allowance-0-services": ["nothing"]}
    assert client.post(url, {"name": "Museum"} | wrong).status_code == 200
