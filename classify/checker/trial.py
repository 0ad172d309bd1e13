"""Loads a model, as a worker will, and tries it: shapes, scores, photographs, speed, memory."""

import statistics
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import psutil
from numpy.typing import NDArray
from PIL import Image

from classify.builder.golden import GOLDEN, Golden
from classify.checker.refused import RefusedError
from worker.runtime.errors import ModelUnloadableError
from worker.runtime.model import Model

PHOTOGRAPHS = Path(__file__).parent.parent / "data" / "golden"
"""Smaller copies of photographs that scikit-image ships; free of rights."""

BEST = 5
"""Among so many best classes of a photograph the right one has to be …"""

RIGHT_AT_LEAST = 2
"""… for so many photographs. A network of 2012 manages that; wrong classes or numbers do not."""

RUNS = 20

Report = dict[str, Any]


def try_model(directory: Path, *, imagenet: bool) -> Report:
    """Load the model in a directory and run it; return what was measured.

    :param imagenet: whether its classes are ImageNet's 1,000, so that answers are known.
    :raises RefusedError: when it cannot be used, or answers nonsense.
    """
    before, start = psutil.Process().memory_info().rss, perf_counter()
    model = _loaded(directory)
    loaded = perf_counter()
    _run(model, [Image.new("RGB", (64, 64), "grey")])
    warm = perf_counter()
    report: Report = {
        "load_ms": round((loaded - start) * 1e3, 1),
        "warm_up_ms": round((warm - loaded) * 1e3, 1),
    }
    pictures = {path.stem: _picture(path) for path in sorted(PHOTOGRAPHS.glob("*.jpg"))}
    scores = _run(model, list(pictures.values()))
    noise = np.random.default_rng(1).integers(0, 256, (96, 128, 3), np.uint8)
    odd = [Image.new("RGB", (64, 64)), Image.new("RGB", (8, 900), "white"), Image.fromarray(noise)]
    _check_alive(np.concatenate([scores, _run(model, odd)]))
    if imagenet:
        report |= _golden(dict(zip(pictures, scores, strict=True)))
    times = []
    for _ in range(RUNS):
        start = perf_counter()
        _run(model, [pictures["chelsea"]])
        times.append((perf_counter() - start) * 1e3)
    memory = psutil.Process().memory_info().rss - before
    return report | {
        "predict_ms": round(statistics.median(times), 1),
        "memory_bytes": max(0, memory),
    }


def _loaded(directory: Path) -> Model:
    """Load a model.

    :raises RefusedError: when its engine is not here, or does not take it.
    """
    try:
        return Model.open(directory)
    except ModelUnloadableError as error:
        cause = error.__cause__
        if isinstance(cause, ImportError):
            raise RefusedError("no_engine", str(cause)) from error
        text = str(cause)
        if any(word in text for word in ("custom op", "Select TensorFlow op", "unresolved")):
            raise RefusedError("custom_operation", _last_line(text)) from error
        raise RefusedError("unloadable", _last_line(text)) from error


def _run(model: Model, images: Sequence[Image.Image]) -> NDArray[np.float32]:
    """Return the scores of pictures, if they are any.

    :raises RefusedError: when the model does not take them, or returns something else.
    """
    try:
        scores = model.scores(images)
    except (ValueError, RuntimeError, TypeError, KeyError, IndexError) as error:
        size = model.manifest.input_size
        text = f"It was given {size} x {size} x 3 float32. {_last_line(str(error))}"
        raise RefusedError("input_shape", text) from error
    classes = len(model.manifest.class_ids)
    if scores.ndim != 2 or scores.shape[1] != classes:
        text = f"It has {scores.shape[-1]} outputs, the list of classes {classes}."
        raise RefusedError("class_count", text)
    if not np.isfinite(scores).all():
        raise RefusedError("not_finite")
    if scores.min() < -1e-3 or np.abs(scores.sum(axis=1) - 1).max() > 1e-2:
        raise RefusedError("not_probabilities", f"The sum was {scores.sum(axis=1)[0]:.4g}.")
    return scores


def _picture(path: Path) -> Image.Image:
    with Image.open(BytesIO(path.read_bytes())) as image:
        return image.convert("RGB")


def _check_alive(scores: NDArray[np.float32]) -> None:
    """See that pictures make a difference.

    :raises RefusedError: when all of them get the same answer.
    """
    if float(np.ptp(scores, axis=0).max()) < 1e-6:
        raise RefusedError("always_the_same")


def _golden(scores: dict[str, NDArray[np.float32]]) -> Report:
    """Compare with what photographs are known to show.

    :raises RefusedError: when too few are recognised.
    """
    known = [(golden, scores[_stem(golden)]) for golden in GOLDEN if _stem(golden) in scores]
    right = [
        _stem(golden)
        for golden, row in known
        if golden.classes & set(np.argsort(-row)[:BEST].tolist())
    ]
    if len(right) < RIGHT_AT_LEAST:
        text = f"It recognises {len(right)} of {len(known)} photographs."
        raise RefusedError("golden", text)
    return {"golden": len(right), "golden_of": len(known)}


def _stem(golden: Golden) -> str:
    return Path(golden.photograph).stem


def _last_line(text: str) -> str:
    """Return what matters of a library's message."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return (lines[-1] if len(lines) < 3 else " ".join(lines[:2]))[:400] if lines else ""
