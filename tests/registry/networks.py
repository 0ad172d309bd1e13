"""Tiny networks as .tflite files, written without TensorFlow, and others that are not right."""

import struct
from typing import Any

import flatbuffers
from ai_edge_litert import schema_py_generated as schema

SIDE = 16
COLOURS = ("red", "green", "blue")
"""What they tell apart: the mean of each channel is the score of its class."""


def colours(
    *, negated: bool = False, custom: str = "", side: int = SIDE, scale: float = 8
) -> bytes:
    """Return a network that names the strongest colour, or with ``negated`` the weakest one.

    :param custom: the name of an operation that nobody has, in place of the mean.
    :param scale: what the means are multiplied by, which makes another file of the same network.
    """
    model = schema.ModelT()
    model.version = 3
    model.buffers = [schema.BufferT()]
    mean = schema.OperatorCodeT()
    if custom:
        mean.builtinCode = schema.BuiltinOperator.CUSTOM
        mean.customCode = custom
    else:
        mean.builtinCode = schema.BuiltinOperator.MEAN
    mean.deprecatedBuiltinCode = min(mean.builtinCode, 127)
    product = schema.OperatorCodeT()
    product.builtinCode = product.deprecatedBuiltinCode = schema.BuiltinOperator.MUL
    model.operatorCodes = [mean, product]
    graph = schema.SubGraphT()
    graph.tensors = [
        _tensor(model, "image", [1, side, side, 3]),
        _tensor(model, "axes", [2], struct.pack("<2i", 1, 2), schema.TensorType.INT32),
        _tensor(model, "mean", [1, 3]),
        _tensor(model, "scale", [1], struct.pack("<f", -scale if negated else scale)),
        _tensor(model, "logits", [1, 3]),
    ]
    graph.inputs, graph.outputs = [0], [4]
    graph.operators = [_operator(0, [0, 1], [2]), _operator(1, [2, 3], [4])]
    if not custom:
        graph.operators[0].builtinOptionsType = schema.BuiltinOptions.ReducerOptions
        graph.operators[0].builtinOptions = schema.ReducerOptionsT()
    graph.operators[1].builtinOptionsType = schema.BuiltinOptions.MulOptions
    graph.operators[1].builtinOptions = schema.MulOptionsT()
    model.subgraphs = [graph]
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _tensor(
    model: Any,
    name: str,
    shape: list[int],
    data: bytes = b"",
    kind: int = schema.TensorType.FLOAT32,
) -> Any:
    """Return a tensor; one with data is a constant."""
    tensor = schema.TensorT()
    tensor.name, tensor.shape, tensor.type = name, shape, kind
    tensor.buffer = 0
    if data:
        buffer = schema.BufferT()
        buffer.data = list(data)
        model.buffers.append(buffer)
        tensor.buffer = len(model.buffers) - 1
    return tensor


def _operator(code: int, inputs: list[int], outputs: list[int]) -> Any:
    operator = schema.OperatorT()
    operator.opcodeIndex, operator.inputs, operator.outputs = code, inputs, outputs
    return operator
