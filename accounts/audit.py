"""The audit log: what happened to accounts, and what administrators did.

Services call :func:`audit_record` where they have done what they do, in the same transaction.
Who acts, from where and with which request comes from the request that is being answered.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from allauth.account.adapter import get_adapter
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import AuditEntry, User
from project.api.tracing import current_request, request_id
from project.rows import rows_by_key
from project.tables import BOM, csv_line

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_EVENTS: dict[str, "StrOrPromise"] = {
    "user.signed_in": _("signed in"),
    "user.signed_out": _("signed out"),
    "user.sign_in_failed": _("could not sign in"),
    "user.signed_up": _("signed up"),
    "user.password_changed": _("changed the password"),
    "user.password_reset": _("set a new password by e-mail"),
    "user.email_changed": _("changed the e-mail address"),
    "user.retention_changed": _("changed how long things are kept"),
    "export.asked": _("asked for an export of everything"),
    "export.taken": _("downloaded an export of everything"),
    "erasure.asked": _("asked for an account to be erased"),
    "erasure.undone": _("kept an account that was to be erased"),
    "erasure.done": _("erased an account"),
    "factor.added": _("set up a second factor"),
    "factor.removed": _("removed a second factor"),
    "user.factors_removed": _("removed somebody's second factors"),
    "user.created": _("created an account for somebody"),
    "user.disabled": _("disabled an account"),
    "user.enabled": _("enabled an account"),
    "user.reset_forced": _("had somebody choose a new password"),
    "user.impersonated": _("signed in as somebody else"),
    "user.impersonation_ended": _("went back to their own account"),
    "admin.added": _("added something in the administration"),
    "admin.changed": _("changed something in the administration"),
    "admin.deleted": _("deleted something in the administration"),
    "user.approved": _("approved an account"),
    "user.rejected": _("rejected an account"),
    "invitation.made": _("invited somebody"),
    "token.made": _("made an API token"),
    "token.revoked": _("revoked an API token"),
    "audit.exported": _("exported the audit log"),
}

COLUMNS = ("when", "event", "who", "whose account", "on what", "details", "request", "address")


def audit_events_register(events: Mapping[str, "StrOrPromise"]) -> None:
    """Name the events of an app, each with what somebody did in words."""
    _EVENTS.update(events)


def audit_events() -> dict[str, "StrOrPromise"]:
    """Return all events that can be in the log, in words."""
    return dict(_EVENTS)


def audit_record(
    event: str,
    *,
    actor: User | None = None,
    user: User | int | None = None,
    target: str = "",
    **details: str | int | bool | list[str],
) -> AuditEntry:
    """Add an entry to the log. Nothing in it may be a secret, or name a person.

    :param actor: by default, who is signed in where the request comes from.
    :param user: whose account it is about, if it is about one; also by number.
    :param target: on what, as ``kind:id``.
    :raises KeyError: when no app has named the event.
    """
    if event not in _EVENTS:
        raise KeyError(event)
    return AuditEntry.objects.create(
        event=event,
        actor_id=actor.pk if actor else _actor_id(),
        user_id=user.pk if isinstance(user, User) else user,
        target=target,
        details=details,
        request_id=request_id(),
        address=_address(),
    )


def _actor_id() -> int | None:
    """Return the number of who is signed in; of an administrator behind another user, theirs."""
    request = current_request()
    user = getattr(request, "user", None)
    if request is None or not isinstance(user, User):
        return None
    impersonator: dict[str, int] = request.session.get("impersonator", {})
    return impersonator.get("id", user.pk)


def _address() -> str | None:
    """Return where the request comes from."""
    request = current_request()
    return get_adapter().get_client_ip(request) if request else None


def audit_csv(entries: QuerySet[AuditEntry]) -> Iterator[bytes]:
    """Note that entries are taken away, and return them as a table."""
    audit_record("audit.exported")
    return _csv_lines(entries)


def _csv_lines(entries: QuerySet[AuditEntry]) -> Iterator[bytes]:
    yield BOM + csv_line(COLUMNS)
    for entry in rows_by_key(entries, size=500, newest_first=True):
        yield csv_line(
            [
                entry.created_at.isoformat(timespec="seconds"),
                entry.event,
                entry.actor_id or "",
                entry.user_id or "",
                entry.target,
                entry.details or "",
                entry.request_id,
                entry.address or "",
            ]
        )
