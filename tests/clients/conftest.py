"""A real site for real clients, with and without models."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import User
from accounts.tokens import token_create
from classify.models import Model
from tests.api import conftest as api
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


@pytest.fixture
def server(serve: Callable[..., Server], start: Any) -> Server:
    """The site with a worker for the service without a model."""
    server = serve(processes=1)
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
    """One of both clients: it performs what the methods of either return."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.runner = asyncio.Runner() if name == "async" else None
        self.clients: list[Any] = []

    def client(self, *args: Any, **options: Any) -> Any:
        client = (AsyncClient if self.runner else Client)(*args, **options)
        self.clients.append(client)
        return client

    def do(self, value: Any) -> Any:
        """Return a result; what is iterated over as a list."""
        if self.runner and inspect.iscoroutine(value):
            return self.runner.run(value)
        if self.runner and isinstance(value, AsyncIterator):
            return self.runner.run(collected(value))
        return list(value) if isinstance(value, Iterator) else value

    def close(self) -> None:
        for client in self.clients:
            self.do(client.aclose() if self.runner else client.close())
        if self.runner:
            self.runner.close()


async def collected(values: AsyncIterator[Any]) -> list[Any]:
    return [value async for value in values]


@pytest.fixture(params=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> Iterator[Kind]:
    kind = Kind(request.param)
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
