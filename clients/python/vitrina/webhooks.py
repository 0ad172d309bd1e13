"""Verifies what a site sends to a webhook; needs ``vitrina-client[webhooks]``."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from vitrina.errors import VitrinaError
from vitrina.shapes import Job, parse


class VerificationError(VitrinaError):
    """A message is not from the site, has been changed, or is too old."""


@dataclass(frozen=True, slots=True)
class Message:
    """What a webhook is told.

    :ivar id: the same when the message comes again.
    :ivar type: ``job.succeeded``, ``job.failed``, ``job.canceled``, ``job.expired`` or ``test``.
    :ivar job: the job; ``None`` in a test.
    """

    id: str
    type: str
    timestamp: datetime
    job: Job | None


def verify(body: bytes | str, headers: Mapping[str, str], secret: str) -> Message:
    """Return a message after verifying that the site has sent it (Standard Webhooks 1.0.0).

    :param body: the request's body, as it came.
    :param headers: the request's headers.
    :param secret: the webhook's secret, ``whsec_…``.
    :raises VerificationError: when it must not be believed.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    try:
        content: dict[str, Any] = Verifier(secret).verify(body, lower)
    except WebhookVerificationError as error:
        raise VerificationError(str(error)) from error
    data = content.get("data") or None
    return Message(
        id=lower["webhook-id"],
        type=str(content["type"]),
        timestamp=parse(content["timestamp"], datetime),
        job=parse(data, Job) if data else None,
    )
