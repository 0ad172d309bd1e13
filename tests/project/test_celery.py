"""How messages are published when Redis does not answer."""

import socket
from collections.abc import Iterator
from datetime import timedelta

import pytest
from kombu.exceptions import OperationalError

from project.celery import app, send
from tests.conftest import connect


@pytest.fixture
def silent_redis() -> Iterator[socket.socket]:
    """A server that takes connections and says nothing."""
    before: str = app.conf.broker_url
    with socket.create_server(("127.0.0.1", 0)) as server:
        connect(f"redis://127.0.0.1:{server.getsockname()[1]}/0")
        server.setblocking(False)
        yield server
    connect(before)


def test_redis_that_does_not_answer_is_left_alone_for_a_moment(
    silent_redis: socket.socket, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("project.celery._rests_until", 0.0)
    monkeypatch.setattr(settings, "REDIS_REST", timedelta(hours=1))
    with pytest.raises(OperationalError, match="Timeout"):
        send("worker.tasks.canary", "name", queue="worker.name")
    silent_redis.accept()[0].close()

    with pytest.raises(OperationalError, match="a moment ago"):
        send("worker.tasks.canary", "name", queue="worker.name")

    with pytest.raises(BlockingIOError):
        silent_redis.accept()
