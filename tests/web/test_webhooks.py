"""The pages on which people manage their webhooks."""

import re
from datetime import timedelta

import pytest
import standardwebhooks
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from tests.api.receiver import receiver
from tests.api.webhooks import pending, send
from tests.factories import UserFactory
from tests.web.test_pages import check
from worker.models import DeliveryStatus, Webhook, WebhookDelivery
from worker.webhooks import EVENTS, webhook_create, webhook_secret, webhook_update

PAGE = "/accounts/webhooks/"
TARGET = "https://example.com/hook?key=abc"
WANTED = {"url": TARGET, "events": ["job.failed", "job.succeeded"], "description": "Nightly"}


@pytest.fixture
def webhook(user: User) -> Webhook:
    return webhook_create(user=user, url=TARGET, events=EVENTS)


def page(webhook: Webhook, what: str = "") -> str:
    return f"{PAGE}{webhook.id}/{what}"


def secret_on(text: str) -> str:
    found = re.search(r"whsec_[0-9A-Za-z+/=]{44}", text)
    assert found
    return found[0]


def test_one_is_added_and_its_secret_shown_once(web: Client, user: User) -> None:
    made = web.post(PAGE, WANTED)
    check(made.text)
    assert "no-store" in made["Cache-Control"]
    webhook = Webhook.objects.get(user=user)
    assert (webhook.url, webhook.description) == (TARGET, "Nightly")
    assert webhook.events == ["job.succeeded", "job.failed"]
    assert secret_on(made.text) == webhook_secret(webhook)
    for later in (web.get(PAGE), web.get(page(webhook))):
        check(later.text)
        assert "whsec_" not in later.text
        assert "Nightly" in later.text
    assert "key=abc" not in web.get(PAGE).text
    assert "whsec_" not in repr(dict(web.session))


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"url": ""}, "This field is required."),
        ({"url": "http://example.com/"}, "must begin with https://"),
        ({"url": "https://127.0.0.1/"}, "Addresses like this one are not opened."),
        ({"url": "https://[::1]/"}, "Addresses like this one are not opened."),
        ({"url": "https://user@example.com/"}, "Addresses like this one are not opened."),
        ({"url": "https://example.com/" + "x" * 2000}, "at most 2000 characters"),
        ({"events": []}, "This field is required."),
        ({"events": ["job.started"]}, "Select a valid choice."),
        ({"description": "x" * 201}, "at most 200 characters"),
    ],
)
def test_what_is_wrong_is_said(web: Client, changed: dict[str, object], sentence: str) -> None:
    answer = web.post(PAGE, WANTED | changed)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert not Webhook.objects.exists()


def test_there_are_not_endless_ones(web: Client, webhook: Webhook, settings: Settings) -> None:
    settings.API_WEBHOOKS_PER_USER = 1
    refused = web.post(PAGE, WANTED)
    assert refused.status_code == 409
    assert "You have too many webhooks." in refused.text
    assert Webhook.objects.count() == 1


def test_adding_and_renewing_ask_who_it_is(client: Client, user: User, webhook: Webhook) -> None:
    client.force_login(user)
    for url, form in ((PAGE, WANTED), (page(webhook, "secret"), {})):
        asked = client.post(url, form)
        assert asked.status_code == 302
        assert "reauthenticate" in asked["Location"]
    assert Webhook.objects.get().secret_version == webhook.secret_version


def test_a_test_message_is_sent_and_told(web: Client, webhook: Webhook) -> None:
    done = web.post(page(webhook, "test"), follow=True)
    assert "A test message is on its way" in done.text
    delivery = WebhookDelivery.objects.get()
    with receiver((500, {}, b"<b>broken</b>"), (200, {}, b"")) as (port, requests):
        send(delivery, port)
        failing = web.get(page(webhook)).text
        assert "&lt;b&gt;broken" in failing
        assert "<strong>500</strong>" in failing
        assert "next try" in failing
        check(failing)
        send(delivery, port)
    verified = standardwebhooks.Webhook(webhook_secret(webhook))
    verified.verify(requests[1][3], requests[1][2])
    told = web.get(page(webhook)).text
    assert "2 tries" in told
    assert "delivered" in told


