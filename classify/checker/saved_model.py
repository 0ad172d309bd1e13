"""Looks into a SavedModel before TensorFlow does.

A SavedModel is a program: among its operations are some that read and write files. Only those
that calculate are let through, and those by which every SavedModel keeps its variables.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from classify.checker.refused import RefusedError

_STATEFUL = {
    "AssignVariableOp",
    "DisableCopyOnRead",
    "If",
    "PartitionedCall",
    "Placeholder",
    "ReadVariableOp",
    "StatefulPartitionedCall",
    "StatelessIf",
    "StatelessWhile",
    "VarHandleOp",
    "VarIsInitializedOp",
    "While",
}
"""What keeps state and is harmless; everything else that does may not be there."""

_KEEPS_VARIABLES = {"SaveV2", "RestoreV2", "MergeV2Checkpoints", "ShardedFilename"}
"""In the two functions that every SavedModel has for its variables, and nowhere else."""

_FOR_VARIABLES = ("_traced_save", "_traced_restore")
"""What the names of these functions have in them. Nothing of the model may call one of them."""

_RUN_WHEN_LOADED = {"_initialize", "_create_resource", "_destroy_resource"}
"""Functions that TensorFlow calls by itself; tables of words have them, networks have not."""

_READS = {"ReadFile", "MatchingFiles", "PyFuncStateless", "Restore", "RestoreSlice", "RestoreV2"}
"""What TensorFlow does not count as keeping state, and yet reads files or runs Python."""


def inspect_saved_model(path: Path) -> None:
    """See that a SavedModel calculates, and nothing else.

    :raises RefusedError: when it does more, or cannot be read.
    """
    from google.protobuf.message import DecodeError
    from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

    saved = SavedModel()
    try:
        saved.ParseFromString((path / "saved_model.pb").read_bytes())
    except (DecodeError, RuntimeError) as error:
        raise RefusedError("saved_model_broken", str(error)[:300]) from error
    if not saved.meta_graphs:
        raise RefusedError("saved_model_broken", "It holds no graph.")
    for graph in saved.meta_graphs:
        if "serving_default" not in graph.signature_def:
            raise RefusedError("saved_model_signature")
        for function, operation in _operations(graph.graph_def):
            _check(function, operation)
        _check_objects(graph)


def _check_objects(graph: Any) -> None:
    """See that nothing runs but when the model is asked.

    :raises RefusedError: when something does.
    """
    if not graph.HasField("object_graph_def"):
        raise RefusedError("saved_model_broken", "It is in the format of TensorFlow 1.")
    objects = graph.object_graph_def
    for node in objects.nodes:
        names = {child.local_name for child in node.children} & _RUN_WHEN_LOADED
        if node.WhichOneof("kind") in {"asset", "resource"} or names:
            raise RefusedError("saved_model_operation", ", ".join(sorted(names)) or "a resource")
    called = set(objects.concrete_functions)
    for function in graph.graph_def.library.function:
        called.update(_called(function))
    for name in called:
        if any(part in name for part in _FOR_VARIABLES):
            raise RefusedError("saved_model_operation", name[:200])


def _called(function: Any) -> Iterator[str]:
    """Yield the names of all functions that a function may call."""
    for node in function.node_def:
        yield node.op
        for value in node.attr.values():
            yield value.func.name
            for inner in value.list.func:
                yield inner.name


def _operations(graph: Any) -> Iterator[tuple[str, str]]:
    """Yield each operation with the function that it is in; at the top it is in none."""
    for node in graph.node:
        yield "", node.op
    for function in graph.library.function:
        for node in function.node_def:
            yield function.signature.name, node.op


def _check(function: str, operation: str) -> None:
    from tensorflow.python.framework import op_def_registry

    if operation in _STATEFUL:
        return
    if operation in _KEEPS_VARIABLES and (
        not function or any(part in function for part in _FOR_VARIABLES)
    ):
        return
    definition = op_def_registry.get(operation)
    if definition is None:
        return  # a function by its name, which is looked at itself; anything else cannot be loaded
    if definition.is_stateful or operation in _READS or operation in _KEEPS_VARIABLES:
        raise RefusedError("saved_model_operation", operation)
