"""Weights go into a network completely or not at all, and are rounded on int8's grid."""

from typing import Any

import numpy as np
import pytest

from classify.builder.checkpoint import CheckpointError

pytestmark = [pytest.mark.model, pytest.mark.timeout(120)]

Tensors = dict[str, Any]


@pytest.fixture(scope="module")
def keras() -> Any:
    from classify.builder.quiet import quiet

    with quiet():
        import keras

        return keras


@pytest.fixture
def network(keras: Any) -> Any:
    """Two layers under the names of the real ones."""
    inputs = keras.layers.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, padding="same", use_bias=False, name="conv_stem")(inputs)
    x = keras.layers.DepthwiseConv2D(
        5, 2, padding="same", use_bias=False, name="blocks_0_depthwise_conv"
    )(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, keras.layers.Dense(2, name="fc")(x))


@pytest.fixture
def tensors() -> Tensors:
    random = np.random.default_rng(1)
    shapes = {
        "_conv_stem.weight": (4, 3, 3, 3),
        "_blocks.0._depthwise_conv.weight": (4, 1, 5, 5),
        "_fc.weight": (2, 4),
        "_fc.bias": (2,),
    }
    values = {name: random.normal(size=shape) for name, shape in shapes.items()}
    return {name: value.astype(np.float32) for name, value in values.items()}


def load(network: Any, tensors: Tensors) -> None:
    from classify.builder.weights import load_weights

    load_weights(network, tensors)


def test_every_weight_finds_its_place(network: Any, tensors: Tensors) -> None:
    load(network, tensors | {"_bn0.num_batches_tracked": np.int64(5)})
    stem, depthwise, dense = (
        network.get_layer(name).get_weights()
        for name in ("conv_stem", "blocks_0_depthwise_conv", "fc")
    )
    assert stem[0][0, 1, 2, 3] == tensors["_conv_stem.weight"][3, 2, 0, 1]
    assert depthwise[0][3, 4, 2, 0] == tensors["_blocks.0._depthwise_conv.weight"][2, 0, 3, 4]
    assert dense[0][3, 1] == tensors["_fc.weight"][1, 3]


def test_a_tensor_too_many_is_refused(network: Any, tensors: Tensors) -> None:
    with pytest.raises(CheckpointError, match="_extra"):
        load(network, tensors | {"_extra.weight": np.zeros(1)})


@pytest.mark.parametrize("name", ["_conv_stem.weight", "_fc.bias"])
def test_a_tensor_too_few_is_refused(network: Any, tensors: Tensors, name: str) -> None:
    del tensors[name]
    with pytest.raises(CheckpointError, match=name):
        load(network, tensors)


def test_a_tensor_of_another_shape_is_refused(network: Any, tensors: Tensors) -> None:
    tensors["_fc.bias"] = np.zeros(3, np.float32)
    with pytest.raises(CheckpointError, match="fc"):
        load(network, tensors)


def test_rounding_stays_on_the_grid_and_beats_the_nearest_step(
    keras: Any, network: Any, tensors: Tensors
) -> None:
    from classify.builder.rounding import round_weights

    load(network, tensors)
    random = np.random.default_rng(2)
    smooth = [random.normal(size=(1, 1, 1, 3)) + random.normal(size=(1, 8, 8, 3)) * 0.2
              for _ in range(40)]  # fmt: skip
    inputs = [image.astype(np.float32) for image in smooth]
    rounded = round_weights(network, inputs)
    nearest = keras.models.clone_model(network)
    nearest.set_weights(network.get_weights())

    for layer in network.layers:
        if not layer.weights:
            continue
        kernel, *rest = layer.get_weights()
        axis = 2 if "depthwise" in layer.name else -1
        others = tuple(i for i in range(kernel.ndim) if i != axis % kernel.ndim)
        step = np.abs(kernel).max(axis=others, keepdims=True) / 127
        steps = rounded.get_layer(layer.name).get_weights()[0] / step
        assert np.abs(steps - np.rint(steps)).max() < 1e-3
        assert np.abs(steps).max(axis=others) == pytest.approx(127, abs=1e-3)
        nearest.get_layer(layer.name).set_weights([np.rint(kernel / step) * step, *rest])

    batch = np.concatenate(inputs)
    exact, better, worse = (
        np.asarray(model(batch, training=False)) for model in (network, rounded, nearest)
    )
    assert np.abs(better - exact).mean() < np.abs(worse - exact).mean()
