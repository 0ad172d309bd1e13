"""Traces: from the request through the queue to the worker, sent for real; nothing when off."""

import gzip
import io
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.test import Client
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from accounts.tokens import token_create
from project import traces
from project.logs import JsonLineFormatter
from tests.api import conftest as api
from tests.api.conftest import Server
from tests.api.receiver import receiver
from tests.api.webhooks import send
from tests.conftest import REPOSITORY, picture, wait_until
from tests.factories import JobFactory, UserFactory
from tests.project.test_logs import record
from worker import execution
from worker.models import Job, Webhook, WebhookDelivery
from worker.services import job_cancel, job_submit
from worker.webhooks import EVENTS, webhook_create

serve = api.serve

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"
EMAIL = "anna.secret@example.org"
FILE_NAME = "annas-passport.jpg"
ADDRESS = "203.0.113.77"


# --- In this process --------------------------------------------------------------


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """What this process traces."""
    exporter = InMemorySpanExporter()
    traces.start("test", SimpleSpanProcessor(exporter))
    yield exporter
    traces.stop()


def by_name(exporter: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    return {span.name: span for span in exporter.get_finished_spans()}


def said(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def submitted(**parameters: object) -> Job:
    return job_submit(
        user=UserFactory.create(),
        service="null",
        image=io.BytesIO(picture()),
        name=FILE_NAME,
        model="null",
        parameters=parameters,
    )


@pytest.mark.django_db
def test_a_request_goes_on_with_its_senders_trace(
    client: Client, spans: InMemorySpanExporter
) -> None:
    answer = client.get(f"/accounts/login/?next={EMAIL}", headers={"traceparent": PARENT})
    (span,) = spans.get_finished_spans()
    assert span.name == "GET /accounts/login/"
    assert f"{span.context.trace_id:032x}" == TRACE
    assert span.parent is not None
    assert f"{span.parent.span_id:016x}" == PARENT.split("-")[2]
    assert said(span) == {
        "http.request.method": "GET",
        "http.route": "/accounts/login/",
        "http.response.status_code": 200,
        "vitrina.request_id": answer["X-Request-Id"],
    }
    assert answer["X-Request-Id"] == TRACE


@pytest.mark.django_db
@pytest.mark.parametrize("given", ["", "nonsense", f"00-{'0' * 32}-{'0' * 16}-01"])
def test_a_trace_of_its_own_otherwise(
    client: Client, spans: InMemorySpanExporter, given: str
) -> None:
    client.get("/health/live", headers={"traceparent": given})
    client.get("/nothing/anna", headers={"traceparent": given})
    (span,) = spans.get_finished_spans()
    assert (span.name, span.parent) == ("GET", None)
    assert "http.route" not in said(span)


@pytest.mark.django_db
def test_a_job_goes_on_with_the_requests_trace_whoever_publishes_it(
    spans: InMemorySpanExporter,
) -> None:
    with traces.span("the request"):
        job = submitted(sleep=0.02)
        again = traces.traceparent()
    assert Job.objects.get().traceparent == job.traceparent == again
    assert traces.traceparent() == ""

    with traces.span("another's request"):  # a worker that runs what somebody else has published
        pass
    execution.jobs_run([(str(job.id), 0)])

    found = by_name(spans)
    request, run = found["the request"], found["job null"]
    assert run.parent is not None
    assert run.parent.span_id == request.context.span_id
    assert found["queue"].parent == run.parent
    for name in ("decode", "predict", "store"):
        span = found[name]
        assert span.context.trace_id == request.context.trace_id
        assert span.parent is not None
        assert span.parent.span_id == run.context.span_id
        assert (run.start_time or 0) - 2_000_000 <= (span.start_time or 0)
        assert (span.end_time or 0) <= (run.end_time or 0) + 2_000_000
    decode = found["decode"]
    assert (decode.end_time or 0) - (decode.start_time or 0) >= 19_000_000
    assert (found["predict"].start_time or 0) >= (decode.end_time or 0)
    assert said(run) == {
        "vitrina.job": str(job.id),
        "vitrina.request_id": "",
        "vitrina.model": "null",
        "vitrina.lane": "interactive",
        "vitrina.attempt": 1,
    }
    assert run.status.is_unset


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("what", "code"), [("broken", "broken_image"), ("raise", "internal"), ("memory", "too_complex")]
)
def test_a_job_that_fails_says_why_and_not_what_was_said(
    spans: InMemorySpanExporter, what: str, code: str
) -> None:
    job = submitted(do=what)
    execution.jobs_run([(str(job.id), 0)])
    run = by_name(spans)["job null"]
    assert said(run)["error.type"] == code
    assert not run.status.is_ok
    assert not run.status.description
    assert not run.events
    assert "queue" not in by_name(spans)  # nobody traced the request
    assert "hunter2" not in run.to_json()


@pytest.mark.django_db
def test_the_webhook_is_part_of_it(spans: InMemorySpanExporter) -> None:
    webhook = webhook_create(
        user=UserFactory.create(), url="https://example.com/hook", events=EVENTS
    )
    with traces.span("the request"):
        job = JobFactory.create(user=webhook.user)
    job_cancel(job=job)
    delivery = WebhookDelivery.objects.get(job=job)
    with receiver((500, {}, b"")) as (port, _):
        send(delivery, port)
    told = by_name(spans)["webhook"]
    assert told.context.trace_id == by_name(spans)["the request"].context.trace_id
    assert said(told) == {"error.type": "500"}
    assert Webhook.objects.get().user_id == webhook.user_id


def test_the_log_names_the_trace(spans: InMemorySpanExporter) -> None:
    with traces.span("x", parent=PARENT):
        assert f'"trace_id": "{TRACE}"' in JsonLineFormatter().format(record("x"))
    assert "trace_id" not in JsonLineFormatter().format(record("x"))


# --- Processes --------------------------------------------------------------------


@contextmanager
def collector() -> Iterator[tuple[str, Callable[[], list[Span]]]]:
    """Take what is sent as OpenTelemetry's collector does; yield the address and the spans."""

    def spans() -> list[Span]:
        found = []
        for method, path, headers, body in list(requests):
            assert (method, path) == ("POST", "/v1/traces")
            given = {name.lower(): value for name, value in headers.items()}
            assert given["x-key"] == "only-for-tests"
            assert given["content-encoding"] == "gzip"
            content = gzip.decompress(body)
            sent = ExportTraceServiceRequest.FromString(content)
            for resource in sent.resource_spans:
                named = {one.key: one.value.string_value for one in resource.resource.attributes}
                assert named["service.name"] == "the-site"
                for scope in resource.scope_spans:
                    found.extend(scope.spans)
        return found

    with receiver((200, {"Content-Type": "application/x-protobuf"}, b"")) as (port, requests):
        yield f"http://127.0.0.1:{port}", spans


def settings_for(url: str) -> dict[str, str]:
    return {
        "OTEL_EXPORTER_OTLP_ENDPOINT": url,
        "OTEL_EXPORTER_OTLP_HEADERS": "x-key=only-for-tests",
        "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
        "OTEL_BSP_SCHEDULE_DELAY": "200",
        "OTEL_SERVICE_NAME": "the-site",
    }


POST = "POST /api/v1/services/<slug:service>/jobs"


def names(spans: list[Span]) -> set[str]:
    return {span.name for span in spans}


@pytest.mark.processes
@pytest.mark.slow
@pytest.mark.timeout(120)
def test_web_and_worker_send_one_trace(
    serve: Callable[..., Server], start: Callable[..., subprocess.Popen[bytes]]
) -> None:
    _, secret = token_create(user=UserFactory.create(email=EMAIL), name="x")
    with collector() as (url, spans):
        server = serve(processes=1, **settings_for(url))
        # It sends what it has when it ends.
        late = {"OTEL_BSP_SCHEDULE_DELAY": "60000"}
        worker = start("work", "--processes=1", **settings_for(url) | late)
        with server.client(secret) as client:
            made = client.post(
                f"/api/v1/services/null/jobs?name={EMAIL}",
                headers={"traceparent": PARENT, "X-Forwarded-For": ADDRESS},
                files={"image": (FILE_NAME, picture())},
            )
        assert made.status_code == 202
        untraced = submitted(sleep=0.1)
        wait_until(lambda: all(job.is_finished for job in Job.objects.all()))
        wait_until(lambda: POST in names(spans()))
        worker.terminate()
        worker.wait(60)
        found = spans()

    assert not untraced.traceparent
    assert {"decode", "predict"} <= names(found)
    of_trace = {span.name: span for span in found if span.trace_id.hex() == TRACE}
    assert set(of_trace) == {POST, "queue", "job null", "store"}
    web, run = of_trace[POST], of_trace["job null"]
    assert web.parent_span_id.hex() == PARENT.split("-")[2]
    assert of_trace["queue"].parent_span_id == run.parent_span_id == web.span_id
    assert of_trace["store"].parent_span_id == run.span_id
    everything = b"".join(span.SerializeToString() for span in found)
    for personal in (EMAIL, FILE_NAME, ADDRESS, secret):
        assert personal.encode() not in everything


@pytest.mark.processes
@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_collector_that_is_away_holds_up_nobody(
    start: Callable[..., subprocess.Popen[bytes]], transactional_db: None
) -> None:
    nowhere = settings_for("http://127.0.0.1:9")
    worker = start("work", "--processes=1", **nowhere)
    jobs = [submitted() for _ in range(3)]
    wait_until(lambda: all(Job.objects.get(id=job.id).is_finished for job in jobs))
    begin = time.monotonic()
    worker.terminate()
    assert worker.wait(60) == 0
    assert time.monotonic() - begin < 20


# --- Off --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"OTEL_SERVICE_NAME": "x"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_SDK_DISABLED": "true"},
    ],
)
@pytest.mark.timeout(60)
def test_nothing_is_imported_unless_it_is_configured(given: dict[str, str]) -> None:
    code = (
        "import sys, django; django.setup();"
        "import project.gunicorn, project.wsgi, worker.tasks, worker.celery_signals;"
        "from project import traces;"
        "traces.start('x');"
        "assert traces.traceparent() == '';"
        "print(*[name for name in sys.modules if name.startswith(('opentelemetry', 'sentry'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        env={"DJANGO_SETTINGS_MODULE": "project.settings.test"} | given,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == ""


@pytest.mark.timeout(60)
def test_it_works_without_what_is_not_installed() -> None:
    code = (
        "import sys, django; sys.modules['opentelemetry'] = None; django.setup();"
        "from project import traces;"
        "traces.start('x');"
        "print(traces.traceparent())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        env={
            "DJANGO_SETTINGS_MODULE": "project.settings.test",
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert "install requirements/traces.txt" in done.stderr
