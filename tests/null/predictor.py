"""Behaves, or misbehaves, as a job's parameters say. It runs in a real worker process."""

import ctypes
import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from worker.predictors import Result
from worker.runtime.errors import BrokenImageError


class NullPredictor:
    def __init__(self, models_dir: Path) -> None:
        self.loads = 0

    def load(self, model: str) -> None:
        self.loads += 1

    def predict(self, image: BinaryIO, *, model: str, parameters: Mapping[str, Any]) -> Result:
        start = time.perf_counter()
        time.sleep(parameters.get("sleep", 0))
        misbehave(parameters.get("do", ""))
        if "trace" in parameters:
            trace(Path(parameters["trace"]), parameters["answer"])
        return Result(
            output={"answer": parameters.get("answer", 42), "pid": os.getpid()},
            display=b"",
            label="null",
            score=1.0,
            model_version="1",
            model_sha256="0" * 64,
            decode_ms=(time.perf_counter() - start) * 1000 if "sleep" in parameters else None,
            predict_ms=0.5 if "sleep" in parameters else None,
            started=start if "sleep" in parameters else None,
        )


def misbehave(what: str) -> None:
    """Do what real code does when it goes wrong."""
    match what:
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "hang":
            ctypes.CDLL(None).sleep(3600)
        case "deaf":
            # Locked twice: C code that no signal can make return.
            lock = ctypes.create_string_buffer(64)
            ctypes.CDLL(None).pthread_mutex_lock(lock)
            ctypes.CDLL(None).pthread_mutex_lock(lock)
        case "hog":
            bytearray(b"x") * (64 * 2**30)
        case "sleep":
            time.sleep(3600)
        case "memory":
            raise MemoryError
        case "raise":
            raise RuntimeError("an unexpected error, secret=hunter2")
        case "broken":
            raise BrokenImageError


def trace(path: Path, answer: object) -> None:
    """Leave a line for each run, by which a test tells whether a job ran twice."""
    with path.open("a") as lines:
        lines.write(f"{answer}\n")
