"""The age of a session, and the language of a page: by choice, then by account, then by browser."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation

from accounts.models import User
from accounts.sessions import session_touch


class SessionAgeMiddleware:
    """Ends sessions in time. Stands after the one that finds the user."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """End the session, or note that it is used; who sends no cookie costs no query."""
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            session_touch(request)
        return self.get_response(request)


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
