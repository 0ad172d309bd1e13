"""How long is kept what somebody hands in: their choice. The sweeper carries it out."""

from accounts.audit import audit_record
from accounts.models import Retention, User

WITH_DAYS = (Retention.PICTURES, Retention.EVERYTHING)
"""The choices that ask for a number of days."""


def retention_set(*, user: User, retention: str, days: int | None) -> None:
    """Keep what a user has handed in, and will, for so long."""
    user.retention = retention
    user.retention_days = days if retention in WITH_DAYS else None
    user.save(update_fields=["retention", "retention_days"])
    audit_record(
        "user.retention_changed", user=user, retention=retention, days=user.retention_days or 0
    )
