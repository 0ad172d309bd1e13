"""Runs ``.tflite`` files with LiteRT (XNNPACK) on one thread, float32 or int8."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


class LiteRTModel:
    """One interpreter; not thread-safe, and of no use in a forked child."""

    def __init__(self, interpreter: Any) -> None:
        interpreter.allocate_tensors()
        self._interpreter = interpreter
        (self._input,) = interpreter.get_input_details()
        (self._output,) = interpreter.get_output_details()

    def run(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        """Run pictures one by one: the artefact's batch is 1, and its shapes never change."""
        return np.stack([self._run_one(image) for image in images])

    def _run_one(self, image: NDArray[np.float32]) -> NDArray[np.float32]:
        self._interpreter.set_tensor(self._input["index"], _quantised(image[None], self._input))
        self._interpreter.invoke()
        return _real(self._interpreter.get_tensor(self._output["index"])[0], self._output)


def _quantised(values: NDArray[np.float32], tensor: dict[str, Any]) -> NDArray[Any]:
    if tensor["dtype"] == np.float32:
        return values
    limits = np.iinfo(tensor["dtype"])
    scale, zero = tensor["quantization"]
    steps: NDArray[Any] = np.clip(np.rint(values / scale) + zero, limits.min, limits.max)
    return steps.astype(limits.dtype)


def _real(values: NDArray[Any], tensor: dict[str, Any]) -> NDArray[np.float32]:
    if tensor["dtype"] == np.float32:
        return values.astype(np.float32)
    scale, zero = tensor["quantization"]
    return (values.astype(np.float32) - np.float32(zero)) * np.float32(scale)


def load(path: Path) -> LiteRTModel:
    """Load a ``.tflite`` file with one input and one output."""
    from ai_edge_litert.interpreter import Interpreter

    return LiteRTModel(Interpreter(model_path=str(path), num_threads=1))
