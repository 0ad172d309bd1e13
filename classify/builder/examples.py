"""Makes the examples of the landing page: photographs, and what a model sees in them."""

import json
from pathlib import Path
from typing import Any

from PIL import Image

from classify.builder.calibration import read_photograph
from worker.runtime.model import Model

PHOTOGRAPHS = {
    "coffee": "coffee.png",
    "cat": "chelsea.png",
    "camera": "camera.png",
    "motorcycle": "motorcycle_left.png",
}
"""Of those that scikit-image ships, the ones that show one thing; all in the public domain."""

TOP_K = 5
SIDE, SMALL_SIDE = 960, 240


def examples_build(model: Model, index: Path) -> None:
    """Write the index, and the pictures beside it."""
    index.parent.mkdir(parents=True, exist_ok=True)
    made = [_make(slug, name, model, index.parent) for slug, name in PHOTOGRAPHS.items()]
    fresh = index.with_suffix(".new")
    fresh.write_text(json.dumps(made, indent=1))
    fresh.rename(index)  # after the pictures: what it names is there


def _make(slug: str, name: str, model: Model, folder: Path) -> dict[str, Any]:
    """Classify a photograph and store it in two sizes; return its entry, as the web reads it."""
    photograph = read_photograph(name)
    _store(photograph, folder / f"{slug}.jpg", SIDE)
    _store(photograph, folder / f"{slug}-small.jpg", SMALL_SIDE)
    with (folder / f"{slug}.jpg").open("rb") as file:
        outcome = model.classify_stream(file, top_k=TOP_K)
    return {
        "slug": slug,
        "width": outcome.image.width,
        "height": outcome.image.height,
        "model": model.manifest.name,
        "predict_ms": outcome.predict_ms,
        "predictions": [
            {"id": one.id, "index": one.index, "score": one.score} for one in outcome.predictions
        ],
    }


def _store(photograph: Image.Image, path: Path, side: int) -> None:
    """Write a photograph as a JPEG of at most so many pixels a side."""
    small = photograph.copy()
    small.thumbnail((side, side))
    small.save(path, "JPEG", quality=85)
