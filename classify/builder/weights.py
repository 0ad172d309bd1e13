"""Moves a PyTorch state dictionary into a Keras model, completely or not at all."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classify.builder.checkpoint import CheckpointError

Tensors = dict[str, NDArray[Any]]

# Counts training steps; inference has no use for it.
_IGNORED_SUFFIX = ".num_batches_tracked"


def load_weights(model: Any, tensors: Tensors) -> None:
    """Set every weight of ``model`` from ``tensors``.

    :param model: a Keras model whose layers are named after the checkpoint's keys.
    :param tensors: float32 tensors in PyTorch's layout by checkpoint key.
    :raises CheckpointError: when a tensor is missing, left over or of another shape.
    """
    left = {key: value for key, value in tensors.items() if not key.endswith(_IGNORED_SUFFIX)}
    for layer in model.layers:
        if layer.weights:
            _set_weights(layer, left)
    if left:
        raise CheckpointError(f"No layer wants {', '.join(sorted(left))}.")


def _set_weights(layer: Any, left: Tensors) -> None:
    prefix = _checkpoint_prefix(layer.name)
    try:
        values = [convert(left.pop(f"{prefix}.{key}")) for key, convert in _LAYOUT[_kind(layer)]]
    except KeyError as error:
        raise CheckpointError(f"The checkpoint lacks {error} of layer {layer.name}.") from error
    wanted = [tuple(weight.shape) for weight in layer.weights]
    if [value.shape for value in values] != wanted:
        raise CheckpointError(f"The weights of layer {layer.name} do not have shapes {wanted}.")
    layer.set_weights(values)


def _kind(layer: Any) -> str:
    return type(layer).__name__


def _checkpoint_prefix(name: str) -> str:
    """Turn ``blocks_3_expand_conv`` into ``_blocks.3._expand_conv``, and ``fc`` into ``_fc``."""
    if name.startswith("blocks_"):
        _, number, part = name.split("_", 2)
        return f"_blocks.{number}._{part}"
    return f"_{name}"


def _keep(value: NDArray[Any]) -> NDArray[Any]:
    return value


def _convolution(value: NDArray[Any]) -> NDArray[Any]:
    """``[out, in, height, width]`` to ``[height, width, in, out]``."""
    return value.transpose(2, 3, 1, 0)


def _depthwise(value: NDArray[Any]) -> NDArray[Any]:
    """``[channels, 1, height, width]`` to ``[height, width, channels, 1]``."""
    return value.transpose(2, 3, 0, 1)


# Per kind of layer: checkpoint keys in the order of the layer's weights, and the change of layout.
_LAYOUT: dict[str, list[tuple[str, Callable[[NDArray[Any]], NDArray[Any]]]]] = {
    "Conv2D": [("weight", _convolution)],
    "DepthwiseConv2D": [("weight", _depthwise)],
    "Dense": [("weight", np.transpose), ("bias", _keep)],
    "BatchNormalization": [
        ("weight", _keep),
        ("bias", _keep),
        ("running_mean", _keep),
        ("running_var", _keep),
    ],
}
