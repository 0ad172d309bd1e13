"""Signing in as somebody else, to see what they see. Only administrators do, and it is noted."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from accounts.audit import audit_record
from accounts.models import User
from accounts.sessions import session_begin

KEY = "impersonator"
"""In the session: who it really is, and what their own session held."""

CLOSED = "/accounts/"
OPEN = ("/accounts/language/", "/accounts/theme/", "/accounts/logout/", "/accounts/impersonation/")


def may_impersonate(*, staff: User, user: User) -> bool:
    """Tell whether one may sign in as another: never as anybody who has rights of their own."""
    return staff.is_superuser and user.is_active and not user.is_staff and not user.is_superuser


def impersonation_start(*, request: HttpRequest, user: User) -> bool:
    """Go on as another user, in a session that has nothing of one's own; ``False``: not allowed.

    Nobody signs in: that would tell the user of a device that is not theirs.
    """
    staff = request.user
    if not isinstance(staff, User) or not may_impersonate(staff=staff, user=user):
        return False
    audit_record("user.impersonated", user=user)
    own = dict(request.session.items())
    request.session.flush()
    request.session[SESSION_KEY] = str(user.pk)
    request.session[BACKEND_SESSION_KEY] = own[BACKEND_SESSION_KEY]
    request.session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session_begin(request)
    request.session.set_expiry(0)  # with the browser
    request.session[KEY] = {"id": staff.pk, "session": own}
    return True


def impersonation_end(*, request: HttpRequest) -> bool:
    """Go back to one's own session; ``False`` when this one is."""
    theirs: Mapping[str, Any] | None = request.session.get(KEY)
    if theirs is None:
        return False
    user = request.user
    audit_record("user.impersonation_ended", user=user if isinstance(user, User) else None)
    request.session.flush()
    request.session.update(dict(theirs["session"]))
    return True


class ImpersonationMiddleware:
    """Keeps administrators from changing the account of whom they have signed in as."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Let a request through, unless it would change the account.

        :raises PermissionDenied: when it would.
        """
        writes = request.method not in {"GET", "HEAD", "OPTIONS"}
        closed = request.path.startswith(CLOSED) and request.path not in OPEN
        if writes and closed and KEY in request.session:
            raise PermissionDenied
        return self.get_response(request)
