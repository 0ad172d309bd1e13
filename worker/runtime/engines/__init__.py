"""Engines run a model's artefact; which one a model needs stands in its manifest.

An engine is a module with one function, ``load(path) -> RawModel``, that imports its heavy library
only when it is called. One process loads a model once and runs it on one thread.
"""

from importlib import import_module
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from worker.runtime.engines.native import native_output_logged
from worker.runtime.errors import ModelUnloadableError
from worker.runtime.manifest import EngineName, Output

_MODULES: dict[EngineName, str] = {
    "litert": "worker.runtime.engines.litert",
    "tensorflow": "worker.runtime.engines.tensorflow",
}


class RawModel(Protocol):
    """What an engine module's ``load`` returns."""

    def run(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the artefact's raw output for float32 images ``[N, H, W, 3]``."""


class Engine:
    """A loaded artefact that returns scores."""

    def __init__(self, model: RawModel, output: Output) -> None:
        self._model = model
        self._output = output

    def predict(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the scores of some preprocessed pictures.

        :param images: float32 ``[N, H, W, 3]``, preprocessed by the model's recipe.
        :return: float32 ``[N, classes]``, finite, each row summing to 1.
        """
        raw = self._model.run(images)
        # Softmax stands here and not in the artefact, so that an int8 model's scores are not
        # rounded to 256 steps.
        return softmax(raw) if self._output == "logits" else raw


def load_engine(name: EngineName, path: Path, output: Output) -> Engine:
    """Load an artefact with the named engine.

    :param path: the artefact, a file or a directory.
    :param output: what the artefact returns.
    :raises ModelUnloadableError: when the engine's library is not installed or refuses the file.
    """
    try:
        with native_output_logged():
            model: RawModel = import_module(_MODULES[name]).load(path)
    except (ImportError, OSError, ValueError, RuntimeError, KeyError) as error:
        detail = f"Engine {name}, {path}: {type(error).__name__}: {error}"
        raise ModelUnloadableError(detail) from error
    return Engine(model, output)


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Turn logits ``[N, classes]`` into probabilities of the same shape."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    scores: NDArray[np.float32] = powers / powers.sum(axis=-1, keepdims=True)
    return scores
