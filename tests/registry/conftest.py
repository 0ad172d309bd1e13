"""A site whose models lie in a directory of the test's own."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from classify.checking import model_check_next
from classify.labels import classes_read
from classify.models import Model
from classify.registry import model_add
from tests.registry.networks import COLOURS, SIDE, colours

RECIPE = {"size": SIDE, "crop": 1.0, "mean": 127.5, "std": 127.5, "output": "logits"}


@pytest.fixture(autouse=True)
def place(settings: Settings, tmp_path: Path) -> Path:
    """Where the models are, and nothing else."""
    settings.MODELS_DIR = tmp_path / "models"
    settings.DATA_DIR = tmp_path
    return tmp_path / "models"


Add = Callable[..., Model]


def add(name: str = "colours", upload: bytes | None = None, **fields: Any) -> Model:
    """Add a model, by default one that tells three colours apart."""
    names = "\n".join(fields.pop("names", COLOURS)).encode()
    values = {
        "file_name": "colours.tflite",
        "recipe": RECIPE,
        "classes": classes_read(names, model=name) if names else [],
    }
    data = io.BytesIO(colours() if upload is None else upload)
    return model_add(name=name, upload=data, **values | fields)


def checked(model: Model) -> Model:
    """Have a model checked as a worker does, and return what came of it."""
    assert model_check_next(name=model.name)
    model.refresh_from_db()
    return model
