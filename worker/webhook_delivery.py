"""Sends one webhook message: signed as Standard Webhooks 1.0.0 says, to public addresses only.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import json
import logging
import ssl
import time
import uuid
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.utils import timezone, translation
from standardwebhooks import Webhook as Signer

from project import traces
from project.api.tracing import Subject, work_on
from worker.api import representation
from worker.fetch import Answer, FetchError, fetch
from worker.metrics import WEBHOOK_TRIES
from worker.models import Job, WebhookDelivery
from worker.webhooks import delivery_claim, delivery_end, webhook_secrets

logger = logging.getLogger(__name__)

EXCERPT = 500
GONE_STATUS = 410


def deliver(
    *,
    delivery_id: uuid.UUID,
    attempts: int,
    allow: Collection[str] = (),
    tls: ssl.SSLContext | None = None,
) -> None:
    """Try once to deliver, unless somebody else does.

    :param allow: private addresses to send to all the same, and ``tls`` other trust: for tests.
    """
    delivery = delivery_claim(delivery_id=delivery_id, attempts=attempts)
    if delivery is None:
        return
    job = delivery.job
    of_job = (job.request_id, str(job.id)) if job else ("", "")
    trace = job.traceparent if job else ""
    with (
        work_on(Subject(*of_job, delivery.webhook.user_id)),
        traces.span("webhook", parent=trace, kind="client"),
    ):
        _deliver(delivery, allow, tls)


def _deliver(delivery: WebhookDelivery, allow: Collection[str], tls: ssl.SSLContext | None) -> None:
    """Send what was claimed, and note what came of it."""
    start = time.perf_counter()
    status, excerpt = 0, ""
    try:
        answer = _send(delivery, allow, tls)
        status, excerpt = answer.status, _readable(answer.body)
    except FetchError as error:
        excerpt = str(error)
    duration = (time.perf_counter() - start) * 1000
    logger.info("delivery %s: %s after %.0f ms", delivery.id, status or excerpt, duration)
    delivered = 200 <= status < 300
    if not delivered:
        traces.failed(str(status) if status else "unreachable")
    WEBHOOK_TRIES.labels("taken" if delivered else "failed").inc()
    delivery_end(
        delivery=delivery,
        delivered=delivered,
        gone=status == GONE_STATUS,
        answer={
            "payload": delivery.payload,
            "response_status": status or None,
            "response_excerpt": excerpt,
            "duration_ms": round(duration, 1),
        },
    )


def _send(delivery: WebhookDelivery, allow: Collection[str], tls: ssl.SSLContext | None) -> Answer:
    """Sign and send.

    :raises FetchError: when nothing is answered.
    """
    delivery.payload = delivery.payload or payload(delivery)
    # Sorted, as PostgreSQL keeps no order of keys and each try must send the same bytes.
    body = json.dumps(delivery.payload, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    moment = datetime.now(UTC)
    message_id = f"msg_{delivery.id.hex}"
    signatures = [
        Signer(secret).sign(message_id, moment, body)
        for secret in webhook_secrets(delivery.webhook)
    ]
    return fetch(
        delivery.webhook.url,
        method="POST",
        headers={
            "Content-Type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": " ".join(signatures),
            **_trace(delivery),
        },
        body=body.encode(),
        max_bytes=EXCERPT * 4,
        cut=True,
        seconds=settings.WEBHOOK_SECONDS,
        allow=allow,
        tls=tls,
    )


def _trace(delivery: WebhookDelivery) -> dict[str, str]:
    """Return the header that names the request which made the job."""
    found = delivery.job.request_id if delivery.job else ""
    return {"X-Request-Id": found} if found else {}


def payload(delivery: WebhookDelivery) -> dict[str, Any]:
    """Return what is told: the event and, unless it is a test, the job in its user's language."""
    return {
        "type": delivery.event,
        "timestamp": representation.time(timezone.now()),
        "data": {} if delivery.job is None else _job(delivery.job, delivery),
    }


def _job(job: Job, delivery: WebhookDelivery) -> dict[str, Any]:
    """Return the job; its addresses are paths, as no request says under which name we are known."""
    language = representation.language_of(job, None, delivery.webhook.user.language)
    with translation.override(language):
        return representation.job_data(job, language=language, address=str)


def _readable(body: bytes) -> str:
    """Return the beginning of an answer as text that every database takes."""
    return body.decode(errors="replace").replace("\x00", "")[:EXCERPT]
