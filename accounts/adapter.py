"""What the site adds to allauth's sign-in."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest, HttpResponse

from accounts.devices import device_of, device_remember
from accounts.models import User
from accounts.sessions import session_begin


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Counts failed attempts such that no stranger locks an owner out; begins sessions."""

    def login(self, request: HttpRequest, user: User) -> None:
        """Sign somebody in who has passed every check."""
        super().login(request, user)
        session_begin(request)

    def post_login(self, request: HttpRequest, user: User, **facts: Any) -> HttpResponse:
        """Answer a sign-in."""
        response: HttpResponse = super().post_login(request, user, **facts)
        device_remember(request, response, user.email)
        return response

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Return under which name attempts are counted: the device's, if the owner has used it."""
        device = device_of(request, credentials.get("email", ""))
        if device is not None:
            return f"device:{device}"
        key: str = super()._get_login_attempts_cache_key(request, **credentials)
        return key
