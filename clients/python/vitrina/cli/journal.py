"""What a run has done, so that the same command goes on after it was interrupted, however.

A run has a random name, which stands in the journal before anything is sent. A picture's
idempotency key is made of it, the file's path and its content: a create whose answer was lost is
sent again with the same key, and the site makes no second job. A finished file's answer stands in
the journal before it is printed. A run that ends takes its journal with it.
"""

import hashlib
import json
import os
import uuid
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from vitrina.cli.answers import Answer
from vitrina.cli.files import mark
from vitrina.cli.store import directory, make_directory


class Journal:
    """The journal of a command; the same command has the same one.

    :ivar run: the name of the run.
    """

    def __init__(self, command: Sequence[Any], *, fresh: bool) -> None:
        """Read what an interrupted run has left, unless a fresh one is wanted."""
        text = json.dumps([str(Path.cwd()), *command])
        name = hashlib.sha256(text.encode()).hexdigest()[:32]
        self._path = make_directory(directory() / "runs") / f"{name}.jsonl"
        self._done: dict[str, tuple[Any, Answer]] = {}
        self._marks: dict[str, tuple[int, int] | None] = {}
        self.run = ""
        if fresh:
            self._path.unlink(missing_ok=True)
        elif self._path.exists():
            self._read()
        self._file: IO[bytes] = self._path.open("ab")
        if not self.run:
            self._begin()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def _read(self) -> None:
        """Take in what is whole, and cut off a line that was not finished."""
        with self._path.open("r+b") as file:
            whole = 0
            for line in file:
                try:
                    self._take(json.loads(line))
                except ValueError:
                    break
                whole += len(line)
            file.truncate(whole)

    def _take(self, entry: dict[str, Any]) -> None:
        if "run" in entry:
            self.run = entry["run"]
        else:
            self._done[entry["file"]] = (entry["mark"], entry["answer"])

    def _begin(self) -> None:
        self.run = str(uuid.uuid4())
        self._write({"run": self.run})
        os.fsync(self._file.fileno())

    def _write(self, entry: dict[str, Any]) -> None:
        self._file.write(json.dumps(entry).encode() + b"\n")
        self._file.flush()

    def answer(self, file: str) -> Answer | None:
        """Return the answer of a file that is done and has not changed since."""
        known, answer = self._done.get(file, (None, None))
        now = mark(file)
        return answer if known is not None and now is not None and known == list(now) else None

    def add(self, file: str, answer: Answer) -> None:
        """Note that a file is done, as it was when its key was made."""
        entry = {"file": file, "mark": self._marks.pop(file, None), "answer": answer}
        self._write(entry)

    def key(self, file: str) -> str:
        """Return a file's idempotency key.

        :raises OSError: when it cannot be read.
        """
        self._marks[file] = mark(file)
        with Path(file).open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        return hashlib.sha256(f"{self.run}\0{file}\0{digest}".encode()).hexdigest()

    def end(self) -> None:
        """Remove the journal: the run is complete."""
        self._file.close()
        self._path.unlink(missing_ok=True)
