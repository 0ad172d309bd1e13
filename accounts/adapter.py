"""What the site adds to allauth's sign-in."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from accounts.devices import device_of, device_remember
from accounts.models import User
from accounts.sessions import session_begin


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Counts failed attempts such that no stranger locks an owner out; begins sessions.

    Messages are in the language of the account, wherever they are asked for.
    """

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a message; to somebody unknown in the language of the page."""
        user = context.get("user") or User.objects.filter(email__iexact=email).first()
        language = user.language if user else ""
        if language not in dict(settings.LANGUAGES):
            language = translation.get_language() or settings.LANGUAGE_CODE
        with translation.override(language):
            super().send_mail(template_prefix, email, context)

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
