"""The real models, built on first use and kept for the next run."""

import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from worker.runtime.model import Model

BUILD = """
import pathlib, sys
from classify.builder.build import build
build(sys.argv[2:], pathlib.Path(sys.argv[1]))
"""


def build_in_a_process(directory: Path, *names: str) -> None:
    """Build in a process of its own, as TensorFlow stays in the process that imported it."""
    subprocess.run(
        [sys.executable, "-c", BUILD, str(directory), *names], cwd=REPOSITORY, check=True
    )


@pytest.fixture(scope="session")
def all_models(models_dir: Path) -> Path:
    """The directory of all models, those for the tensorflow engine included."""
    from classify.builder.build import MODEL_NAMES

    build_in_a_process(models_dir, *MODEL_NAMES)
    return models_dir


@pytest.fixture(scope="session")
def open_model(all_models: Path) -> Callable[[str], Model]:
    """Open a model by name, each once."""
    return cache(lambda name: Model.open(all_models / name))


@pytest.fixture(scope="session")
def rebuilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a second build of two models, where a first one was cut short."""
    directory = tmp_path_factory.mktemp("models")
    (directory / ".building-killed" / "efficientnet-lite0-int8").mkdir(parents=True)
    damaged = directory / "efficientnet-lite0-int8"
    damaged.mkdir()
    (damaged / "model.tflite").write_bytes(b"cut short")
    build_in_a_process(directory, "efficientnet-lite0-int8", "efficientnet-lite0-fp32")
    return directory
