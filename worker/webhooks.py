"""Webhooks: addresses that are told when jobs end. Writes to them and to their deliveries.

The database is the queue. A delivery is due at a time; :func:`webhook_ring` publishes a few of a
webhook's due ones, and is called when one arises, when one has been sent, and by the sweeper. What
happens when a message comes twice, or never, is what happens to jobs: nothing, or a little later.
"""

import base64
import hashlib
import hmac
import logging
import random
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from accounts.audit import audit_record
from project.celery import send
from worker.fetch import FetchError, parse
from worker.metrics import count_ended
from worker.models import DeliveryStatus, Job, Webhook, WebhookDelivery
from worker.registry import hidden_services

if TYPE_CHECKING:
    from accounts.models import User

logger = logging.getLogger(__name__)

TASK = "worker.tasks.deliver_webhook"
QUEUE = "webhooks"

EVENTS = ("job.succeeded", "job.failed", "job.canceled", "job.expired")
TEST = "test"

GONE, FAILING = "gone", "failing"
"""Reasons why a webhook was disabled."""


class TooManyWebhooksError(Exception):
    """A user has as many webhooks as one may have."""


class Fault(NamedTuple):
    """What is wrong with an address, for people and for programs."""

    code: str
    text: str


def webhook_url_fault(url: str) -> Fault | None:
    """Return why nothing will ever be sent to an address, as far as one sees without resolving."""
    try:
        parts = parse(url)
    except FetchError as error:
        return Fault(error.code, _("Addresses like this one are not opened."))
    if parts.scheme != "https":
        return Fault("https", _("The address must begin with https://."))
    return None


def webhook_create(
    *, user: "User", url: str, events: Iterable[str], description: str = ""
) -> Webhook:
    """Have an address told of events.

    :raises TooManyWebhooksError: when the user has to delete one first.
    """
    if Webhook.objects.filter(user=user).count() >= settings.API_WEBHOOKS_PER_USER:
        raise TooManyWebhooksError
    webhook = Webhook.objects.create(
        user=user, url=url, events=_in_order(events), description=description
    )
    _record("webhook.made", webhook)
    return webhook


def webhook_update(*, webhook: Webhook, enabled: bool | None = None, **fields: Any) -> Webhook:
    """Change some of ``url``, ``events`` and ``description``; switch it off, or on again."""
    if "events" in fields:
        fields["events"] = _in_order(fields["events"])
    for name, value in fields.items():
        setattr(webhook, name, value)
    if enabled is True:
        webhook.disabled_at, webhook.disabled_reason = None, ""
    elif enabled is False and webhook.disabled_at is None:
        webhook.disabled_at = timezone.now()
    webhook.save()
    if enabled is not None:
        _record("webhook.enabled" if enabled else "webhook.disabled", webhook)
    return webhook


def webhook_rotate(*, webhook: Webhook) -> Webhook:
    """Give a webhook a new secret; the old one signs beside it for a while."""
    Webhook.objects.filter(id=webhook.id).update(
        secret_version=F("secret_version") + 1, secret_renewed_at=Now()
    )
    webhook.refresh_from_db()
    _record("webhook.rotated", webhook)
    return webhook


def webhook_delete(*, webhook: Webhook) -> None:
    """Forget a webhook with its deliveries."""
    _record("webhook.deleted", webhook)
    webhook.delete()


def _record(event: str, webhook: Webhook) -> None:
    audit_record(event, user=webhook.user_id, target=f"webhook:{webhook.id}")


def webhook_secret(webhook: Webhook) -> str:
    """Return the secret that signs a webhook's messages: derived, so that no dump holds it."""
    return _secret(webhook, webhook.secret_version)


def webhook_secrets(webhook: Webhook) -> list[str]:
    """Return the secrets that sign: also the one before, until every receiver has the new one.

    Whoever has stolen that one gains nothing by it: a receiver believes it or does not.
    """
    renewed = webhook.secret_renewed_at
    overlap = timedelta(hours=settings.WEBHOOK_SECRET_OVERLAP_HOURS)
    both = renewed is not None and timezone.now() < renewed + overlap
    versions = [webhook.secret_version, webhook.secret_version - 1][: 1 + both]
    return [_secret(webhook, version) for version in versions]


