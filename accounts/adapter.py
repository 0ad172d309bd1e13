"""What the site adds to allauth's sign-in."""

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accounts.devices import device_of, device_remember
from accounts.models import User
from accounts.sessions import session_begin
from accounts.signing_up import invitation_in, needs_approval
from project.mail import MailAwayError

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Who may sign up, how attempts are counted, and in which language messages are."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("The e-mail address or the password is not right."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Tell whether this browser may sign up; the form looks at the address."""
        if settings.SIGN_UP == "invitation" and invitation_in(request) is None:
            page = render(request, "account/signup_by_invitation.html", status=403)
            raise ImmediateHttpResponse(page)
        return bool(settings.SIGN_UP != "closed")

    def new_user(self, request: HttpRequest) -> User:
        """Return the account that somebody signs up for."""
        user: User = super().new_user(request)
        user.language = translation.get_language() or ""
        user.awaits_approval = needs_approval(request)
        return user

    def get_login_stages(self) -> list[str]:
        """Ask for approval once the address is confirmed, and before any second step."""
        stages: list[str] = super().get_login_stages()
        after = stages.index("allauth.account.stages.EmailVerificationStage") + 1
        return [*stages[:after], "accounts.stages.ApprovalStage", *stages[after:]]

    def login(self, request: HttpRequest, user: User) -> None:
        """Sign somebody in who has passed every check."""
        known = user.last_login is None or device_of(request, user.email) is not None
        super().login(request, user)
        session_begin(request)
        if not known:
            self.send_notification_mail("account/email/new_device", user)

    def post_login(self, request: HttpRequest, user: User, **facts: Any) -> HttpResponse:
        """Answer a sign-in."""
        response: HttpResponse = super().post_login(request, user, **facts)
        device_remember(request, response, user.email)
        return response

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write to somebody in their language, whoever's request it is.

        :raises MailAwayError: when it cannot be sent.
        """
        user = context.get("user") or User.objects.filter(email__iexact=email).first()
        language = getattr(user, "language", "") or translation.get_language()
        try:
            with translation.override(language):
                super().send_mail(template_prefix, email, context)
        except OSError as error:  # every error of SMTP is one
            raise MailAwayError(str(error)) from error

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Tell of something that was done; that it cannot be sent undoes nothing."""
        try:
            super().send_notification_mail(*args, **kwargs)
        except MailAwayError:
            logger.exception("A security e-mail could not be sent.")

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Return under which name attempts are counted: the device's, if the owner has used it.

        Else the address's. Allauth puts the name before it that the browser calls the site by, with
        a port that may be any: there would be five more attempts for each.
        """
        address = str(credentials.get("email", ""))
        device = device_of(request, address)
        return f"address:{address.lower()}" if device is None else f"device:{device}"
