"""Webhooks: what is told, how it is signed, how often it is tried, and what is logged."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import standardwebhooks
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from accounts.models import User
from tests.api.conftest import problem
from tests.api.receiver import receiver
from tests.conftest import Broker
from tests.factories import JobFactory, UserFactory
from worker import sweep
from worker.attempts import job_claim, job_fail, job_finish
from worker.models import DeliveryStatus, Job, Status, Webhook, WebhookDelivery
from worker.predictors import Result
from worker.services import job_cancel, job_delete
from worker.webhook_delivery import deliver
from worker.webhooks import EVENTS, deliveries_ring_due, webhook_create, webhook_secret

URL = "/api/v1/webhooks"
HERE = {"127.0.0.1"}
TARGET = "https://example.com/hook"


def post(client: Client, url: str = URL, body: Any = None, method: str = "post") -> Any:
    content = json.dumps(body or {})
    return client.generic(method.upper(), url, content, content_type="application/json")


@pytest.fixture
def webhook(user: User) -> Webhook:
    return webhook_create(user=user, url=TARGET, events=EVENTS)


def pending(webhook: Webhook) -> WebhookDelivery:
    """Return a delivery that is due, of a job that has ended."""
    job = JobFactory.create(user=webhook.user, request_id="request-1")
    job_cancel(job=job)
    return WebhookDelivery.objects.get(job=job)


def send(delivery: WebhookDelivery, port: int) -> WebhookDelivery:
    """Try once to deliver to a server on this machine, as the task does."""
    address = f"http://127.0.0.1:{port}/hook"
    Webhook.objects.filter(id=delivery.webhook_id).update(url=address)
    deliver(delivery_id=delivery.id, attempts=delivery.attempts, allow=HERE)
    delivery.refresh_from_db()
    return delivery


# --- Managing them ---------------------------------------------------------------


def test_one_is_made_changed_and_deleted(api: Client, user: User) -> None:
    answer = post(api, body={"url": TARGET})
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert made["events"] == list(EVENTS)
    assert made["secret"].startswith("whsec_")
    url = f"{URL}/{made['id']}"

    listed = api.get(URL).json()["results"]
    assert [each["id"] for each in listed] == [made["id"]]
    assert "secret" not in listed[0]
    assert "secret" not in api.get(url).json()

    changed = post(api, url, {"events": ["job.failed"], "enabled": False}, "patch").json()
    assert (changed["events"], changed["enabled"]) == (["job.failed"], False)
    assert changed["disabled_at"]
    assert post(api, url, {"enabled": True}, "patch").json()["disabled_at"] is None

    renewed = api.post(f"{url}/secret").json()["secret"]
    assert renewed != made["secret"]
    assert renewed == webhook_secret(Webhook.objects.get())
    assert api.delete(url).status_code == 204
    assert not Webhook.objects.exists()


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/url"),
        ({"url": "http://example.com/"}, "#/url"),
        ({"url": "https://127.0.0.1/"}, "#/url"),
        ({"url": "https://[::1]/"}, "#/url"),
        ({"url": "https://2130706433/"}, "#/url"),
        ({"url": "https://user@example.com/"}, "#/url"),
        ({"url": "https://example.com:25/"}, "#/url"),
        ({"url": TARGET, "events": []}, "#/events"),
        ({"url": TARGET, "events": ["job.started"]}, "#/events/0"),
        ({"url": TARGET, "enabled": "perhaps"}, "#/enabled"),
        ({"url": TARGET, "description": "x" * 201}, "#/description"),
    ],
)
def test_bad_ones_are_refused(api: Client, body: Any, pointer: str) -> None:
    errors = problem(post(api, body=body), 400, "invalid")["errors"]
    assert [error["pointer"] for error in errors] == [pointer]


def test_there_are_not_endless_ones(api: Client, settings: Settings) -> None:
    settings.API_WEBHOOKS_PER_USER = 1
    post(api, body={"url": TARGET})
    problem(post(api, body={"url": TARGET}), 409, "too_many_webhooks")


def test_they_need_their_scope(api_client: Callable[..., Client], user: User) -> None:
    reader = api_client(user, ["jobs:read", "jobs:write"])
    problem(reader.get(URL), 403, "insufficient_scope")


def test_somebody_elses(api: Client, other: Client, webhook: Webhook) -> None:
    delivery = pending(webhook)
    url = f"{URL}/{webhook.id}"
    for method, address in (
        ("get", url),
        ("patch", url),
        ("delete", url),
        ("post", f"{url}/secret"),
        ("post", f"{url}/test"),
        ("get", f"{url}/deliveries"),
        ("post", f"{URL}/deliveries/{delivery.id}/replay"),
    ):
        problem(post(other, address, method=method), 404, "not_found")
    assert other.get(URL).json()["results"] == []
    assert api.get(url).status_code == 200


# --- What is told ----------------------------------------------------------------


def events() -> list[str]:
    return list(WebhookDelivery.objects.order_by("id").values_list("event", flat=True))


def running(user: User) -> Job:
    job = JobFactory.create(user=user)
    claimed = job_claim(job_id=job.id, attempt=0, worker="w")
    assert claimed is not None
    return claimed


def test_each_end_of_a_job_is_told_once(user: User, webhook: Webhook) -> None:
    job_finish(job=running(user), result=Result(output={}, display=b""))
    job_fail(job=running(user), code="internal")
    canceled = running(user)
    job_cancel(job=canceled)
    assert not job_fail(job=canceled, code="internal")
    JobFactory.create(user=user, expires_at=timezone.now() - timedelta(1))
    sweep.expire_overdue()
    lost = running(user)
    Job.objects.filter(id=lost.id).update(attempts=3, lease_expires_at="2000-01-01T00:00:00Z")
    sweep.give_up_lost()

    assert events() == [
        "job.succeeded",
        "job.failed",
        "job.canceled",
        "job.expired",
        "job.failed",
    ]


def test_a_picture_that_a_batch_does_not_take_is_told(api: Client, webhook: Webhook) -> None:
    from tests.web.conftest import upload

    api.post("/api/v1/batches", {"service": "null", "images": [upload(content=b"x"), upload()]})
    assert events() == ["job.failed"]


def test_only_those_concerned_are_told(user: User) -> None:
    webhook_create(user=UserFactory.create(), url=TARGET, events=EVENTS)
    webhook_create(user=user, url=TARGET, events=["job.failed"])
    off = webhook_create(user=user, url=TARGET, events=EVENTS)
    Webhook.objects.filter(id=off.id).update(disabled_at=timezone.now())
    job_cancel(job=JobFactory.create(user=user))
    assert events() == []


def test_jobs_of_hidden_services_are_not_told(user: User, webhook: Webhook) -> None:
    asked, hidden = (JobFactory.create(user=user, service=name) for name in ("null", "explain"))
    job_cancel(job=hidden)
    Job.objects.filter(id=asked.id).update(expires_at=timezone.now() - timedelta(1))
    JobFactory.create(user=user, service="explain", expires_at=timezone.now() - timedelta(1))
    assert sweep.expire_overdue() == 2
    assert events() == ["job.expired"]


def test_a_deleted_job_is_not_told(user: User, webhook: Webhook) -> None:
    delivery = pending(webhook)
    with receiver() as (port, _):
        send(delivery, port)
    assert delivery.job is not None
    job_delete(job=delivery.job)
    assert not WebhookDelivery.objects.exists()


# --- How it is sent --------------------------------------------------------------


def test_a_message_is_signed_and_logged(api: Client, webhook: Webhook) -> None:
    delivery = pending(webhook)
    with receiver((204, {}, b"")) as (port, requests):
        send(delivery, port)

    method, path, headers, body = requests[0]
    assert (method, path) == ("POST", "/hook")
    verified = standardwebhooks.Webhook(webhook_secret(webhook)).verify(body, headers)
    assert verified["type"] == "job.canceled"
    assert verified["data"]["id"] == str(delivery.job_id)
    assert verified["data"]["urls"]["self"] == f"/api/v1/jobs/{delivery.job_id}"
    assert headers["X-Request-Id"] == "request-1"
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(webhook_secret(webhook)).verify(body + b" ", headers)

    logged = api.get(f"{URL}/{webhook.id}/deliveries").json()["results"]
    assert len(logged) == 1
    assert logged[0]["status"] == "succeeded"
    assert (logged[0]["attempts"], logged[0]["response_status"]) == (1, 204)
    assert logged[0]["payload"] == verified
    assert logged[0]["delivered_at"]
    assert api.get(f"{URL}/{webhook.id}/deliveries?status=failed").json()["results"] == []


def test_three_failures_then_success(webhook: Webhook, settings: Settings) -> None:
    delivery = pending(webhook)
    answers = [(500, {}, b"broken"), (302, {"Location": "/"}, b""), (429, {}, b""), (200, {}, b"")]
    with receiver(*answers) as (port, requests):
        for attempt, status in enumerate((500, 302, 429), start=1):
            send(delivery, port)
            assert (delivery.status, delivery.attempts) == (DeliveryStatus.PENDING, attempt)
            assert delivery.response_status == status
            assert delivery.next_attempt_at is not None
            pause = (delivery.next_attempt_at - timezone.now()).total_seconds()
            planned = settings.WEBHOOK_PAUSES[attempt - 1]
            assert planned * 0.75 < pause < planned * 1.25
        send(delivery, port)
    assert (delivery.status, delivery.attempts) == (DeliveryStatus.SUCCEEDED, 4)
    assert [one["response_status"] for one in delivery.tries] == [500, 302, 429, 200]
    assert delivery.tries[0]["response_excerpt"] == "broken"
    assert len({headers["webhook-id"] for _, _, headers, _ in requests}) == 1
    assert len({body for *_, body in requests}) == 1


def test_a_message_that_comes_twice_is_sent_once(webhook: Webhook) -> None:
    delivery = pending(webhook)
    with receiver() as (port, requests):
        send(delivery, port)
        deliver(delivery_id=delivery.id, attempts=0, allow=HERE)
    assert len(requests) == 1


def test_410_switches_it_off(webhook: Webhook) -> None:
    other = pending(webhook)
    delivery = pending(webhook)
    with receiver((410, {}, b"")) as (port, _):
        send(delivery, port)
    webhook.refresh_from_db()
    other.refresh_from_db()
    assert webhook.disabled_reason == "gone"
    assert delivery.status == other.status == DeliveryStatus.FAILED


@pytest.mark.parametrize("alive", [True, False])
def test_long_failure_switches_it_off(webhook: Webhook, settings: Settings, alive: bool) -> None:
    delivery = pending(webhook)
    if alive:
        good = pending(webhook)
        with receiver() as (port, _):
            send(good, port)
    tries = len(settings.WEBHOOK_PAUSES)
    WebhookDelivery.objects.filter(id=delivery.id).update(attempts=tries)
    delivery.refresh_from_db()
    with receiver((500, {}, b"")) as (port, _):
        send(delivery, port)
    webhook.refresh_from_db()
    assert delivery.status == DeliveryStatus.FAILED
    assert (webhook.disabled_reason, webhook.disabled_at is None) == (
        ("", True) if alive else ("failing", False)
    )


def test_tries_last_about_three_days(settings: Settings) -> None:
    assert 2.5 < sum(settings.WEBHOOK_PAUSES) / 86_400 < 3.5


def test_a_private_address_is_not_told(webhook: Webhook) -> None:
    delivery = pending(webhook)
    with receiver() as (port, requests):
        Webhook.objects.filter(id=webhook.id).update(url=f"http://127.0.0.1:{port}/")
        deliver(delivery_id=delivery.id, attempts=0)
    delivery.refresh_from_db()
    assert requests == []
    assert (delivery.response_status, delivery.status) == (None, DeliveryStatus.PENDING)
    assert delivery.response_excerpt.startswith("url_refused")


def test_a_long_answer_is_cut(webhook: Webhook) -> None:
    delivery = pending(webhook)
    with receiver((200, {}, b"\x00\xff" + b"x" * 100_000)) as (port, _):
        send(delivery, port)
    assert delivery.status == DeliveryStatus.SUCCEEDED
    assert len(delivery.response_excerpt) == 500


# --- Test, replay ----------------------------------------------------------------


def test_a_test_message(api: Client, webhook: Webhook) -> None:
    answer = api.post(f"{URL}/{webhook.id}/test")
    assert answer.status_code == 202
    delivery = WebhookDelivery.objects.get(id=answer.json()["id"])
    with receiver() as (port, requests):
        send(delivery, port)
    assert json.loads(requests[0][3])["type"] == "test"

    post(api, f"{URL}/{webhook.id}", {"enabled": False}, "patch")
    problem(api.post(f"{URL}/{webhook.id}/test"), 409, "conflict")


def test_a_replay_has_the_same_id(api: Client, webhook: Webhook) -> None:
    delivery = pending(webhook)
    url = f"{URL}/deliveries/{delivery.id}/replay"
    problem(api.post(url), 409, "conflict")
    with receiver() as (port, requests):
        send(delivery, port)
        assert api.post(url).status_code == 202
        delivery.refresh_from_db()
        send(delivery, port)
    assert len({headers["webhook-id"] for _, _, headers, _ in requests}) == 1
    assert len(requests) == 2


# --- Ringing ---------------------------------------------------------------------


def test_few_of_one_webhook_are_under_way(
    broker: Broker,
    webhook: Webhook,
    settings: Settings,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        deliveries = [pending(webhook) for _ in range(5)]
    assert broker.client.llen("webhooks") == settings.WEBHOOK_WINDOW
    assert deliveries_ring_due() == 0
    first = WebhookDelivery.objects.get(id=deliveries[0].id)
    with receiver() as (port, _):
        send(first, port)
    assert broker.client.llen("webhooks") == settings.WEBHOOK_WINDOW + 1

    # Whoever had them went away: the sweeper hands them out again.
    WebhookDelivery.objects.exclude(claimed_until=None).update(
        claimed_until=timezone.now() - timedelta(1)
    )
    assert deliveries_ring_due() == settings.WEBHOOK_WINDOW


def test_without_redis_they_wait(webhook: Webhook) -> None:
    delivery = pending(webhook)
    assert deliveries_ring_due() == 0
    delivery.refresh_from_db()
    assert delivery.claimed_until is None
    assert delivery.status == DeliveryStatus.PENDING


@pytest.mark.processes
@pytest.mark.timeout(90)
def test_a_real_worker_sends_them(start: Callable[..., Any], transactional_db: None) -> None:
    """It refuses the receiver, which is on this machine; that it says so shows that it tried."""
    from tests.conftest import wait_until

    webhook = webhook_create(user=UserFactory.create(), url="https://127.0.0.1/", events=EVENTS)
    start("work", "--webhooks")
    delivery = pending(webhook)

    def tried() -> bool:
        delivery.refresh_from_db()
        return delivery.attempts == 1 and delivery.claimed_until is None

    wait_until(tried, seconds=60)
    assert delivery.response_excerpt.startswith("url_refused")
    assert delivery.status == DeliveryStatus.PENDING


def test_no_dump_holds_a_secret(webhook: Webhook) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM worker_webhook")
        assert webhook_secret(webhook)[6:] not in repr(cursor.fetchall())


def test_old_traces_are_forgotten(webhook: Webhook, api: Client) -> None:
    from accounts.models import RequestCount
    from worker.models import IdempotencyKey

    IdempotencyKey.objects.create(user=webhook.user, key="k", fingerprint="f")
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(hours=25))
    RequestCount.objects.create(key="ip:1.2.3.4", minute=1)
    sweep.forget_traces()
    assert not IdempotencyKey.objects.exists()
    assert not RequestCount.objects.filter(minute=1).exists()
    call_command("check")
    assert Status.QUEUED