def _secret(webhook: Webhook, version: int) -> str:
    text = f"webhook:{webhook.id}:{version}"
    digest = hmac.new(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256).digest()
    return f"whsec_{base64.b64encode(digest).decode()}"


def _in_order(events: Iterable[str]) -> list[str]:
    wanted = set(events)
    return [event for event in EVENTS if event in wanted]


def jobs_ended(jobs: Sequence[Job], *, status: str, code: str = "") -> None:
    """Have it counted and told that jobs ended; called in the transaction that ends them.

    Those of hidden services are nobody's concern: their owner has not asked for them as such.

    :param jobs: of them only ``id``, ``user_id``, ``service`` and ``error_code`` are looked at.
    :param code: why they failed, where they do not know it themselves.
    """
    for job in jobs:
        count_ended(job=job, status=status, code=code or job.error_code)
    event = f"job.{status}"
    jobs = [job for job in jobs if job.service not in hidden_services()]
    webhooks = Webhook.objects.filter(
        user_id__in={job.user_id for job in jobs},
        disabled_at=None,
    )
    concerned = [webhook for webhook in webhooks if event in webhook.events]
    if concerned:
        deliveries = [
            _delivery(webhook, event, job_id=job.id)
            for webhook in concerned
            for job in jobs
            if job.user_id == webhook.user_id
        ]
        WebhookDelivery.objects.bulk_create(deliveries)
        _ring_on_commit([webhook.id for webhook in concerned])


def webhook_test(*, webhook: Webhook) -> WebhookDelivery:
    """Send a webhook a message that means nothing."""
    delivery = _delivery(webhook, TEST)
    delivery.save(force_insert=True)
    _ring_on_commit([webhook.id])
    return delivery


def delivery_replay(*, delivery: WebhookDelivery) -> bool:
    """Send a delivery again, under its id: whoever has had it knows it.

    :returns: ``False`` when it is on its way anyway, or its webhook is switched off.
    """
    again = WebhookDelivery.objects.filter(
        id=delivery.id,
        webhook__disabled_at=None,
    ).exclude(status=DeliveryStatus.PENDING)
    replayed = again.update(
        status=DeliveryStatus.PENDING,
        attempts=0,
        tries=[],
        next_attempt_at=Now(),
        claimed_until=None,
    )
    if replayed:
        _ring_on_commit([delivery.webhook_id])
    return bool(replayed)


def _delivery(webhook: Webhook, event: str, job_id: uuid.UUID | None = None) -> WebhookDelivery:
    """Return a delivery that is due; its content is written when it is first sent."""
    return WebhookDelivery(
        webhook=webhook,
        event=event,
        job_id=job_id,
        payload={},
        next_attempt_at=timezone.now(),
    )


def _ring_on_commit(webhook_ids: Iterable[uuid.UUID]) -> None:
    # A function of its own: Django logs its name when it fails.
    def ring() -> None:
        for webhook_id in webhook_ids:
            webhook_ring(webhook_id=webhook_id)

    transaction.on_commit(ring, robust=True)


def webhook_ring(*, webhook_id: uuid.UUID) -> int:
    """Publish a webhook's due deliveries, as far as its window has room; return how many."""
    with transaction.atomic():
        taken = _take(webhook_id)
    unsent = [delivery_id for delivery_id, _ in taken]
    try:
        for delivery_id, attempts in taken:
            send(TASK, str(delivery_id), attempts, queue=QUEUE)
            unsent.remove(delivery_id)
    except (OperationalError, OSError) as error:
        logger.warning("cannot publish deliveries, they wait: %s", error)
        WebhookDelivery.objects.filter(id__in=unsent).update(claimed_until=None)
    return len(taken) - len(unsent)


