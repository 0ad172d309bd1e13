"""Traces of a request and of the jobs that it hands in, where OpenTelemetry is configured.

A job's row holds the W3C trace context of the request that made it: a worker goes on with that
trace, whichever process has published the job, and whatever else is in the message. While traces
are off nothing of OpenTelemetry is imported, and what is here does nothing.
"""

import logging
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponseBase

from project import environment

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor

    from project.spans import Spans

logger = logging.getLogger(__name__)

Facts = Mapping[str, str | int]
"""What a span says beside its name and times. Nothing personal."""

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

UNTRACED = ("/health/", "/v2/health/", "/metrics", "/static/")
"""Asked for all the time, and of no interest."""

_NOTHING: AbstractContextManager[None] = nullcontext()
_spans: "Spans | None" = None


def start(program: str, processor: "SpanProcessor | None" = None) -> None:
    """Begin to trace in this process, if that is configured; after a fork, as it starts a thread.

    :param processor: where spans go instead of where the environment says: for tests.
    """
    global _spans  # noqa: PLW0603 - it is one for the whole process
    if not environment.TRACES_URL and processor is None:
        return
    try:
        from project.spans import Spans
    except ImportError as error:
        # The site works without them.
        logger.error("there are no traces, install requirements/traces.txt: %s", error)  # noqa: TRY400
        return
    _spans = Spans(program, processor)


def stop() -> None:
    """Send what is left; nothing is traced from here on."""
    global _spans  # noqa: PLW0603
    if _spans is not None:
        _spans.close()
    _spans = None


def traceparent() -> str:
    """Return the W3C trace context of what is being done; empty when it is not traced."""
    return "" if _spans is None else _spans.traceparent()


def trace_id() -> str:
    """Return the id of the trace that is being written; empty without one."""
    return traceparent()[3:35]


def span(
    name: str, *, parent: str = "", kind: str = "internal", facts: Facts | None = None
) -> AbstractContextManager[None]:
    """Trace what is done in the context.

    :param parent: a W3C trace context to go on with, instead of what is being done.
    :param kind: by OpenTelemetry's names: ``server``, ``client``, ``consumer``, ``internal``.
    """
    if _spans is None:
        return _NOTHING
    return _spans.span(name, parent=parent, kind=kind, facts=facts or {})


def past_span(name: str, start: float, end: float, *, parent: str = "") -> None:
    """Trace what has been done, from one time to another, in seconds since the epoch."""
    if _spans is not None:
        _spans.past_span(name, start, end, parent=parent)


def measured_spans(start: float, phases: Mapping[str, float | None]) -> None:
    """Trace what has been measured: milliseconds, one after the other.

    :param start: when they began, by ``time.perf_counter``.
    """
    if _spans is None:
        return
    begin = time.time() - (time.perf_counter() - start)
    for name, milliseconds in phases.items():
        end = begin + (milliseconds or 0) / 1000
        _spans.past_span(name, begin, end)
        begin = end


def failed(code: str) -> None:
    """Say of what is being done that it has failed, and why."""
    if _spans is not None:
        _spans.failed(code)


def request_span(request: HttpRequest) -> AbstractContextManager[None]:
    """Trace an answer to a request, as part of the trace that its sender writes."""
    if _spans is None or request.path.startswith(UNTRACED):
        return _NOTHING
    method = _method_of(request)
    return _spans.span(
        method,
        parent=request.headers.get("traceparent", ""),
        kind="server",
        facts={"http.request.method": method},
    )


def _method_of(request: HttpRequest) -> str:
    """Return a request's method, of which there are few."""
    return request.method if request.method in METHODS else "_OTHER"


def request_answered(request: HttpRequest, response: HttpResponseBase, request_id: str) -> None:
    """Note how a request was answered. Neither its address nor its sender's is in it."""
    if _spans is None or request.path.startswith(UNTRACED):
        return
    facts: dict[str, str | int] = {
        "http.response.status_code": response.status_code,
        "vitrina.request_id": request_id,
    }
    name = ""
    if request.resolver_match:
        route = facts["http.route"] = f"/{request.resolver_match.route}"
        name = f"{_method_of(request)} {route}"
    _spans.note(name, facts)
    if response.status_code >= 500:
        _spans.failed(str(response.status_code))
