"""OpenTelemetry, as :mod:`project.traces` uses it; imported only where traces are configured.

Exceptions are not recorded: what they say may be personal.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, StatusCode, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.re import parse_env_headers

from project import __version__, environment

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import SpanProcessor


class Spans:
    """Writes spans, and sends them from a thread of its own."""

    def __init__(self, program: str, processor: "SpanProcessor | None" = None) -> None:
        named = {
            "service.name": environment.OTEL_SERVICE_NAME,
            "service.version": __version__,
            "vitrina.program": program,
        }
        # Sampling, time-outs and sizes: the library reads its variables itself.
        self._provider = TracerProvider(resource=Resource.create(named))
        self._provider.add_span_processor(processor or BatchSpanProcessor(_exporter()))
        self._tracer = self._provider.get_tracer("vitrina", __version__)
        self._format = TraceContextTextMapPropagator()

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()

    def traceparent(self) -> str:
        """Return the W3C trace context of the current span."""
        carrier: dict[str, str] = {}
        self._format.inject(carrier)
        return carrier.get("traceparent", "")

    def _context(self, parent: str) -> "Context | None":
        """Return what a trace context says; ``None``, the current one, without any."""
        return self._format.extract({"traceparent": parent}) if parent else None

    @contextmanager
    def span(
        self, name: str, *, parent: str, kind: str, facts: Mapping[str, str | int]
    ) -> Iterator[None]:
        """Write a span around what is done in the context."""
        with self._tracer.start_as_current_span(
            name,
            context=self._context(parent),
            kind=SpanKind[kind.upper()],
            attributes=facts,
            record_exception=False,
            set_status_on_exception=False,
        ):
            try:
                yield
            except BaseException as error:
                self.failed(type(error).__name__)
                raise

    def past_span(self, name: str, start: float, end: float, *, parent: str = "") -> None:
        """Write a span of which the times are known, in seconds since the epoch."""
        begun = self._tracer.start_span(
            name, context=self._context(parent), start_time=int(start * 1e9)
        )
        begun.end(end_time=int(max(start, end) * 1e9))

    def note(self, name: str, facts: Mapping[str, str | int]) -> None:
        """Add facts to the current span, and name it anew unless the name is empty."""
        span = get_current_span()
        span.set_attributes(facts)
        if name:
            span.update_name(name)

    def failed(self, code: str) -> None:
        """Mark the current span as failed."""
        span = get_current_span()
        span.set_attribute("error.type", code)
        span.set_status(StatusCode.ERROR)


def _exporter() -> OTLPSpanExporter:
    """Return what sends spans to where the environment says."""
    return OTLPSpanExporter(
        endpoint=environment.TRACES_URL,
        headers=parse_env_headers(environment.OTEL_EXPORTER_OTLP_HEADERS, liberal=True),
    )
