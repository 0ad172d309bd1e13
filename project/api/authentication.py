"""Who calls: a program with a token, or a browser that is signed in."""

from collections.abc import Mapping
from copy import copy
from typing import TYPE_CHECKING, Any, cast

from django.http import QueryDict
from rest_framework.authentication import BaseAuthentication
from rest_framework.authentication import SessionAuthentication as DrfSessionAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.models import ApiToken, Scope, User
from accounts.tokens import token_authenticate, token_used
from project.api.problems import ProblemError

if TYPE_CHECKING:
    from rest_framework.views import APIView

CHALLENGE = 'Bearer realm="vitrina"'

ANYONE = "anyone"
"""Access for everybody, signed in or not."""

ACCOUNT = "account"
"""Access for every account and each of its tokens, whatever their scopes."""


class TokenAuthentication(BaseAuthentication):
    """``Authorization: Bearer vit_…`` (RFC 6750)."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """Return the user and the token; ``None`` where no bearer token is sent."""
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        token = token_authenticate(secret.strip())
        if token is None:
            raise AuthenticationFailed
        token_used(token=token)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Return what a 401 asks for."""
        del request
        return CHALLENGE


class SessionAuthentication(DrfSessionAuthentication):
    """The session of a browser, which has to prove that the request is this site's own."""

    def enforce_csrf(self, request: Request) -> None:
        """Refuse a request that another site may have made: the header must have the token.

        Django would look into a form's fields first, and take in all of an upload for that.
        """
        bare = copy(request._request)  # noqa: SLF001 - DRF's own name for it
        bare._post = QueryDict()  # type: ignore[attr-defined]  # noqa: SLF001
        try:
            super().enforce_csrf(cast("Request", bare))
        except PermissionDenied as error:
            raise ProblemError("csrf_failed") from error


class ScopePermission(BasePermission):
    """The one place that decides who may call what: views declare their ``access``."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Compare what the view's method asks for with what the caller has."""
        access: Mapping[str, str] = getattr(view, "access", {})
        needed = access.get("GET" if request.method == "HEAD" else str(request.method), ANYONE)
        if needed == ANYONE:
            return True
        if not isinstance(request.user, User):
            return False
        if needed != ACCOUNT and needed not in scopes_of(request):
            challenge = f'{CHALLENGE}, error="insufficient_scope", scope="{needed}"'
            raise ProblemError("insufficient_scope", headers={"WWW-Authenticate": challenge})
        return True


def scopes_of(request: Request) -> list[str]:
    """Return the scopes of whoever calls: a token's, or all of them in a browser."""
    token: Any = request.auth
    return list(token.scopes) if isinstance(token, ApiToken) else list(Scope.values)
