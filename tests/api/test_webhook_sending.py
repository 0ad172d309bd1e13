"""Webhooks: how messages are signed, how often they are tried, and what is logged."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import standardwebhooks
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from tests.api.receiver import receiver
from tests.api.webhooks import HERE, URL, pending, send
from tests.conftest import Broker, wait_until
from tests.factories import UserFactory
from worker.models import DeliveryStatus, Webhook, WebhookDelivery
from worker.webhook_delivery import deliver
from worker.webhooks import (
    EVENTS,
    deliveries_ring_due,
    webhook_create,
    webhook_rotate,
    webhook_secret,
)


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


def test_a_new_secret_costs_no_receiver_a_message(webhook: Webhook, settings: Settings) -> None:
    old = webhook_secret(webhook)
    new = webhook_secret(webhook_rotate(webhook=webhook))
    first, second = pending(webhook), pending(webhook)
    with receiver((204, {}, b"")) as (port, requests):
        send(first, port)
        over = timezone.now() - timedelta(hours=settings.WEBHOOK_SECRET_OVERLAP_HOURS)
        Webhook.objects.update(secret_renewed_at=over)
        send(second, port)
    (*_, headers, body), (*_, late_headers, late_body) = requests
    for secret in (old, new):
        assert standardwebhooks.Webhook(secret).verify(body, headers)
    assert len(headers["webhook-signature"].split()) == 2
    assert standardwebhooks.Webhook(new).verify(late_body, late_headers)
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(old).verify(late_body, late_headers)


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
    webhook = webhook_create(user=UserFactory.create(), url="https://127.0.0.1/", events=EVENTS)
    start("work", "--webhooks")
    delivery = pending(webhook)

    def tried() -> bool:
        delivery.refresh_from_db()
        return delivery.attempts == 1 and delivery.claimed_until is None

    wait_until(tried, seconds=60)
    assert delivery.response_excerpt.startswith("url_refused")
    assert delivery.status == DeliveryStatus.PENDING
