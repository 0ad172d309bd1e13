"""A webhook, messages to it, and one try to send them to a server on this machine."""

import json
from typing import Any

from django.test import Client

from tests.factories import JobFactory
from worker.models import Webhook, WebhookDelivery
from worker.services import job_cancel
from worker.webhook_delivery import deliver

URL = "/api/v1/webhooks"
HERE = {"127.0.0.1"}
TARGET = "https://example.com/hook"


def post(client: Client, url: str = URL, body: Any = None, method: str = "post") -> Any:
    content = json.dumps(body or {})
    return client.generic(method.upper(), url, content, content_type="application/json")


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
