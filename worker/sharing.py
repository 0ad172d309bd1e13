"""Links with which a user shows one result to anybody, for a while.

The address holds the link's id, signed: whoever only knows, or guesses, ids opens nothing, and
nor does whoever has read the database. Revoking deletes the row.
"""

import uuid
from datetime import timedelta

from django.core import signing
from django.db.models import QuerySet
from django.utils import timezone

from worker.models import Job, Share, Status

SHARES_MAX = 20
"""Links that one job has at a time."""

_signer = signing.Signer(salt="worker.share", sep=".")


def share_create(*, job: Job, lifetime: timedelta) -> Share | None:
    """Make a link to a job's result; ``None`` when it has none yet, or too many links."""
    if job.status != Status.SUCCEEDED or shares_open(job).count() >= SHARES_MAX:
        return None
    return Share.objects.create(job=job, expires_at=timezone.now() + lifetime)


def share_revoke(*, share: Share) -> None:
    """Make a link open nothing any more, at once."""
    share.delete()


def shares_open(job: Job) -> QuerySet[Share]:
    """Return the links of a job that still open it, those that end first at the beginning."""
    return job.shares.filter(expires_at__gt=timezone.now()).order_by("expires_at")


def share_token(share: Share) -> str:
    """Return what stands in the link's address."""
    return _signer.sign(share.id.hex)


def share_is_genuine(token: str) -> bool:
    """Tell whether this site has made a token, be its link still open or not."""
    try:
        _signer.unsign(token)
    except signing.BadSignature:
        return False
    return True


def share_find(token: str) -> Share | None:
    """Return the open link that a token belongs to, with its job."""
    try:
        share_id = uuid.UUID(hex=_signer.unsign(token))
    except (signing.BadSignature, ValueError):
        return None
    return (
        Share.objects.select_related("job")
        .filter(id=share_id, expires_at__gt=timezone.now())
        .first()
    )
