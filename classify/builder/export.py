"""Exports a Keras model: LiteRT float32, LiteRT full-integer int8, and SavedModel.

All three come from one frozen graph, in which the weights are constants. Its batch is 1, as one
process classifies one picture at a time, and fixed shapes keep memory flat.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

# No public function freezes a concrete function; the LiteRT converter itself uses this one.
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2


def freeze(model: Any) -> Any:
    """Return a concrete function with the model's weights as constants.

    :param model: a Keras model with one input, an image.
    :return: a function from float32 ``[1, S, S, 3]`` to logits ``[1, classes]``.
    """
    signature = tf.TensorSpec((1, *model.input_shape[1:]), tf.float32, name="image")
    function = tf.function(lambda image: model(image, training=False), [signature])
    return convert_variables_to_constants_v2(function.get_concrete_function())


def export_float32(function: Any, path: Path) -> None:
    """Write a ``.tflite`` file with float32 weights, input and output."""
    path.write_bytes(_converter(function).convert())


def export_int8(function: Any, inputs: Iterable[NDArray[np.float32]], path: Path) -> None:
    """Write a ``.tflite`` file whose weights, activations, input and output are int8.

    Weights are scaled per channel, activations per tensor by the range seen in ``inputs``.

    :param inputs: preprocessed natural photographs, float32 ``[1, S, S, 3]`` each. They should hold
        a black and a white pixel: then one step of the input is exactly one of 256 pixel values.
    """
    converter = _converter(function)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([image] for image in inputs)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.int8
    converter.inference_output_type = tf.int8
    path.write_bytes(converter.convert())


def export_saved_model(function: Any, path: Path) -> None:
    """Write a SavedModel directory with the one signature ``serving_default``."""
    tf.saved_model.save(tf.Module(), str(path), signatures=function)


def _converter(function: Any) -> Any:
    return tf.lite.TFLiteConverter.from_concrete_functions([function])
