"""One id for a request, in its answer and in every line that is logged for it.

``X-Request-Id`` is taken over from the caller; without it the trace id of a W3C ``traceparent``
(https://www.w3.org/TR/trace-context/), or a new one.
"""

import logging
import re
import uuid
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponseBase

HEADER = "X-Request-Id"
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_TRACEPARENT = re.compile(
    r"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}.*"
)

_current: ContextVar[str] = ContextVar("request_id", default="")
_request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)


def request_id() -> str:
    """Return the id of the request that is being answered; empty outside of one."""
    return _current.get()


def current_request() -> HttpRequest | None:
    """Return the request that is being answered; ``None`` outside of one.

    For the audit log only: whatever else needs a request is handed it.
    """
    return _request.get()


def request_id_set(value: str) -> None:
    """Log under an id from here on: a worker does so with the id of the job's request."""
    _current.set(value)


def _id_for(request: HttpRequest) -> str:
    """Return the caller's id where it is a harmless one, else a new one."""
    given = request.headers.get(HEADER, "")
    if _ID.fullmatch(given):
        return given
    trace = _TRACEPARENT.fullmatch(request.headers.get("traceparent", ""))
    return trace[1] if trace else uuid.uuid4().hex


class TracingMiddleware:
    """Gives each request its id. Stands first, so that every answer has the header."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request under its id."""
        token, before = _current.set(_id_for(request)), _request.set(request)
        try:
            response = self.get_response(request)
            response[HEADER] = request_id()
        finally:
            _current.reset(token)
            _request.reset(before)
        return response


class RequestIdFilter(logging.Filter):
    """Adds ``request_id`` to each log record, for the formatter."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Add the id; a dash outside of requests."""
        record.request_id = request_id() or "-"
        return True
