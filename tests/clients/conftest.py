"""A real site for real clients, with and without models."""

import inspect
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from django.core.management import call_command

from accounts.models import User
from accounts.tokens import token_create
from classify.models import Model
from tests.api import conftest as api
from tests.conftest import REPOSITORY, Broker, wait_until
from tests.factories import UserFactory
from vitrina import AsyncClient, Client

serve = api.serve
Server = api.Server

MODEL = "efficientnet-lite0-int8"


@pytest.fixture
def user(transactional_db: None) -> User:
    return UserFactory.create()


@pytest.fixture
def secret(user: User) -> str:
    return token_create(user=user, name="test")[1]


@pytest.fixture(scope="session")
def shared_server(django_db_setup: None, broker_url: str) -> Iterator[Server]:
    """A web process for all tests that need no more: it keeps nothing between them."""
    server = Server(broker_url, processes=1)
    wait_until(server.answers, seconds=60)
    yield server
    server.process.terminate()
    server.process.wait(60)


@pytest.fixture
def server(shared_server: Server, broker: Broker, transactional_db: None) -> Server:
    """The site without a worker."""
    return shared_server


@pytest.fixture
def working(server: Server, start: Any) -> Server:
    """The site with a worker for the service without a model."""
    start("work", "--processes=1")
    return server


@pytest.fixture
def classifying(serve: Callable[..., Server], start: Any, models_dir: Path) -> Server:
    """The site with a worker that classifies, and with all classes."""
    call_command("load_classes", verbosity=0)
    facts = {"version": "1", "sha256": "0" * 64, "engine": "litert", "input_size": 224}
    Model.objects.create(name=MODEL, is_default=True, **facts)
    server = serve(processes=1)
    data = {"TEST_WITH_MODELS": "true", "DATA_DIR": str(models_dir.parent)}
    start("work", "--processes=1", **data)
    return server


class Kind:
    """One of both clients: it performs what the methods of either return.

    The event loop has a thread of its own: Playwright, once a test has used
    it, leaves one running in the thread of the tests.
    """

    def __init__(self, portal: BlockingPortal | None) -> None:
        self.portal = portal
        self.clients: list[Any] = []

    def client(self, *args: Any, **options: Any) -> Any:
        client = (AsyncClient if self.portal else Client)(*args, **options)
        self.clients.append(client)
        return client

    def do(self, value: Any) -> Any:
        """Return a result; what is iterated over as a list."""
        if self.portal and isinstance(value, AsyncIterator):
            value = collected(value)
        if self.portal and inspect.isawaitable(value):
            return self.portal.call(lambda: value)
        return list(value) if isinstance(value, Iterator) else value

    def close(self) -> None:
        for client in self.clients:
            self.do(client.aclose() if self.portal else client.close())


async def collected(values: AsyncIterator[Any]) -> list[Any]:
    return [value async for value in values]


@pytest.fixture(params=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> Iterator[Kind]:
    with start_blocking_portal() if request.param == "async" else nullcontext() as portal:
        kind = Kind(portal)
        yield kind
        kind.close()


@pytest.fixture
def coffee(tmp_path: Path) -> Path:
    """A photograph of a cup of coffee."""
    from PIL import Image
    from skimage import data

    path = tmp_path / "coffee.jpg"
    Image.fromarray(data.coffee()).save(path, quality=92)
    return path


class Command:
    """The command ``vitrina``, with a home of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home / "config"
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        self.environment = kept | {
            "XDG_CONFIG_HOME": str(self.home),
            "PYTHONPATH": str(REPOSITORY / "clients" / "python"),
            "LANG": "C.UTF-8",
        }
        self.started: list[subprocess.Popen[str]] = []

    def line(self, *arguments: object) -> list[str]:
        return [sys.executable, "-m", "vitrina", *map(str, arguments)]

    def __call__(
        self, *arguments: object, stdin: str | bytes = "", **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run it to its end."""
        done = subprocess.run(
            self.line(*arguments),
            env=self.environment | variables,
            input=stdin if isinstance(stdin, bytes) else stdin.encode(),
            capture_output=True,
            check=False,
        )
        out, err = done.stdout.decode(), done.stderr.decode()
        assert "Traceback" not in err, err
        return subprocess.CompletedProcess(done.args, done.returncode, out, err)

    def start(self, *arguments: object, **variables: str) -> subprocess.Popen[str]:
        """Start it, with its standard output to read from."""
        process = subprocess.Popen(
            self.line(*arguments),
            env=self.environment | variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def login(self, url: str, secret: str) -> None:
        done = self("login", url, stdin=secret)
        assert done.returncode == 0, done.stderr


@pytest.fixture
def vitrina(tmp_path: Path) -> Iterator[Command]:
    """The command, for somebody who has not signed in."""
    command = Command(tmp_path)
    yield command
    for process in command.started:
        if process.poll() is None:
            process.kill()
        process.communicate()
