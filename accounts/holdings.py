"""What accounts themselves hold of a person: their part of an export and of an erasure."""

import json
from collections.abc import Iterator
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models import Q

from accounts.allowances import limits_read, limits_shown
from accounts.exporting import export_delete, exports_of
from accounts.models import Allowance, ApiToken, AuditEntry, Invitation, RequestCount, User
from accounts.personal import Entry, Part, json_entry, table_entry
from accounts.tidying import cache_forget
from project.rows import rows_by_key

TABLES = (
    "accounts.User",
    "accounts.User_groups",
    "accounts.User_user_permissions",
    "accounts.ApiToken",
    "accounts.Allowance",
    "accounts.AuditEntry",
    "accounts.DataExport",
    "account.EmailAddress",
    "account.EmailConfirmation",
    "mfa.Authenticator",
    "usersessions.UserSession",
    "socialaccount.SocialAccount",
    "socialaccount.SocialToken",
    "admin.LogEntry",
)


def _entries(user: User) -> Iterator[Entry]:
    """Yield all that is known of an account, without its secrets."""
    yield json_entry("account.json", [_account(user)])
    addresses = EmailAddress.objects.filter(user=user)
    yield table_entry("email_addresses.json", addresses, "email", "verified", "primary")
    yield json_entry("second_factors.json", _factors(user))
    elsewhere = SocialAccount.objects.filter(user=user)
    yield table_entry(
        "other_accounts.json",
        elsewhere,
        *("provider", "uid", "date_joined", "last_login", "extra_data"),
    )
    sessions = UserSession.objects.filter(user=user)
    yield table_entry("sessions.json", sessions, "ip", "user_agent", "created_at", "last_seen_at")
    fields = (
        "id",
        "name",
        "hint",
        "scopes",
        "created_at",
        "expires_at",
        "last_used_at",
        "revoked_at",
    )
    yield table_entry("tokens.json", ApiToken.objects.filter(user=user), *fields)
    names = [field.name for field in Allowance._meta.fields if field.name not in {"id", "group"}]  # noqa: SLF001
    yield table_entry("allowance.json", Allowance.objects.filter(user=user), *names)
    yield json_entry("audit_log.json", _audit(user))
    columns = ("id", "created_at", "finished_at", "size", "expires_at")
    yield table_entry("exports.json", exports_of(user), *columns)


def _account(user: User) -> dict[str, Any]:
    fields = (
        "id",
        "email",
        "name",
        "language",
        "theme",
        "date_joined",
        "last_login",
        "is_staff",
        "is_superuser",
        "awaits_approval",
        "terms_accepted_at",
        "retention",
        "retention_days",
    )
    return {
        **{name: getattr(user, name) for name in fields},
        "groups": list(user.groups.values_list("name", flat=True)),
        "limits": [
            {"limit": str(title), "value": value, "from": str(source)}
            for title, value, source in limits_shown(limits_read(user))
        ],
    }


def _factors(user: User) -> Iterator[dict[str, Any]]:
    for factor in Authenticator.objects.filter(user=user):
        yield {
            "type": factor.type,
            "name": factor.data.get("name", ""),
            "created_at": factor.created_at,
            "last_used_at": factor.last_used_at,
        }


def _audit(user: User) -> Iterator[dict[str, Any]]:
    """Yield the entries about an account, or of what its user did: of others no address."""
    entries = AuditEntry.objects.filter(Q(user=user) | Q(actor=user))
    for entry in rows_by_key(entries, size=500, newest_first=True):
        own = entry.actor_id in {user.pk, None}
        yield {
            "when": entry.created_at,
            "event": entry.event,
            "by": "you" if entry.actor_id == user.pk else "somebody else",
            "on": entry.target,
            "details": entry.details,
            "request": entry.request_id if own else "",
            "address": entry.address if own else None,
        }


def _erase(user: User) -> bool:
    """Erase what does not go with the user's row: it is not tied to it, or is a file."""
    for export in exports_of(user):
        export_delete(export=export)
    addresses = {
        user.email,
        *EmailAddress.objects.filter(user=user).values_list("email", flat=True),
    }
    for address in addresses:
        Invitation.objects.filter(email__iexact=address).delete()
    _counts_erase(user)
    _sessions_erase(user, addresses)
    AuditEntry.objects.pseudonymise(user)
    return True


def _sessions_erase(user: User, addresses: set[str]) -> None:
    """Delete every session that names somebody: their own, and those of who was signing in."""
    doomed = []
    for session in rows_by_key(Session.objects.all(), size=500):
        data = session.get_decoded()
        text = json.dumps(data, default=str).lower()
        theirs = str(user.pk) in {
            str(data.get("_auth_user_id")),
            str(data.get("account_authentication_methods_user")),
            str(data.get("impersonator", {}).get("id")),
        }
        if theirs or any(address.lower() in text for address in addresses):
            doomed.append(session.session_key)
    for start in range(0, len(doomed), 500):
        Session.objects.filter(session_key__in=doomed[start : start + 500]).delete()


def _counts_erase(user: User) -> None:
    """Delete what is counted under a user's number, or under an address that they came from.

    Of e-mail addresses allauth keeps a hash, for a day at most.
    """
    networks = {
        *UserSession.objects.filter(user=user).values_list("ip", flat=True),
        *AuditEntry.objects.filter(actor=user).values_list("address", flat=True).distinct(),
        *AuditEntry.objects.filter(actor=None, user=user).values_list("address", flat=True),
    }
    names = [f"user:{user.pk}", *(f"ip:{network}" for network in networks if network)]
    RequestCount.objects.filter(key__in=names).delete()
    for name in names:
        cache_forget("cache_key LIKE %s", f"%:{name}")
    cache_forget("cache_key LIKE %s", f"%?user={user.pk}&%")


PART = Part("accounts", TABLES, entries=_entries, count=lambda _: 9, erase=_erase)
