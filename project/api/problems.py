"""Every error of the API as a problem document (RFC 9457), in the caller's language.

The kinds of problems stand in :data:`KINDS`, each with a page that explains it. Apps add theirs
with :func:`register`, and say with :func:`translate` what their own exceptions mean.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypedDict

from django.core.exceptions import (
    DisallowedHost,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.urls import reverse
from django.utils.encoding import escape_uri_path
from rest_framework import exceptions
from rest_framework.response import Response

from project.api.kinds import KINDS, Kind
from project.api.tracing import request_id
from project.media import StoreAwayError

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"


class FieldError(TypedDict):
    """What is wrong with one field: where it stands, in words, and for programs."""

    pointer: str
    detail: str
    code: str


@dataclass
class ProblemError(Exception):
    """A request that cannot be fulfilled.

    :ivar code: a key of :data:`KINDS`.
    :ivar detail: what is wrong with this one; by default the kind's explanation.
    """

    code: str
    detail: "StrOrPromise" = ""
    errors: Sequence[FieldError] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


def invalid(name: str, detail: "StrOrPromise", code: str = "invalid") -> ProblemError:
    """Return the error for one field."""
    error = FieldError(pointer=f"#/{name}", detail=str(detail), code=code)
    return ProblemError("invalid", errors=[error])


def register(*kinds: Kind) -> None:
    """Add kinds of problems."""
    KINDS.update((kind.code, kind) for kind in kinds)


_translations: dict[type[Exception], Callable[[Any], ProblemError]] = {}


def translate(exception: type[Exception], to: Callable[[Any], ProblemError]) -> None:
    """Say which problem an app's exception is."""
    _translations[exception] = to


def document(request: HttpRequest, problem: ProblemError) -> dict[str, Any]:
    """Return the problem document."""
    kind = KINDS[problem.code]
    return {
        "type": kind_url(request, kind.code),
        "title": str(kind.title),
        "status": kind.status,
        "detail": str(problem.detail or kind.explanation),
        "instance": escape_uri_path(request.path),
        "code": kind.code,
        "request_id": request_id(),
        "errors": list(problem.errors),
    }


def problem_response(
    request: HttpRequest, problem: ProblemError, status: int | None = None
) -> HttpResponse:
    """Return the answer to a request that reaches no endpoint.

    :param status: where it is not the kind's own.
    """
    return JsonResponse(
        document(request, problem),
        status=status or KINDS[problem.code].status,
        headers=problem.headers,
        content_type=MEDIA_TYPE,
    )


def kind_url(request: HttpRequest, code: str) -> str:
    """Return the address of the page that explains a kind of problem."""
    path = reverse("api_error", args=[code])
    try:
        return request.build_absolute_uri(path)
    except DisallowedHost:
        return path


def exception_handler(exc: Exception, context: Mapping[str, Any]) -> Response:
    """Answer an exception: Django REST framework's hook.

    The one place of the API for the unknown: a sentence for the user, the traceback for us.
    """
    problem = problem_for(exc)
    if problem is None:
        logger.error("an API request failed", exc_info=exc)
        problem = ProblemError("internal")
    headers = dict(problem.headers)
    challenge = getattr(exc, "auth_header", None)
    if challenge:
        headers["WWW-Authenticate"] = _challenge(challenge, problem)
    return Response(
        document(context["request"], problem),
        status=KINDS[problem.code].status,
        headers=headers,
        content_type=MEDIA_TYPE,
    )


def _challenge(challenge: str, problem: ProblemError) -> str:
    """Add to a challenge why credentials were refused (RFC 6750)."""
    if problem.code == "invalid_token":
        return f'{challenge}, error="invalid_token"'
    return challenge


def problem_for(exc: Exception) -> ProblemError | None:
    """Return the problem that an exception is; ``None`` for one that should not happen."""
    if isinstance(exc, ProblemError):
        return exc
    for known, to in _translations.items():
        if isinstance(exc, known):
            return to(exc)
    if isinstance(exc, exceptions.ValidationError):
        return ProblemError("invalid", errors=list(_field_errors(exc.detail)))
    if isinstance(exc, exceptions.MethodNotAllowed):
        return ProblemError("method_not_allowed")
    for known, code in _CODES:
        if isinstance(exc, known):
            return ProblemError(code, headers=_RETRY if code.endswith("_away") else {})
    return None


_RETRY = {"Retry-After": "5"}
_CODES: tuple[tuple[type[Exception], str], ...] = (
    (exceptions.ParseError, "malformed"),
    (exceptions.NotAuthenticated, "not_authenticated"),
    (exceptions.AuthenticationFailed, "invalid_token"),
    (exceptions.PermissionDenied, "permission_denied"),
    (PermissionDenied, "permission_denied"),
    (exceptions.NotFound, "not_found"),
    (Http404, "not_found"),
    (exceptions.UnsupportedMediaType, "unsupported_media_type"),
    (RequestDataTooBig, "request_too_large"),
    (SuspiciousOperation, "malformed"),
    (UnreadablePostError, "malformed"),
    (OperationalError, "database_away"),
    (InterfaceError, "database_away"),
    (StoreAwayError, "store_away"),
)


def _field_errors(detail: Any, pointer: str = "#") -> Iterator[FieldError]:
    """Flatten what is wrong with a document into one entry for each field."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            below = pointer if name == "non_field_errors" else f"{pointer}/{_escaped(str(name))}"
            yield from _field_errors(inner, below)
    elif isinstance(detail, list | tuple):
        for position, inner in enumerate(detail):
            nested = isinstance(inner, Mapping | list | tuple)
            yield from _field_errors(inner, f"{pointer}/{position}" if nested else pointer)
    else:
        yield FieldError(
            pointer=pointer,
            detail=str(detail),
            code=getattr(detail, "code", None) or "invalid",
        )


def _escaped(name: str) -> str:
    """Escape a name for a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")
