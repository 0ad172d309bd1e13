"""The age of a session, the second step of staff, and the language of a page.

The language: by choice, then by account, then by browser.
"""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.factors import lacks_second_factor
from accounts.models import User
from accounts.sessions import session_touch

FOR_STAFF = ("admin/", "console/", "metrics")
"""What the routes of the pages for staff begin with."""


class SessionAgeMiddleware:
    """Ends sessions in time. Stands after the one that finds the user."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """End the session, or note that it is used; who sends no cookie costs no query."""
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            session_touch(request)
        return self.get_response(request)


class StaffMiddleware:
    """Keeps staff without a second step out of admin and console, where staff must have one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Go on; what counts is decided once the view is known."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: object) -> HttpResponseBase | None:
        """Lead to where a second step is set up."""
        match = request.resolver_match
        if match is None or not match.route.startswith(FOR_STAFF):
            return None
        if not isinstance(request.user, User) or not lacks_second_factor(request.user):
            return None
        messages.error(request, _("Set up a second step first: staff must have one."))
        return redirect("mfa_index")


class AccountLanguageMiddleware:
    """Uses the account's language on a device on which none was chosen.

    Stands after the one that finds the user; Django's own has followed cookie or browser.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Activate the account's language where it counts."""
        languages = dict(settings.LANGUAGES)
        if request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME) not in languages:
            user = request.user
            if isinstance(user, User) and user.language in languages:
                translation.activate(user.language)
                request.LANGUAGE_CODE = translation.get_language()
        return self.get_response(request)
