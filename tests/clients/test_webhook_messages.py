"""Messages that the site has really sent, verified by the client."""

import pytest

from accounts.models import User
from tests.api.receiver import receiver
from tests.factories import JobFactory, UserFactory
from vitrina.webhooks import VerificationError, verify
from worker.models import Webhook, WebhookDelivery
from worker.services import job_cancel
from worker.webhook_delivery import deliver
from worker.webhooks import EVENTS, webhook_create, webhook_secret, webhook_test


@pytest.fixture
def user(db: None) -> User:
    return UserFactory.create()


def sent(webhook: Webhook, delivery: WebhookDelivery) -> tuple[dict[str, str], bytes]:
    """Deliver to a server on this machine; return what it has got."""
    with receiver() as (port, requests):
        Webhook.objects.filter(id=webhook.id).update(url=f"http://127.0.0.1:{port}/hook")
        deliver(delivery_id=delivery.id, attempts=0, allow={"127.0.0.1"})
    _method, _path, headers, body = requests[0]
    return headers, body


def test_a_message_is_verified_and_read(user: User) -> None:
    webhook = webhook_create(user=user, url="https://example.com/hook", events=EVENTS)
    job = JobFactory.create(user=user)
    job_cancel(job=job)
    delivery = WebhookDelivery.objects.get(job=job)
    headers, body = sent(webhook, delivery)

    message = verify(body, headers, webhook_secret(webhook))
    assert (message.type, message.id) == ("job.canceled", f"msg_{delivery.id.hex}")
    assert message.job
    assert (message.job.id, message.job.status) == (str(job.id), "canceled")
    with pytest.raises(VerificationError):
        verify(body.replace(b"canceled", b"succeeded"), headers, webhook_secret(webhook))
    with pytest.raises(VerificationError):
        verify(body, headers, "whsec_b3RoZXIgc2VjcmV0")
    with pytest.raises(VerificationError):
        verify(body, {}, webhook_secret(webhook))


def test_a_test_has_no_job(user: User) -> None:
    webhook = webhook_create(user=user, url="https://example.com/hook", events=EVENTS)
    headers, body = sent(webhook, webhook_test(webhook=webhook))

    message = verify(body, headers, webhook_secret(webhook))
    assert (message.type, message.job) == ("test", None)
