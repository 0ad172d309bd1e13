"""Preprocessing is exactly what the models were trained with."""

import numpy as np
import pytest
from PIL import Image

from tests.runtime import pictures
from worker.runtime.manifest import Preprocessing
from worker.runtime.preprocess import crop_to_input, preprocess

LITE0, LITE2 = Preprocessing(224), Preprocessing(260)


def test_the_short_side_leaves_an_eighth_around_the_crop() -> None:
    assert LITE0.short_side == 256
    assert LITE2.short_side == 297


def test_values_run_from_black_to_white() -> None:
    black, white = (Image.new("RGB", (300, 300), colour) for colour in ("black", "white"))
    array = preprocess([black, white], LITE0)
    assert array.shape == (2, 224, 224, 3)
    assert array.dtype == np.float32
    assert np.unique(array[0]).tolist() == [-127 / 128]
    assert np.unique(array[1]).tolist() == [1.0]


@pytest.mark.parametrize("size", [(500, 375), (375, 500), (256, 256), (1024, 640), (90, 60)])
@pytest.mark.parametrize("recipe", [LITE0, LITE2])
def test_it_resizes_the_whole_picture_and_cuts_out_its_middle(
    size: tuple[int, int], recipe: Preprocessing
) -> None:
    picture = pictures.photograph(*size)
    scale = recipe.short_side / min(size)
    width, height = round(size[0] * scale), round(size[1] * scale)
    left, top = (width - recipe.size) // 2, (height - recipe.size) // 2
    expected = np.asarray(picture.resize((width, height), Image.Resampling.BICUBIC), np.float64)
    expected = (expected[top : top + recipe.size, left : left + recipe.size] - 127) / 128

    assert np.abs(preprocess([picture], recipe)[0] - expected).max() < 1e-6


@pytest.mark.parametrize("size", [(8, 12_000), (12_000, 8), (8, 8), (12_000, 12)])
def test_strips_and_stamps_fill_the_input(size: tuple[int, int]) -> None:
    picture = Image.new("RGB", size, "white")
    picture.paste("red", (size[0] // 4, size[1] // 4, size[0] * 3 // 4, size[1] * 3 // 4))
    seen = crop_to_input(picture, LITE2)
    assert seen.size == (260, 260)
    assert seen.getpixel((130, 130)) == (255, 0, 0)
