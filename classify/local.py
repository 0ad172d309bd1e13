"""Classifies files in processes of its own: no queue, no database, no Django."""

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import Any

from worker.runtime.errors import RuntimeFault
from worker.runtime.manifest import verify
from worker.runtime.model import Model

Answer = dict[str, Any]
"""``{"file", "predictions"}`` or ``{"file", "error": code}``."""

FILES_AT_A_TIME = 4
"""Files that a process is handed in one go."""


def classify_files(
    files: Sequence[Path],
    *,
    model_dir: Path,
    top_k: int,
    processes: int,
) -> Iterator[Answer]:
    """Yield what each file shows, in the order of the files.

    :raises worker.runtime.errors.ModelError: when the model cannot be used.
    """
    one = partial(_classify, model_dir=model_dir, top_k=top_k)
    processes = min(processes, len(files))
    if processes <= 1:
        yield from map(one, files)
        return
    verify(model_dir)  # say what is wrong with a model once, not once a process
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(one, files, chunksize=FILES_AT_A_TIME)


@cache
def _model(directory: Path) -> Model:
    """Return this process' copy of the model."""
    return Model.open(directory)


def _classify(file: Path, *, model_dir: Path, top_k: int) -> Answer:
    """Classify one file; what is wrong with it is its own answer."""
    model = _model(model_dir)
    try:
        with file.open("rb") as stream:
            predictions = model.classify_stream(stream, top_k=top_k).predictions
    except RuntimeFault as fault:
        return {"file": file, "error": fault.code}
    except OSError:
        return {"file": file, "error": "unreadable"}
    except MemoryError:
        return {"file": file, "error": "too_complex"}
    return {
        "file": file,
        "predictions": [
            {"id": prediction.id, "index": prediction.index, "score": prediction.score}
            for prediction in predictions
        ],
    }