def test_a_message_is_sent_again(web: Client, webhook: Webhook) -> None:
    delivery = pending(webhook)
    url = f"{PAGE}deliveries/{delivery.id}/replay"
    assert f"/jobs/{delivery.job_id}/" in web.get(page(webhook)).text
    assert url not in web.get(page(webhook)).text
    assert "It is on its way" in web.post(url, follow=True).text
    with receiver() as (port, requests):
        send(delivery, port)
        assert url in web.get(page(webhook)).text
        assert "on its way again" in web.post(url, follow=True).text
        delivery.refresh_from_db()
        assert delivery.status == DeliveryStatus.PENDING
        send(delivery, port)
    assert len({headers["webhook-id"] for _, _, headers, _ in requests}) == 1


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        ("", "It is told of nothing while it is switched off."),
        ("gone", "It was switched off when it answered 410"),
        ("failing", "for about three days"),
    ],
)
def test_it_is_switched_off_and_on_again(
    web: Client, webhook: Webhook, reason: str, sentence: str
) -> None:
    web.post(page(webhook, "switch"), {"enabled": "off"})
    Webhook.objects.update(disabled_reason=reason)
    off = web.get(page(webhook))
    check(off.text)
    assert sentence in off.text
    assert page(webhook, "test") not in off.text
    assert "is switched off." in web.post(page(webhook, "test"), follow=True).text
    assert not WebhookDelivery.objects.exists()
    on = web.post(page(webhook, "switch"), {"enabled": "on"}, follow=True)
    assert "The webhook is switched on." in on.text
    webhook.refresh_from_db()
    assert (webhook.disabled_at, webhook.disabled_reason) == (None, "")


def test_a_new_secret_is_shown_once(web: Client, webhook: Webhook) -> None:
    old = webhook_secret(webhook)
    renewed = secret_on(web.post(page(webhook, "secret")).text)
    webhook.refresh_from_db()
    assert renewed == webhook_secret(webhook) != old
    assert web.get(page(webhook, "secret")).status_code == 405


def test_deleting_asks_first(web: Client, webhook: Webhook) -> None:
    Webhook.objects.update(description="<b>old</b>")
    question = web.get(page(webhook, "delete"))
    check(question.text)
    assert "&lt;b&gt;old" in question.text
    assert Webhook.objects.exists()
    done = web.post(page(webhook, "delete"), follow=True)
    assert done.redirect_chain == [(PAGE, 302)]
    assert "The webhook is deleted." in done.text
    assert not Webhook.objects.exists()


def test_somebody_elses_is_not_there(web: Client) -> None:
    theirs = webhook_create(user=UserFactory.create(), url="https://example.org", events=EVENTS)
    assert "example.org" not in web.get(PAGE).text
    for what in ("secret", "test", "switch", "delete"):
        assert web.post(page(theirs, what)).status_code == 404
    assert web.get(page(theirs)).status_code == 404
    theirs.refresh_from_db()
    assert theirs.disabled_at is None


def test_the_log_is_bounded_and_speaks_spanish(web: Client, webhook: Webhook) -> None:
    old = timezone.now() - timedelta(1)
    WebhookDelivery.objects.bulk_create(
        WebhookDelivery(webhook=webhook, event="test", payload={}, next_attempt_at=old)
        for _ in range(60)
    )
    webhook_update(webhook=webhook, description="De noche")
    web.cookies["django_language"] = "es"
    text = web.get(page(webhook)).text
    assert text.count("<code>test</code>") == 50
    assert "en espera" in text
    assert "Enviar un mensaje de prueba" in text