def _take(webhook_id: uuid.UUID) -> list[tuple[uuid.UUID, int]]:
    """Mark a webhook's oldest due deliveries as handed out."""
    pending = WebhookDelivery.objects.filter(
        webhook_id=webhook_id,
        webhook__disabled_at=None,
        status=DeliveryStatus.PENDING,
    )
    out = pending.filter(claimed_until__gt=Now()).count()
    free = Q(claimed_until=None) | Q(claimed_until__lte=Now())
    due = pending.filter(free, next_attempt_at__lte=Now()).order_by("next_attempt_at")
    if connection.features.has_select_for_update_skip_locked:
        due = due.select_for_update(skip_locked=True, of=("self",))
    room = max(0, settings.WEBHOOK_WINDOW - out)
    taken = list(due.values_list("id", "attempts")[:room])
    WebhookDelivery.objects.filter(id__in=[delivery_id for delivery_id, _ in taken]).update(
        claimed_until=Now() + _lease(),
    )
    return taken


def _lease() -> timedelta:
    return timedelta(seconds=settings.WEBHOOK_LEASE_SECONDS)


def deliveries_ring_due() -> int:
    """Publish what is due, of every webhook; return how many. The sweeper calls this."""
    due = WebhookDelivery.objects.filter(
        status=DeliveryStatus.PENDING,
        next_attempt_at__lte=Now(),
        webhook__disabled_at=None,
    )
    webhook_ids = due.order_by().values_list("webhook_id", flat=True).distinct()
    return sum(webhook_ring(webhook_id=webhook_id) for webhook_id in list(webhook_ids))


def delivery_claim(*, delivery_id: uuid.UUID, attempts: int) -> WebhookDelivery | None:
    """Take a delivery to send it, or return ``None`` when somebody else has it."""
    claimed = WebhookDelivery.objects.filter(
        id=delivery_id,
        status=DeliveryStatus.PENDING,
        attempts=attempts,
        webhook__disabled_at=None,
    ).update(attempts=F("attempts") + 1, claimed_until=Now() + _lease())
    if not claimed:
        return None
    return WebhookDelivery.objects.select_related("webhook__user", "job").get(id=delivery_id)


def delivery_end(
    *, delivery: WebhookDelivery, delivered: bool, gone: bool, answer: Mapping[str, Any]
) -> None:
    """Note how a try ended, and when the next one is; disable a webhook that nobody answers for."""
    tries_left = delivery.attempts <= len(settings.WEBHOOK_PAUSES) and not gone
    one = {
        "at": timezone.now().isoformat().replace("+00:00", "Z"),
        "response_status": answer["response_status"],
        "response_excerpt": answer["response_excerpt"],
        "duration_ms": answer["duration_ms"],
    }
    fields: dict[str, Any] = dict(answer) | {
        "tries": [*delivery.tries, one],
        "claimed_until": None,
        "next_attempt_at": None,
    }
    if delivered:
        fields |= {"status": DeliveryStatus.SUCCEEDED, "delivered_at": Now()}
    elif tries_left:
        pause = timedelta(seconds=_pause(delivery.attempts))
        fields |= {"next_attempt_at": timezone.now() + pause}
    else:
        fields |= {"status": DeliveryStatus.FAILED}
    with transaction.atomic():
        mine = WebhookDelivery.objects.filter(id=delivery.id, attempts=delivery.attempts)
        if mine.update(**fields) and not delivered and not tries_left:
            _give_up(delivery, gone=gone)
    webhook_ring(webhook_id=delivery.webhook_id)


def _pause(attempts: int) -> float:
    """Return the seconds until the next try."""
    pause: float = settings.WEBHOOK_PAUSES[attempts - 1]
    return pause * random.uniform(1 - settings.WEBHOOK_JITTER, 1 + settings.WEBHOOK_JITTER)  # noqa: S311


def _give_up(delivery: WebhookDelivery, *, gone: bool) -> None:
    """Disable a webhook that says it is gone, or took nothing since a delivery began."""
    others = WebhookDelivery.objects.filter(webhook_id=delivery.webhook_id)
    if not gone and others.filter(delivered_at__gt=delivery.created_at).exists():
        return
    disabled = Webhook.objects.filter(id=delivery.webhook_id, disabled_at=None).update(
        disabled_at=Now(),
        disabled_reason=GONE if gone else FAILING,
    )
    if disabled:
        logger.warning("webhook %s is disabled", delivery.webhook_id)
        others.filter(status=DeliveryStatus.PENDING).update(
            status=DeliveryStatus.FAILED, next_attempt_at=None, claimed_until=None
        )
