"""Examples of webhooks, and what the description of the API says of the messages to them."""

import json
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiWebhook

from project.api.schema import EXAMPLE_ID, EXAMPLE_SITE, example_page
from worker.api.examples import SUCCEEDED
from worker.webhooks import EVENTS, TEST

_WEBHOOK: dict[str, Any] = {
    "id": EXAMPLE_ID,
    "url": "https://example.com/vitrina",
    "events": ["job.succeeded", "job.failed"],
    "description": "",
    "enabled": True,
    "disabled_at": None,
    "disabled_reason": "",
    "created_at": "2026-05-04T09:00:00.000000Z",
}
_MESSAGE = {
    "type": "job.succeeded",
    "timestamp": "2026-05-04T09:30:00.040000Z",
    "data": json.loads(json.dumps(SUCCEEDED).replace(EXAMPLE_SITE, "")),
}
_DELIVERY: dict[str, Any] = {
    "id": EXAMPLE_ID,
    "webhook": EXAMPLE_ID,
    "event": "job.succeeded",
    "job": EXAMPLE_ID,
    "status": "succeeded",
    "attempts": 2,
    "next_attempt_at": None,
    "response_status": 204,
    "response_excerpt": "",
    "duration_ms": 31.4,
    "tries": [
        {
            "at": "2026-05-04T09:30:00.080000Z",
            "response_status": 503,
            "response_excerpt": "back in a moment",
            "duration_ms": 38.2,
        },
        {
            "at": "2026-05-04T09:30:05.120000Z",
            "response_status": 204,
            "response_excerpt": "",
            "duration_ms": 31.4,
        },
    ],
    "payload": _MESSAGE,
    "created_at": "2026-05-04T09:30:00.031000Z",
    "delivered_at": "2026-05-04T09:30:05.120000Z",
}
_WAITING = _DELIVERY | {
    "event": TEST,
    "job": None,
    "status": "pending",
    "attempts": 0,
    "next_attempt_at": "2026-05-04T09:31:00.000000Z",
    "response_status": None,
    "duration_ms": None,
    "tries": [],
    "payload": {},
    "delivered_at": None,
}


def _answer(name: str, value: dict[str, Any]) -> list[OpenApiExample]:
    return [OpenApiExample(name, value=value, response_only=True)]


WEBHOOK = _answer("A webhook", _WEBHOOK)
WEBHOOKS = _answer("One webhook", example_page("webhooks", _WEBHOOK))
WITH_SECRET = _answer(
    "A webhook with its secret",
    _WEBHOOK | {"secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD+hZFJuZc2rA="},
)
DELIVERIES = _answer("One message", example_page(f"webhooks/{EXAMPLE_ID}/deliveries", _DELIVERY))
TEST_DELIVERY = _answer("A test message", _WAITING)
_ALL = {
    "url": "https://example.com/vitrina",
    "events": [*EVENTS],
    "description": "Our archive",
    "enabled": True,
}
CREATE = [
    OpenApiExample(
        "Results only",
        value={"url": "https://example.com/vitrina", "events": ["job.succeeded", "job.failed"]},
        request_only=True,
    ),
    OpenApiExample("With all that can be said", value=_ALL, request_only=True),
]
UPDATE = [
    OpenApiExample("Switch it on again", value={"enabled": True}, request_only=True),
    OpenApiExample("Change everything", value=_ALL, request_only=True),
]


def _header(name: str, description: str, example: str) -> dict[str, Any]:
    return {
        "in": "header",
        "name": name,
        "required": True,
        "schema": {"type": "string"},
        "description": description,
        "example": example,
    }


_BODY = {
    "type": "object",
    "required": ["type", "timestamp", "data"],
    "properties": {
        "type": {"type": "string", "enum": [*EVENTS, TEST], "description": "What it tells of."},
        "timestamp": {
            "type": "string",
            "format": "date-time",
            "description": "When the message was written.",
        },
        "data": {
            "description": "The job, whose `urls` are paths; empty in a test.",
            "anyOf": [
                {"$ref": "#/components/schemas/Job"},
                {"type": "object", "maxProperties": 0},
            ],
        },
    },
}
_OPERATION = {
    "operationId": "webhook_message",
    "summary": "A job has ended",
    "description": (
        "What the address of a webhook is sent, as Standard Webhooks 1.0.0 says. Answer 2xx within "
        "ten seconds; 410 to be told of nothing any more. Anything else, a redirect too, is tried "
        "again over about three days, with the same `webhook-id`."
    ),
    "tags": ["webhooks"],
    "parameters": [
        _header(
            "webhook-id",
            "The message's id, the same each time that it is sent.",
            f"msg_{EXAMPLE_ID.replace('-', '')}",
        ),
        _header("webhook-timestamp", "When it was sent, in Unix seconds.", "1777887000"),
        _header(
            "webhook-signature",
            "Of id, timestamp and body, by the webhook's secret; for a day after that was renewed "
            "also by the one before, after a space.",
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        ),
    ],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": _BODY,
                "examples": {"job.succeeded": {"value": _MESSAGE}},
            }
        },
    },
    "responses": {"2XX": {"description": "It has arrived."}},
}

MESSAGE = OpenApiWebhook("message", {"post": _OPERATION})
"""The one message that there is, for the part «webhooks» of OpenAPI 3.1."""
