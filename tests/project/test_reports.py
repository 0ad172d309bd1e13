"""Reports of errors: what reaches Sentry, played by a server of our own, and what does not."""

import gzip
import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from accounts.models import User
from accounts.tokens import token_create
from tests.api import conftest as api
from tests.api.conftest import Server
from tests.api.receiver import receiver
from tests.conftest import REPOSITORY, picture, wait_until
from tests.factories import JobFactory, UserFactory
from worker.models import Job
from worker.services import job_submit

serve = api.serve

EMAIL = "anna.secret@example.org"
FILE_NAME = "annas-passport.jpg"
ADDRESS = "203.0.113.77"
AGENT = "Annas-Browser/7"
REQUEST_ID = "from-the-browser-1"


class Sentry:
    """Takes envelopes as Sentry's ingest does."""

    def __init__(self, port: int, requests: list[Any]) -> None:
        self.dsn = f"http://only-for-tests@127.0.0.1:{port}/42"
        self._requests = requests

    def envelopes(self) -> list[bytes]:
        """Return what has come, unpacked."""
        found = []
        for method, path, headers, body in list(self._requests):
            assert (method, path) == ("POST", "/api/42/envelope/")
            packed = "gzip" in {value.lower() for value in headers.values()}
            found.append(gzip.decompress(body) if packed else body)
        return found

    def events(self) -> list[dict[str, Any]]:
        """Return the events of all envelopes; nothing else may be in them."""
        found = []
        for envelope in self.envelopes():
            _, *items = envelope.rstrip(b"\n").split(b"\n")
            for header, content in zip(items[::2], items[1::2], strict=True):
                assert json.loads(header)["type"] == "event"
                found.append(json.loads(content))
        return found

    def has_heard(self, message: str) -> bool:
        return any(message in event["logentry"]["message"] for event in self.events())


@contextmanager
def sentry() -> Iterator[Sentry]:
    with receiver((200, {"Content-Type": "application/json"}, b"{}")) as (port, requests):
        yield Sentry(port, requests)


def fail_in_the_web(server: Server, user: User, secret: str) -> Job:
    """Ask for a job whose result somebody has damaged, as a browser does."""
    damaged = JobFactory.create(
        user=user,
        service="classify",
        finished="succeeded",
        input_name=FILE_NAME,
        output={"predictions": EMAIL},
    )
    headers = {
        "X-Request-Id": REQUEST_ID,
        "X-Forwarded-For": ADDRESS,
        "User-Agent": AGENT,
        "Cookie": f"sessionid={secret}",
    }
    with server.client(secret) as client:
        answer = client.get(f"/api/v1/jobs/{damaged.id}?q={EMAIL}", headers=headers)
    assert answer.status_code == 500
    return damaged


def fail_in_the_worker(user: User) -> Job:
    return job_submit(
        user=user,
        service="null",
        image=io.BytesIO(picture()),
        name=FILE_NAME,
        model="null",
        parameters={"do": "raise"},
    )


def check(event: dict[str, Any], *, tags: dict[str, str], error: str) -> None:
    """Check that an event says what it should, and nothing else."""
    assert set(event) <= {
        *("event_id", "timestamp", "platform", "level", "logger", "release", "environment"),
        *("server_name", "sdk", "exception", "logentry", "tags"),
    }
    assert event["level"] == "error"
    assert event["release"].startswith("vitrina@")
    assert event["tags"] == tags
    raised = event["exception"]["values"][-1]
    assert raised["type"] == error
    assert raised["stacktrace"]["frames"]
    assert not [frame for frame in raised["stacktrace"]["frames"] if "vars" in frame]


@pytest.mark.processes
@pytest.mark.slow
@pytest.mark.timeout(150)
def test_errors_of_web_and_worker_are_reported_and_nothing_personal(
    serve: Callable[..., Server], start: Callable[..., subprocess.Popen[bytes]]
) -> None:
    user = UserFactory.create(email=EMAIL)
    _, secret = token_create(user=user, name="x")
    with sentry() as there:
        server = serve(processes=1, SENTRY_DSN=there.dsn)
        worker = start("work", "--processes=1", SENTRY_DSN=there.dsn)
        damaged = fail_in_the_web(server, user, secret)
        wait_until(lambda: there.has_heard("an API request failed"))
        job = fail_in_the_worker(user)
        wait_until(lambda: Job.objects.get(id=job.id).is_finished)
        worker.terminate()  # it sends what is left
        worker.wait(60)
        wait_until(lambda: there.has_heard(f"job {job.id} failed"))
        events = {event["logger"]: event for event in there.events()}
        assert len(events) == len(there.events()) == 2  # that Django logs the answer is no error
        everything = b"".join(there.envelopes())

    who = {"user": str(user.pk)}
    seen = {"request_id": REQUEST_ID, "job": str(damaged.id)} | who
    check(events["project.api.problems"], tags=seen, error="TypeError")
    check(events["worker.execution"], tags={"job": str(job.id)} | who, error="RuntimeError")
    for personal in (EMAIL, FILE_NAME, ADDRESS, AGENT, secret):
        assert personal.encode() not in everything


@pytest.mark.timeout(60)
def test_what_ends_a_process_is_reported_without_what_it_quotes() -> None:
    code = (
        "import django; django.setup();"
        "from django.http import HttpRequest, HttpResponse;"
        "from django.utils.log import log_response;"
        "request = HttpRequest(); request.path = '/shared/a-key/';"
        "request.META['QUERY_STRING'] = 'anna.secret@example.org';"
        "log_response('Service Unavailable: %s', request.path,"
        "    response=HttpResponse(status=503), request=request);"
        "log_response('Internal Server Error: %s', request.path,"
        "    response=HttpResponse(status=500), request=request,"
        "    exception=RuntimeError('x'));"
        "raise ValueError('no anna.secret@example.org\\nDETAIL: Key (x)=(annas-passport.jpg)')"
    )
    with sentry() as there:
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=REPOSITORY,
            env={"DJANGO_SETTINGS_MODULE": "project.settings.test", "SENTRY_DSN": there.dsn},
            capture_output=True,
            check=False,
        )
        events = there.events()
        everything = b"".join(there.envelopes())
    assert [event["logentry"]["message"] for event in events] == [
        "Internal Server Error: an unknown address",
        "the process ends with an error",
    ]
    (error,) = events[1]["exception"]["values"]
    assert error["value"] == "no [e-mail]\nDETAIL: [left out]"
    assert events[1]["level"] == "fatal"
    for personal in (EMAIL, FILE_NAME, "a-key"):
        assert personal.encode() not in everything


@pytest.mark.timeout(60)
@pytest.mark.parametrize("installed", [True, False])
def test_a_sentry_that_is_away_or_not_installed_stops_nobody(installed: bool) -> None:
    hidden = "" if installed else "import sys; sys.modules['sentry_sdk'] = None;"
    code = f"{hidden}import django; django.setup(); import logging; logging.error('x'); print('on')"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        env={
            "DJANGO_SETTINGS_MODULE": "project.settings.test",
            "SENTRY_DSN": "http://only-for-tests@127.0.0.1:9/42",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "on\n"
    assert ("install requirements/errors.txt" in done.stderr) is not installed
