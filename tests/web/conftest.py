"""A signed-in browser, a few classes, and jobs in each state."""

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from classify.models import Label, Model, Parent
from tests.conftest import picture
from tests.factories import JobFactory, UserFactory
from worker.models import Job

CLASSES = [
    ("n07920052", 967, "espresso", "café expreso"),
    ("n07930864", 968, "teacup", "taza de té"),
]
PREDICTIONS = [
    {"id": "n07920052", "index": 967, "score": 0.8743},
    {"id": "n07930864", "index": 968, "score": 0.0501},
]


@pytest.fixture(autouse=True)
def data(settings: Settings, tmp_path: Path) -> Path:
    """An empty data directory: what `make run` has put into the real one changes no page."""
    settings.DATA_DIR = tmp_path
    return tmp_path


@pytest.fixture
def user(db: None) -> User:
    return UserFactory.create()


@pytest.fixture
def web(client: Client, user: User) -> Client:
    """A browser in which ``user`` is signed in, and has just confirmed that it is them."""
    client.force_login(user)
    confirm(client, user)
    return client


def confirm(client: Client, user: User) -> None:
    """Have somebody entered their password again, as allauth notes it."""
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        {"method": "password", "at": time.time(), "reauthenticated": True}
    ]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()


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
            id=wordnet_id,
            index=index,
            name_en=english,
            name_es=spanish,
            parent=drink,
        )


@pytest.fixture
def succeeded(user: User, classes: None) -> Callable[..., Job]:
    """Make jobs that have ended well."""

    def make(**fields: Any) -> Job:
        now = timezone.now()
        job = JobFactory.create(
            **{
                "user": user,
                "service": "classify",
                "model": "fine",
                "model_version": "1",
                "finished": "succeeded",
                "output": {"predictions": PREDICTIONS},
                "label": PREDICTIONS[0]["id"],
                "score": PREDICTIONS[0]["score"],
                "predict_ms": 14.2,
                "started_at": now,
                "finished_at": now + timedelta(seconds=2),
            }
            | fields
        )
        job.display.save(f"jobs/{job.id}/display-1.jpg", ContentFile(picture(colour="red")))
        small = picture((32, 24), colour="red")
        job.thumbnail.save(f"jobs/{job.id}/thumbnail-1.jpg", ContentFile(small))
        return job

    return make


def showing(state: str = "") -> dict[str, str]:
    """Return the headers of a browser that shows a state of what it polls."""
    return {"If-None-Match": f'"{state}"'} if state else {}


def upload(
    name: str = "cup.jpg",
    content: bytes | None = None,
    content_type: str = "image/jpeg",
) -> SimpleUploadedFile:
    """Return a file as a browser sends it."""
    return SimpleUploadedFile(name, picture() if content is None else content, content_type)
