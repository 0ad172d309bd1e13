"""Webhooks: making, changing and trying them out."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from tests.api.conftest import problem
from tests.api.receiver import receiver
from tests.api.webhooks import TARGET, URL, pending, post, send
from worker.models import Webhook, WebhookDelivery
from worker.webhooks import EVENTS, webhook_secret


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


def test_no_dump_holds_a_secret(webhook: Webhook) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM worker_webhook")
        assert webhook_secret(webhook)[6:] not in repr(cursor.fetchall())


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
