"""Runs a SavedModel or a ``.keras`` file with TensorFlow, for what LiteRT cannot run."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


class TensorFlowModel:
    """A function from one picture to its raw output, and whatever must stay alive for it."""

    def __init__(self, function: Callable[[NDArray[np.float32]], Any], owner: object) -> None:
        self._function = function
        self._owner = owner

    def run(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        """Run pictures one by one: every new shape would be traced and kept for ever."""
        return np.concatenate([np.asarray(self._function(image[None])) for image in images])


def load(path: Path) -> TensorFlowModel:
    """Load a SavedModel directory with one input and one output, or a ``.keras`` file."""
    import tensorflow as tf

    _use_one_thread(tf)
    return _load_saved_model(tf, path) if path.is_dir() else _load_keras(tf, path)


def _use_one_thread(tf: Any) -> None:
    try:
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    except RuntimeError:  # TensorFlow is running already, and keeps the threads that it has.
        return


def _load_saved_model(tf: Any, path: Path) -> TensorFlowModel:
    module = tf.saved_model.load(str(path))
    signature = module.signatures["serving_default"]
    (name,) = signature.structured_input_signature[1]
    (output,) = signature.structured_outputs
    return TensorFlowModel(lambda image: signature(**{name: tf.constant(image)})[output], module)


def _load_keras(tf: Any, path: Path) -> TensorFlowModel:
    model = tf.keras.models.load_model(path, compile=False, safe_mode=True)
    function = tf.function(lambda image: model(image, training=False))
    return TensorFlowModel(lambda image: function(tf.constant(image)), model)
