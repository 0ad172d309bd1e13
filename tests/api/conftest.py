"""Programs with tokens, and what they work on."""

import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import httpx
import pytest
from django.test import Client

from accounts.models import Scope, User
from accounts.tokens import token_create
from classify.models import Label, Model, Parent
from tests.api.webhooks import TARGET
from tests.conftest import REPOSITORY, Broker, environment_of_children, wait_until
from tests.factories import UserFactory
from tests.web.conftest import CLASSES
from worker.models import Webhook
from worker.webhooks import EVENTS, webhook_create


@pytest.fixture
def user(db: None) -> User:
    return UserFactory.create()


@pytest.fixture
def api_client() -> Callable[..., Client]:
    """Make programs that call with a token of a user."""

    def make(user: User, scopes: Iterable[str] = Scope.values, **headers: str) -> Client:
        _, secret = token_create(user=user, name="test", scopes=scopes)
        return Client(headers={"Authorization": f"Bearer {secret}", **headers})

    return make


@pytest.fixture
def api(user: User, api_client: Callable[..., Client]) -> Client:
    """A program that may do everything for ``user``."""
    return api_client(user)


@pytest.fixture
def other(db: None, api_client: Callable[..., Client]) -> Client:
    """A program of somebody else."""
    return api_client(UserFactory.create())


@pytest.fixture
def webhook(user: User) -> Webhook:
    """A webhook of ``user`` that is told of everything."""
    return webhook_create(user=user, url=TARGET, events=EVENTS)


@pytest.fixture
def models(db: None) -> list[Model]:
    """Two models to choose from, and one that is switched off."""
    facts = {"version": "1", "sha256": "0" * 64, "engine": "litert", "input_size": 224}
    return [
        Model.objects.create(name="fine", is_default=True, **facts),
        Model.objects.create(name="fast", **facts),
        Model.objects.create(name="old", enabled=False, **facts),
    ]


@pytest.fixture
def classes(db: None) -> None:
    """Two classes with their names in both languages."""
    drink = Parent.objects.create(slug="drink", name_en="drink", name_es="bebida")
    for wordnet_id, index, english, spanish in CLASSES:
        Label.objects.create(
            id=wordnet_id, index=index, name_en=english, name_es=spanish, parent=drink
        )


def problem(response: Any, status: int, code: str) -> dict[str, Any]:
    """Check that an answer is a problem document and return it."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert set(body) == {
        "type",
        "title",
        "status",
        "detail",
        "instance",
        "code",
        "request_id",
        "errors",
    }
    assert body["status"] == status
    assert body["code"] == code, body
    assert body["type"].endswith(f"/api/errors/{code}")
    assert body["request_id"] == response["X-Request-Id"]
    return body


class Server:
    """The site as gunicorn serves it, for clients of whatever kind."""

    def __init__(self, broker_url: str, processes: int, **extra: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", "--config", "python:project.gunicorn"),
                *("--bind", f"127.0.0.1:{self.port}", "--workers", str(processes)),
            ],
            cwd=REPOSITORY,
            env=environment_of_children(broker_url) | extra,
            start_new_session=True,
        )

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health/live").status_code == 200
        except httpx.HTTPError:
            return False

    def client(self, secret: str = "", **options: Any) -> httpx.Client:
        headers = {"Authorization": f"Bearer {secret}"} if secret else {}
        return httpx.Client(base_url=self.url, headers=headers, **options)


@pytest.fixture
def serve(broker: Broker, transactional_db: None) -> Iterator[Callable[..., Server]]:
    """Start real web processes that share the test's database, files and broker."""
    started: list[Server] = []

    def start(processes: int = 2, **extra: str) -> Server:
        server = Server(broker.url, processes, **extra)
        started.append(server)
        wait_until(server.answers, seconds=60)
        return server

    yield start
    for server in started:
        server.process.terminate()
        server.process.wait(60)
