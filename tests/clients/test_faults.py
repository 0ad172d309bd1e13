"""What the client does when the way to the site is bad: again where it helps, never twice."""

import time
from typing import Any

import pytest

from tests.clients.conftest import Kind, Server
from tests.clients.flaky import DROP, LOSE, flaky
from tests.conftest import picture
from vitrina import ProblemError, UnreachableError, VitrinaError
from worker.models import Batch, Job

pytestmark = [pytest.mark.processes, pytest.mark.slow, pytest.mark.timeout(120)]

SOON = {"Retry-After": "0"}


@pytest.mark.parametrize(
    "faults",
    [
        [DROP],
        [LOSE],
        [(502, {})],
        [(503, SOON), (504, SOON), LOSE, (429, SOON)],
    ],
    ids=["dropped", "lost", "bad gateway", "many"],
)
def test_a_create_is_sent_again_and_makes_one_job(
    kind: Kind, server: Server, secret: str, faults: list[Any]
) -> None:
    with flaky(server.port, *faults) as way:
        job = kind.do(kind.client(way.url, secret).create_job(picture(), service="null"))
        keys = way.keys()
    assert len(keys) == len(faults) + 1
    assert len(set(keys)) == 1
    assert [str(each.id) for each in Job.objects.all()] == [job.id]


def test_a_batch_is_made_once_too(kind: Kind, server: Server, secret: str) -> None:
    with flaky(server.port, LOSE) as way:
        client = kind.client(way.url, secret)
        batch = kind.do(client.create_batch([picture()], service="null"))
    assert [str(each.id) for each in Batch.objects.all()] == [batch.id]
    assert Job.objects.count() == 1


def test_two_creates_have_two_keys(kind: Kind, server: Server, secret: str) -> None:
    with flaky(server.port) as way:
        client = kind.client(way.url, secret)
        for _ in range(2):
            kind.do(client.create_job(picture(), service="null"))
        assert len(set(way.keys())) == 2
    assert Job.objects.count() == 2


def test_what_cannot_be_repeated_is_not(kind: Kind, server: Server, secret: str) -> None:
    with flaky(server.port, LOSE, (503, SOON), (429, SOON)) as way:
        client = kind.client(way.url, secret)
        with pytest.raises(UnreachableError):
            kind.do(client.create_token("lost"))
        with pytest.raises(ProblemError) as refused:
            kind.do(client.create_token("perhaps"))
        assert refused.value.status == 503
        kind.do(client.create_token("certain"))
        names = [token.name for token in kind.do(client.tokens())]
    assert sorted(names) == ["certain", "lost", "test"]


def test_it_waits_for_as_long_as_it_is_told(kind: Kind, server: Server, secret: str) -> None:
    with flaky(server.port, (429, {"Retry-After": "2"}), (429, {"Retry-After": "9999"})) as way:
        client = kind.client(way.url, secret)
        start = time.monotonic()
        kind.do(kind.client(server.url, secret).me())
        with pytest.raises(ProblemError) as refused:
            kind.do(client.me())
        assert time.monotonic() - start >= 2
    assert refused.value.retry_after == 9999
    assert (refused.value.code, refused.value.detail) == ("http_429", "Too Many Requests")
    assert len(way.seen) == 2


def test_it_gives_up_in_the_end(kind: Kind, server: Server, secret: str) -> None:
    with flaky(server.port, *[(503, SOON)] * 3) as way:
        with pytest.raises(ProblemError):
            kind.do(kind.client(way.url, secret, retries=2).me())
        assert len(way.seen) == 3


def test_another_site_answers(kind: Kind, server: Server, secret: str) -> None:
    with flaky(server.port, (200, {}), (201, {})) as way:
        client = kind.client(way.url, secret)
        with pytest.raises(VitrinaError, match="not what a Vitrina answers"):
            kind.do(client.me())
        with pytest.raises(VitrinaError, match="not what a Vitrina answers"):
            kind.do(client.jobs())


def test_it_takes_the_token_nowhere_else(kind: Kind, server: Server, secret: str) -> None:
    moved = (302, {"Location": "https://elsewhere.example/"})
    with flaky(server.port, moved) as way, pytest.raises(VitrinaError, match="elsewhere"):
        kind.do(kind.client(way.url, secret).me())


def test_a_wait_and_events_go_on_after_a_fault(
    kind: Kind, server: Server, start: Any, secret: str
) -> None:
    with flaky(server.port) as way:
        client = kind.client(way.url, secret)
        job = kind.do(client.create_job(picture(), service="null"))
        start("work", "--processes=1")
        way.faults += [DROP, (502, {})]
        assert kind.do(client.wait(job, timeout=60)).status == "succeeded"
        way.faults += [DROP, (503, SOON)]
        events = kind.do(client.events(job))
        assert [event.type for event in events] == ["succeeded"]
        way.faults += [DROP] * 10
        with pytest.raises(UnreachableError):
            kind.do(kind.client(way.url, secret, retries=1).events(job))
    with pytest.raises(ProblemError) as unknown:
        kind.do(kind.client(server.url, secret).events("019a9c0e-5d7e-7c3a-9f5e-0d6f0c1f2a3b"))
    assert unknown.value.status == 404
