"""What was promised: each accepted job, on disk before anybody can die and forget it."""

import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

SUCCEEDED = "succeeded"


@dataclass(frozen=True)
class Promise:
    """A job that was accepted, with the end that is expected of it.

    :ivar expect: ``succeeded``, or the code of a failure.
    :ivar answer: what its result must say; ``None`` when it came through the page, on which
        nobody can ask for an answer.
    """

    id: str
    expect: str = SUCCEEDED
    answer: int | None = None


class Ledger:
    """A file of promises that one process appends to."""

    def __init__(self, directory: Path, name: str) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.file = (directory / f"{name}.ledger").open("a")

    def write(self, promise: Promise) -> None:
        """Note a promise; it is on disk when this returns."""
        self.file.write(json.dumps(asdict(promise)) + "\n")
        self.file.flush()
        os.fsync(self.file.fileno())


def read(directory: Path) -> dict[str, Promise]:
    """Return all promises of a directory by job id."""
    lines = (line for path in directory.glob("*.ledger") for line in path.open())
    promises = (Promise(**json.loads(line)) for line in lines if line.endswith("\n"))
    return {promise.id: promise for promise in promises}


@dataclass(frozen=True)
class Answer:
    """How one submission went.

    :ivar said: ``accepted``, a refusal's code, an HTTP status, or the name of an exception.
    """

    at: float
    seconds: float
    said: str


class Diary:
    """A file of answers that one process appends to."""

    def __init__(self, directory: Path, name: str) -> None:
        self.file = (directory / f"{name}.answers").open("a", buffering=1)

    def write(self, *, start: float, said: str) -> None:
        """Note how the submission that began at ``start`` went."""
        now = time.time()
        self.file.write(json.dumps(asdict(Answer(at=now, seconds=now - start, said=said))) + "\n")


def answers(directory: Path, name: str = "*") -> Iterator[Answer]:
    """Yield the answers that one process, or all, wrote to a directory."""
    for path in sorted(directory.glob(f"{name}.answers")):
        for line in path.open():
            if line.endswith("\n"):
                yield Answer(**json.loads(line))
