"""``manage.py build_examples``: photographs for the landing page, classified beforehand."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from PIL import Image

from classify.examples import INDEX, Example, directory
from classify.selectors import model_default_name
from worker.runtime.errors import ModelError

if TYPE_CHECKING:
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


class Command(BaseCommand):
    help = "Makes the examples of the landing page with the default model."

    def handle(self, *args: Any, **options: Any) -> None:
        from worker.runtime.model import Model

        folder = directory()
        folder.mkdir(parents=True, exist_ok=True)
        try:
            model = Model.open(settings.MODELS_DIR / model_default_name())
        except ModelError as error:
            raise CommandError(f"{error} Run manage.py build_models first.") from error
        made = [_make(slug, name, model, folder) for slug, name in PHOTOGRAPHS.items()]
        fresh = folder / f"{INDEX}.new"
        fresh.write_text(json.dumps([asdict(example) for example in made], indent=1))
        fresh.rename(folder / INDEX)  # after the pictures: what it names is there


def _make(slug: str, name: str, model: "Model", folder: Path) -> Example:
    """Classify a photograph and store it in two sizes."""
    from classify.builder.calibration import read_photograph

    photograph = read_photograph(name)
    _store(photograph, folder / f"{slug}.jpg", SIDE)
    _store(photograph, folder / f"{slug}-small.jpg", SMALL_SIDE)
    with (folder / f"{slug}.jpg").open("rb") as file:
        outcome = model.classify_stream(file, top_k=TOP_K)
    return Example(
        slug=slug,
        width=outcome.image.width,
        height=outcome.image.height,
        model=model.manifest.name,
        predict_ms=outcome.predict_ms,
        predictions=[
            {"id": one.id, "index": one.index, "score": one.score} for one in outcome.predictions
        ],
    )


def _store(photograph: Image.Image, path: Path, side: int) -> None:
    """Write a photograph as a JPEG of at most so many pixels a side."""
    small = photograph.copy()
    small.thumbnail((side, side))
    small.save(path, "JPEG", quality=85)
