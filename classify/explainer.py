"""Finds out which parts of a picture a class hangs on. Imported by workers only; no Django here.

Occlusion (Zeiler and Fergus, 2014, section 4.2): a square of the picture is covered with its mean
colour and the model asked again, for squares all over. Where the class loses most, it saw most.
That is slow, but true of any model and engine, and easy to say what it shows and what not.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from time import perf_counter
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageStat

from classify.loaded import model_loaded
from worker.predictors import Result
from worker.runtime.decode import decode
from worker.runtime.model import DECODED_SIDE, Model
from worker.runtime.preprocess import crop_to_input

GRID = 12
"""Squares along each side: 145 runs of the model, one to five seconds."""

COVER = 0.25
"""Side of the square, as a share of the model's input. Smaller ones miss large things, of which
the model still sees enough; larger ones blur the map. Chosen by looking at photographs."""


class ExplainPredictor:
    """Implements :class:`worker.predictors.Predictor` for explanations."""

    def __init__(self, models_dir: Path) -> None:
        self._models_dir = models_dir

    def load(self, model: str) -> None:
        """Load a model and run it once.

        :raises worker.runtime.errors.ModelError: when it is missing, damaged or unusable.
        """
        model_loaded(self._models_dir / model)

    def predict(self, image: BinaryIO, *, model: str, parameters: Mapping[str, Any]) -> Result:
        """Find out what the score of the class ``parameters["label"]`` hangs on.

        The output has the class, its score, the least score with a square covered, and a map of
        the ``area`` (left, top, width, height as shares of the picture) that the model looks at:
        rows of whole numbers, 100 where the score fell most. ``aspect`` is the picture's width
        by its height.
        """
        loaded = model_loaded(self._models_dir / model)
        start = perf_counter()
        short_side = max(DECODED_SIDE, loaded.manifest.preprocessing.short_side)
        picture = decode(image, short_side=short_side)
        decoded = perf_counter()
        target = loaded.manifest.class_ids.index(parameters["label"])
        score, covered = _scores(loaded, picture, target)
        return Result(
            output={
                "label": parameters["label"],
                "score": score,
                "covered": float(covered.min()),
                "area": _area(loaded, picture),
                "aspect": picture.width / picture.height,
                "grid": heat(score - covered).tolist(),
            },
            display=b"",
            label=parameters["label"],
            score=score,
            model_version=loaded.manifest.version,
            model_sha256=loaded.manifest.sha256,
            decode_ms=(decoded - start) * 1e3,
            predict_ms=(perf_counter() - decoded) * 1e3,
            started=start,
        )


def heat(drops: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return a map of what mattered, from how far the score fell with each square covered.

    A cell gets the mean of the squares that cover it, so that the map is smooth and its cells
    stand for the same places as the squares' middles. What made the score rise counts as nothing.

    :param drops: ``[GRID, GRID]``, the old score less the new one.
    :return: whole numbers of the same shape, 100 at the most; all 0 when nothing mattered.
    """
    reach = int(COVER * len(drops) / 2)
    padded = np.pad(np.clip(drops, 0, None), reach, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (2 * reach + 1, 2 * reach + 1))
    means = windows.mean(axis=(2, 3))
    most = means.max()
    shares: NDArray[np.float64] = means / most if most > 0 else means
    return np.rint(100 * shares).astype(np.int64)


def _scores(model: Model, picture: Image.Image, target: int) -> tuple[float, NDArray[np.float64]]:
    """Return a class' score for the whole picture, and with each square covered."""
    scores = [float(model.scores([view])[0][target]) for view in _views(model, picture)]
    return scores[0], np.array(scores[1:]).reshape(GRID, GRID)


def _views(model: Model, picture: Image.Image) -> Iterator[Image.Image]:
    """Yield the picture as the model sees it, then with each square covered.

    In a frame of the size that the model's recipe resizes to, so that it cuts out just this.
    """
    recipe = model.manifest.preprocessing
    seen = crop_to_input(picture, recipe)
    frame = Image.new("RGB", (recipe.short_side, recipe.short_side))
    margin = (recipe.short_side - recipe.size) // 2
    frame.paste(seen, (margin, margin))
    yield frame
    mean = tuple(round(value) for value in ImageStat.Stat(seen).mean)
    cover = Image.new("RGB", (round(recipe.size * COVER),) * 2, mean)
    corners = [round((place + 0.5) * recipe.size / GRID - cover.width / 2) for place in range(GRID)]
    for top in corners:
        for left in corners:
            view = seen.copy()
            view.paste(cover, (left, top))
            frame.paste(view, (margin, margin))
            yield frame


def _area(model: Model, picture: Image.Image) -> list[float]:
    """Return the square in the middle that the model looks at, as shares of the picture."""
    recipe = model.manifest.preprocessing
    side = recipe.size / recipe.short_side * min(picture.size)
    width, height = side / picture.width, side / picture.height
    return [round(share, 4) for share in ((1 - width) / 2, (1 - height) / 2, width, height)]
