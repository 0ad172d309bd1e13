"""The log: JSON of every kind of process, one id from browser to webhook, and nothing personal."""

import io
import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.test import RequestFactory
from django.urls import resolve
from django.utils.functional import SimpleLazyObject

from accounts.models import User
from accounts.tokens import token_create
from project import logs
from project.api.tracing import Subject, TracingMiddleware, work_on
from tests.conftest import REPOSITORY, Broker, environment_of_children, picture, wait_until
from tests.factories import UserFactory
from worker.models import Job
from worker.runtime.engines.native import native_output_logged
from worker.services import job_submit
from worker.webhooks import EVENTS, webhook_create

EMAIL = "anna.secret@example.org"
FILE_NAME = "annas-passport.jpg"
ADDRESS = "203.0.113.77"
REQUEST_ID = "from-the-browser-1"


def record(message: str, *args: object, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("a.logger", logging.WARNING, "/x.py", 1, message, args, None)
    made.__dict__.update(extra)
    return made


def as_json(made: logging.LogRecord) -> dict[str, Any]:
    text = logs.JsonLineFormatter().format(made)
    assert "\n" not in text
    return cast("dict[str, Any]", json.loads(text))


# --- A line -----------------------------------------------------------------------


def test_a_line_has_these_fields_and_no_others() -> None:
    with work_on(Subject("request-1", "job-1", 7)):
        line = as_json(record("%d pictures\nof \N{CAT}\ud800", 3, sql="SELECT 1", request_id="x"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+\+00:00", line.pop("time"))
    assert line == {
        "level": "WARNING",
        "logger": "a.logger",
        "message": "3 pictures\nof \N{CAT}\ud800",
        "request_id": "request-1",
        "job": "job-1",
        "user": 7,
    }
    assert set(as_json(record("x"))) == {"time", "level", "logger", "message"}


def test_a_traceback_stays_in_the_line() -> None:
    made = record("failed")
    try:
        int(EMAIL)
    except ValueError:
        made.exc_info = sys.exc_info()
    line = as_json(made)
    assert line["exception"].startswith("Traceback")
    assert "[e-mail]" in line["exception"]
    assert EMAIL not in logs.TextFormatter().format(made)


@pytest.mark.parametrize(
    ("said", "left"),
    [
        (f"to <{EMAIL}>", "to <[e-mail]>"),
        ("celery@host.example.com:12 ready.", "celery@host.example.com:12 ready."),
        (
            f"Invalid request from ip={ADDRESS}: Invalid HTTP Header: 'Cookie\\x00: a'",
            "Invalid request: Invalid HTTP Header",
        ),
        (
            f"duplicate key\nDETAIL:  Failing row contains (1, {FILE_NAME}).\nCONTEXT: x",
            "duplicate key\nDETAIL: [left out]\nCONTEXT: x",
        ),
        ("Error handling request GET /shared/key/?q=a", "Error handling request GET"),
        ("url: https://x.org/jobs?q=anna (1)", "url: https://x.org/jobs?[left out] (1)"),
        ("what? nothing", "what? nothing"),
    ],
)
def test_what_libraries_quote_is_left_out(said: str, left: str) -> None:
    assert as_json(record("%s", said))["message"] == left
    assert logs.TextFormatter().format(record("%s", said)).endswith(f": {left}")


def test_an_address_of_the_site_is_logged_by_its_pattern(rf: RequestFactory) -> None:
    path = "/shared/a-secret-that-opens-a-result/"
    request = rf.get(path)
    made = record("%s: %s", "Internal Server Error", path, request=request)
    assert as_json(made)["message"] == "Internal Server Error: an unknown address"
    request.resolver_match = resolve("/jobs/01890a5d-ac96-774b-bcce-b302099a8057/")
    made = record("%s: %s", "Forbidden (x)", request.path, request=request)
    assert as_json(made)["message"] == "Forbidden (x): /jobs/<uuid:job_id>/"
    assert "/jobs/<uuid:job_id>/" in logs.TextFormatter().format(made)


def seen_while(request: HttpRequest, user: object) -> dict[str, Any]:
    """Return what a view's line says of a request."""
    lines: list[dict[str, Any]] = []

    def view(request: HttpRequest) -> Any:
        request.user = user  # type: ignore[assignment]
        lines.append(as_json(record("x")))
        return {}

    TracingMiddleware(view)(request)
    return lines[0]


def test_the_user_is_named_by_number_if_known_already(rf: RequestFactory) -> None:
    def ask() -> User:
        pytest.fail("the log asked the database who it is")

    request = rf.get("/", headers={"X-Request-Id": REQUEST_ID})
    request.resolver_match = resolve("/jobs/01890a5d-ac96-774b-bcce-b302099a8057/")
    line = seen_while(request, User(pk=12))
    assert (line["request_id"], line["user"]) == (REQUEST_ID, 12)
    assert line["job"] == "01890a5d-ac96-774b-bcce-b302099a8057"
    # Django logs a failure when all middleware is through.
    assert as_json(record("x", request=request)) | {"time": line["time"]} == line
    assert f" [{REQUEST_ID}] " in logs.TextFormatter().format(record("x", request=request))
    assert "user" not in seen_while(request, SimpleLazyObject(ask))
    assert "user" not in seen_while(request, AnonymousUser())
    known = SimpleLazyObject(lambda: User(pk=12))
    assert known.pk == 12
    assert seen_while(request, known)["user"] == 12


# --- Processes --------------------------------------------------------------------


class Log:
    """What a process writes to standard output and error."""

    def __init__(self, path: Path, process: subprocess.Popen[bytes]) -> None:
        self.path = path
        self.process = process

    def lines(self) -> list[dict[str, Any]]:
        whole, _, _ = self.path.read_text().rpartition("\n")
        return [json.loads(line) for line in whole.splitlines()]

    def says(self, message: str, **fields: object) -> bool:
        """Tell whether there is such a line."""
        return any(
            re.search(message, line["message"]) and fields.items() <= line.items()
            for line in self.lines()
        )


@pytest.fixture
def run(broker: Broker, transactional_db: None, tmp_path: Path) -> Iterator[Callable[..., Log]]:
    """Start processes whose log is JSON; return what they write."""
    started: list[subprocess.Popen[bytes]] = []

    def start(name: str, *command: str) -> Log:
        path = tmp_path / name
        with path.open("ab") as file:
            process = subprocess.Popen(
                [sys.executable, *command],
                cwd=REPOSITORY,
                env=environment_of_children(broker.url) | {"LOG_FORMAT": "json"},
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        started.append(process)
        return Log(path, process)

    yield start
    for process in started:
        process.send_signal(signal.SIGTERM)
    for process in started:
        process.wait(60)


def serve(run: Callable[..., Log]) -> tuple[Log, str]:
    """Start a web process; return its log and where it is."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        at = f"127.0.0.1:{probe.getsockname()[1]}"
    options = ("--config", "python:project.gunicorn", "--bind", at, "--workers", "1")
    log = run("web", "-m", "gunicorn", *options)

    def answers() -> bool:
        try:
            return httpx.get(f"http://{at}/health/live").status_code == 200
        except httpx.HTTPError:
            return False

    wait_until(answers)
    return log, at


def say_nonsense(at: str) -> None:
    """Send gunicorn what is no HTTP."""
    host, _, port = at.partition(":")
    with socket.create_connection((host, int(port))) as client:
        client.sendall(f"GET / HTTP/1.1\r\nCookie\x00: {EMAIL}\r\n\r\n".encode())
        client.recv(1000)


def hand_in(at: str, secret: str) -> Job:
    """Hand in a picture, as a browser behind a proxy does that names its request."""
    headers = {
        "Authorization": f"Bearer {secret}",
        "X-Request-Id": REQUEST_ID,
        "X-Forwarded-For": ADDRESS,
    }
    made = httpx.post(
        f"http://{at}/api/v1/services/null/jobs?name={FILE_NAME}",
        headers=headers,
        files={"image": (FILE_NAME, picture())},
    )
    assert made.status_code == 202, made.text
    assert made.headers["X-Request-Id"] == REQUEST_ID
    return Job.objects.get()


def hand_in_broken(user: User) -> Job:
    """Hand in a picture with which the worker meets an error that nobody thought of."""
    with work_on(Subject("another-1")):
        return job_submit(
            user=user,
            service="null",
            image=io.BytesIO(picture()),
            name=FILE_NAME,
            model="null",
            parameters={"do": "raise"},
        )


@pytest.mark.processes
@pytest.mark.timeout(180)
def test_one_id_goes_from_the_browser_to_the_webhook(run: Callable[..., Log]) -> None:
    user = UserFactory.create(email=EMAIL)
    _, secret = token_create(user=user, name="x")
    # Nobody is there, which the log says as well: the test is about the line.
    webhook_create(user=user, url="https://127.0.0.1:9/hook", events=EVENTS)
    web, at = serve(run)
    worker = run("worker", "manage.py", "work", "--processes=1")
    webhooks = run("webhooks", "manage.py", "work", "--webhooks")
    sweeper = run("sweeper", "manage.py", "sweeper")

    job = hand_in(at, secret)
    facts = {"request_id": REQUEST_ID, "job": str(job.id), "user": user.pk}
    assert job.request_id == REQUEST_ID
    assert web.says("is accepted$", **facts)
    wait_until(lambda: worker.says(r"^job .* ms$", **facts))
    wait_until(lambda: webhooks.says("^delivery ", **facts))

    say_nonsense(at)
    wait_until(lambda: web.says("^Invalid request: Invalid HTTP", logger="gunicorn.error"))
    broken = hand_in_broken(user)
    facts = {"request_id": "another-1", "job": str(broken.id), "user": user.pk}
    wait_until(lambda: worker.says("^job .* failed$", level="ERROR", **facts))
    Job.objects.filter(id=job.id).update(
        status="running", finished_at=None, lease_expires_at="2000-01-01T00:00:00Z"
    )
    wait_until(lambda: sweeper.says("^Swept"))
    for log in (web, worker, webhooks, sweeper):
        text = log.path.read_text()
        for personal in (EMAIL, FILE_NAME, ADDRESS, secret):
            assert personal not in text


@pytest.mark.processes
@pytest.mark.timeout(120)
def test_they_end_in_json_too(run: Callable[..., Log]) -> None:
    worker = run("worker", "manage.py", "work", "--processes=1")
    broken = run("broken", "-c", "import project.settings.test, django; django.setup(); 1 / 0")
    assert broken.process.wait(60) == 1
    assert broken.lines()[-1]["exception"].endswith("ZeroDivisionError: division by zero")
    assert broken.lines()[-1]["level"] == "CRITICAL"
    wait_until(lambda: worker.says("ready"))
    worker.process.terminate()
    worker.process.wait(60)
    assert worker.says("Warm shutdown", logger="celery.worker")


@pytest.mark.parametrize(
    ("settings", "given", "form"),
    [
        ("local", {}, "text"),
        ("production", {}, "json"),
        ("production", {"LOG_FORMAT": "text"}, "text"),
    ],
)
def test_a_site_logs_for_programs_unless_it_is_ones_own_machine(
    settings: str, given: dict[str, str], form: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from project import environment as e; print(e.LOG_FORMAT)"],
        cwd=REPOSITORY,
        env={"DJANGO_SETTINGS_MODULE": f"project.settings.{settings}"} | given,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == form


def test_what_a_library_in_c_writes_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO), native_output_logged():
        os.write(2, b"INFO: it goes well\n\nERROR: it does not\n")
    assert [(one.levelname, one.getMessage()) for one in caplog.records] == [
        ("INFO", "INFO: it goes well"),
        ("WARNING", "ERROR: it does not"),
    ]
