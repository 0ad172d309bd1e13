"""One id for a request, in its answer and in every line that is logged for it, here and in workers.

``X-Request-Id`` is taken over from the caller; without it the trace id of a W3C ``traceparent``
(https://www.w3.org/TR/trace-context/), or a new one.
"""

import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

from django.http import HttpRequest, HttpResponseBase
from django.utils.functional import LazyObject, empty

from project import traces

HEADER = "X-Request-Id"
_KEPT = "vitrina.request_id"
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_TRACEPARENT = re.compile(
    r"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}.*"
)


class Subject(NamedTuple):
    """What is being worked on.

    :ivar request_id: of the request that is answered, or that handed in the job.
    :ivar job: the job's id, where there is one.
    :ivar user: the number of the account that it is done for.
    """

    request_id: str = ""
    job: str = ""
    user: int | None = None


_NOTHING = Subject()
_current: ContextVar[Subject] = ContextVar("subject", default=_NOTHING)
_request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)


def request_id(request: HttpRequest | None = None) -> str:
    """Return the id of the request that is being answered; empty outside of one.

    :param request: one that has been answered already: Django logs it after all middleware.
    """
    before = "" if request is None else str(request.META.get(_KEPT, ""))
    return _current.get().request_id or before


def current_request() -> HttpRequest | None:
    """Return the request that is being answered; ``None`` outside of one.

    For the audit log only: whatever else needs a request is handed it.
    """
    return _request.get()


@contextmanager
def work_on(subject: Subject) -> Iterator[None]:
    """Log under the id of a job's request, as a worker does."""
    token = _current.set(subject)
    try:
        yield
    finally:
        _current.reset(token)


def facts(answered: HttpRequest | None = None) -> dict[str, str | int]:
    """Return what is known of what is being done, for the log: request, job and user.

    :param answered: a request that the log tells of, if any.
    """
    subject, request = _current.get(), _request.get() or answered
    job, user = subject.job, subject.user
    if request is not None:
        match = request.resolver_match
        job = str(match.kwargs.get("job_id", "")) if match else ""
        user = _user_of(request)
    known = {
        "request_id": request_id(answered),
        "trace_id": traces.trace_id(),
        "job": job,
        "user": user,
    }
    return {name: value for name, value in known.items() if value}


def _user_of(request: HttpRequest) -> int | None:
    """Return the number of who has signed in, if that is known yet: logging asks no database."""
    user = getattr(request, "user", None)
    if isinstance(user, LazyObject) and user.__dict__["_wrapped"] is empty:
        return None
    return getattr(user, "pk", None)


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
        before = _request.set(request)
        request.META[_KEPT] = _id_for(request)
        try:
            with work_on(Subject(request.META[_KEPT])), traces.request_span(request):
                response = self.get_response(request)
                response[HEADER] = request_id()
                traces.request_answered(request, response, request_id())
        finally:
            _request.reset(before)
        return response
