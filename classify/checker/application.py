"""Builds a network of keras.applications, by name, with its published weights.

It is exported to LiteRT together with its own preprocessing, so that workers run it without
TensorFlow and its recipe is plain pixel values.
"""

import inspect
from pathlib import Path
from typing import Any

from classify.checker.refused import RefusedError
from classify.checker.unpack import ARTEFACTS


def build_application(name: str, place: Path, *, weights: str | None = "imagenet") -> int:
    """Write a network into a model's directory; return the side of its input in pixels.

    :param weights: ``None`` leaves it untrained, which is of use to tests only.
    :raises RefusedError: when there is no such network, or its weights cannot be had.
    """
    try:
        import keras
        import tensorflow as tf

        from classify.builder.export import export_float32, freeze
    except ImportError as error:
        raise RefusedError("no_tensorflow", str(error)) from error
    module = _module_of(keras.applications, name)
    if module is None:
        raise RefusedError("no_application", name)
    try:
        network = getattr(module, name)(weights=weights)
    except (OSError, ValueError, Exception) as error:
        raise RefusedError("no_weights", f"{type(error).__name__}: {error}"[:300]) from error
    size: int = network.input_shape[1]
    image = keras.Input((size, size, 3))
    whole = keras.Model(image, network(module.preprocess_input(image)))
    del tf
    export_float32(freeze(whole), place / ARTEFACTS["tflite"])
    return size


def _module_of(applications: Any, name: str) -> Any:
    """Return the module of a network that can be built by name."""
    for _, module in inspect.getmembers(applications, inspect.ismodule):
        if hasattr(module, "preprocess_input") and inspect.isfunction(getattr(module, name, None)):
            return module
    return None


def application_names() -> list[str]:
    """Return every network that can be built by name."""
    import keras

    return sorted(
        name
        for name, _ in inspect.getmembers(keras.applications, inspect.isfunction)
        if name[0].isupper() and _module_of(keras.applications, name)
    )
