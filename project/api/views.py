"""What every endpoint inherits: who may call, how often, in which language, and problems."""

from datetime import UTC, date, datetime, time, timedelta
from http import HTTPStatus
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponseBase
from django.utils.http import http_date
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from project.api.authentication import ANYONE
from project.api.language import language_activate
from project.api.limits import Standing, count_request
from project.api.problems import ProblemError

NOTICE = timedelta(days=365)
"""For how long at least what is to go still works."""


class ApiView(APIView):
    """The base of all endpoints.

    :cvar access: what each method asks for: a scope, ``ACCOUNT`` or ``ANYONE``. A handler
        without an entry is a mistake that stops the start.
    :cvar deprecated: of what is to go, the day since when it is not to be used any more and, a
        year later at the earliest, the one on which it goes: ``Deprecation`` (RFC 9745) and
        ``Sunset`` (RFC 8594) tell them, and so does the description.
    """

    access: ClassVar[dict[str, str]] = {}
    deprecated: ClassVar[tuple[date, date] | None] = None
    _standing: Standing | None = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for method in ("get", "post", "put", "patch", "delete"):
            if hasattr(cls, method) and method.upper() not in cls.access:
                raise TypeError(f"{cls.__name__} does not say who may {method.upper()}.")
        if cls.deprecated and cls.deprecated[1] - cls.deprecated[0] < NOTICE:
            raise TypeError(f"{cls.__name__} goes sooner than a year after that is announced.")

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Settle language, caller and limits before the handler runs.

        :raises ProblemError: when the caller has sent too many requests.
        """
        language_activate(request._request, None)  # noqa: SLF001 - DRF's own name for it
        try:
            self.perform_authentication(request)
        except AuthenticationFailed:
            self._count(request, None)
            raise
        language_activate(request._request, request.user)  # noqa: SLF001
        self._count(request, request.user)
        super().initial(request, *args, **kwargs)

    def _count(self, request: Request, user: object) -> None:
        """Count the request of an account, or of the address where nobody is known.

        :raises ProblemError: when there were too many.
        """
        self._standing = count_request(request._request, user)  # noqa: SLF001
        if self._standing.exceeded:
            raise ProblemError("rate_limited")

    def finalize_response(  # type: ignore[override]
        self,
        request: Request,
        response: Response,
        *args: Any,
        **kwargs: Any,
    ) -> HttpResponseBase:
        """Add the headers that all answers have."""
        final = super().finalize_response(request, response, *args, **kwargs)
        if self._standing is not None:
            for name, value in self._standing.headers().items():
                final[name] = value
        final.setdefault("Cache-Control", "private, no-cache")
        if self.access.get("GET") != ANYONE:
            final.headers["Vary"] = ", ".join(
                filter(None, [final.headers.get("Vary"), "Authorization"])
            )
        if self.deprecated is not None:
            since, until = (
                datetime.combine(day, time(), UTC).timestamp() for day in self.deprecated
            )
            final.headers["Deprecation"] = f"@{since:.0f}"
            final.headers["Sunset"] = http_date(until)
        return final

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Response:
        """Tell the methods that work here."""
        del request, args, kwargs
        return Response(status=HTTPStatus.NO_CONTENT)

    @property
    def user(self) -> User:
        """The account that calls; only for methods that ask for one."""
        user = self.request.user
        if not isinstance(user, User):
            raise TypeError("This method is open to visitors.")
        return user


class NotFoundView(ApiView):
    """Every address below ``/api/`` that is none."""

    def initial(self, request: Request, *_args: Any, **_kwargs: Any) -> None:
        """Answer 404 to whoever asks, with whatever method.

        :raises ProblemError: always.
        """
        language_activate(request._request, None)  # noqa: SLF001
        raise ProblemError("not_found")
