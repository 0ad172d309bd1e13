"""What the real model goes by, on photographs whose subject is known."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from classify.builder.calibration import read_photograph
from classify.explainer import GRID, ExplainPredictor, heat
from classify.explanation import explanation_of
from classify.predictor import ClassifyPredictor

pytestmark = [pytest.mark.model, pytest.mark.timeout(120)]

MODEL = "efficientnet-lite2-int8"


def jpeg(image: Image.Image) -> BytesIO:
    stream = BytesIO()
    image.save(stream, "JPEG", quality=95)
    return stream


def cat_in_a_corner() -> Image.Image:
    """Return a plain grey picture with the photograph of a cat in its lower right quarter."""
    cat = read_photograph("chelsea.png")
    canvas = Image.new("RGB", (900, 900), "grey")
    canvas.paste(cat.crop((75, 0, 375, 300)).resize((400, 400)), (400, 400))
    return canvas


def test_the_heat_lies_on_the_cat(models_dir: Path) -> None:
    picture = jpeg(cat_in_a_corner())
    best = ClassifyPredictor(models_dir).predict(picture, model=MODEL, parameters={})
    result = ExplainPredictor(models_dir).predict(
        picture, model=MODEL, parameters={"label": best.label}
    )
    left, top, across, down = result.output["area"]
    middles = (np.arange(GRID) + 0.5) / GRID
    x, y = left + middles * across, top + middles * down
    on_cat = np.outer((y > 4 / 9) & (y < 8 / 9), (x > 4 / 9) & (x < 8 / 9))
    grid = np.array(result.output["grid"])
    assert grid[on_cat].mean() > 5 * grid[~on_cat].mean()
    assert grid.max() == 100
    assert on_cat.flat[int(grid.argmax())]


def test_it_explains_the_same_score_as_the_result(models_dir: Path) -> None:
    picture = jpeg(read_photograph("coffee.png"))
    result = ClassifyPredictor(models_dir).predict(picture, model=MODEL, parameters={})
    explained = ExplainPredictor(models_dir).predict(
        picture, model=MODEL, parameters={"label": result.label}
    )
    assert explained.score == pytest.approx(result.score)
    assert explained.label == result.label
    assert explained.model_sha256 == result.model_sha256
    shown = explanation_of(explained.output)
    assert shown.decided
    assert shown.covered < shown.score


def test_what_nothing_matters_for_is_no_heat() -> None:
    assert heat(np.full((GRID, GRID), -0.1)).max() == 0


def test_a_single_place_spreads_as_far_as_the_cover() -> None:
    drops = np.zeros((GRID, GRID))
    drops[6, 6] = 0.3
    grid = heat(drops)
    assert grid[6, 6] == 100
    assert grid[5, 7] == 100  # all squares that hold this place are alike
    assert grid[6, 8] == grid[0, 0] == 0
