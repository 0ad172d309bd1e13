"""The operations console: what operators see, what they do, and that nobody else does."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuditEntry, User
from tests.conftest import Broker, picture
from tests.factories import JobFactory, UserFactory
from worker.models import Job, ServiceState, Status, Usage, WorkerState
from worker.sweep import sweeper_seen
from worker.watchdog import worker_seen

pytestmark = pytest.mark.django_db

PAGE = "/console/"
MOST_QUERIES = 25


@pytest.fixture
def operator() -> User:
    user = UserFactory.create(is_staff=True)
    rights = ("view_job", "change_job", "change_servicestate")
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    return user


@pytest.fixture
def web(client: Client, operator: User) -> Client:
    client.force_login(operator)
    return client


def dead(**fields: object) -> Job:
    values = {"finished": "failed", "error_code": "worker_lost", "picture": picture()}
    return JobFactory.create(**(values | fields))


def test_it_tells_what_waits_runs_and_fails(
    web: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(12):
        JobFactory.create(user=UserFactory.create())
        dead(picture=None)
    JobFactory.create(
        status=Status.RUNNING, lease_expires_at=timezone.now(), worker="host-1:77", attempts=1
    )
    worker_seen(name="host-1:76")
    sweeper_seen()
    user = UserFactory.create(email="busy@example.com")
    Usage.objects.create(user=user, day=timezone.now().date(), jobs=4321, stored_bytes=2**30)
    with django_assert_max_num_queries(MOST_QUERIES):
        page = web.get(PAGE).text
    assert "Waiting, interactive" in page
    assert "The program that worked on it stopped" in page
    assert "12 to be retried" in page
    assert "host-1:76" in page
    assert "alive" in page
    assert "version 0.1.0" in page
    assert "busy@example.com" in page
    assert "4,321" in page
    assert "1.0" in page
    assert "null · null" in page


def test_an_empty_site_is_told_as_one(web: Client) -> None:
    page = web.get(PAGE).text
    assert "Nothing has failed" in page
    assert "manage.py work" in page
    assert "manage.py sweeper" in page


def test_the_live_part_is_fetched_alone(
    web: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(MOST_QUERIES):
        part = web.get(f"{PAGE}live").text
    assert "Queues" in part
    assert "<html" not in part
    assert "Usage" not in part


def test_a_silent_worker_is_told_as_one(web: Client) -> None:
    long_ago = timezone.now() - timedelta(hours=1)
    WorkerState.objects.create(name="host-9:1", started_at=long_ago, seen_at=long_ago)
    assert "silent" in web.get(PAGE).text


def test_a_service_is_paused_drained_and_resumed(web: Client, operator: User) -> None:
    for action in ("pause", "drain"):
        done = web.post(f"{PAGE}service", {"action": action, "service": "null"}, follow=True)
    assert "paused and closed" in done.text
    state = ServiceState.objects.get(service="null")
    assert (state.paused, state.draining) == (True, True)
    web.post(f"{PAGE}service", {"action": "resume", "service": "null"})
    state.refresh_from_db()
    assert (state.paused, state.draining) == (False, False)
    entry = AuditEntry.objects.all()[0]
    assert (entry.event, entry.actor) == ("service.resumed", operator)
    for wrong in ({"action": "stop", "service": "null"}, {"action": "pause", "service": "x"}):
        assert web.post(f"{PAGE}service", wrong).status_code == 400


def test_failed_jobs_are_tried_again_by_reason_or_all(web: Client, broker: Broker) -> None:
    lost, slow = dead(), dead(error_code="timeout")
    theirs = dead(error_code="broken_image")
    web.post(f"{PAGE}retry", {"reason": "timeout"})
    slow.refresh_from_db()
    assert slow.retry is not None
    web.post(f"{PAGE}retry")
    for job in (lost, theirs):
        job.refresh_from_db()
    assert lost.retry is not None
    assert theirs.retry is None
    assert AuditEntry.objects.filter(event="jobs.retried").count() == 2
    assert web.post(f"{PAGE}retry", {"reason": "broken_image"}).status_code == 400


def test_who_may_only_look_has_no_buttons(client: Client) -> None:
    user = UserFactory.create(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_job"))
    client.force_login(user)
    dead()
    page = client.get(PAGE)
    assert page.status_code == 200
    assert "/console/retry" not in page.text
    assert "/console/service" not in page.text
    wish = {"action": "pause", "service": "null"}
    assert client.post(f"{PAGE}service", wish).status_code == 403
    assert client.post(f"{PAGE}retry").status_code == 403


def test_it_is_not_there_for_others(client: Client, operator: User) -> None:
    operator.is_staff = False
    operator.save()
    client.force_login(operator)
    assert client.get(PAGE).status_code == 404
    assert "Console" not in client.get("/jobs/").text


def test_it_speaks_spanish(web: Client) -> None:
    web.cookies["django_language"] = "es"
    page = web.get(PAGE).text
    assert "Consola" in page
    assert "Colas" in page
