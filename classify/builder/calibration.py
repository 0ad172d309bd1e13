"""The photographs that fix the ranges of an int8 model, from the scikit-image wheel.

A full-integer model needs natural photographs: calibrated with random noise it loses 13 points of
accuracy. The wheel carries eight in colour; each is seen whole and through squares of several
sizes, in several places, plain and mirrored.
"""

from collections.abc import Iterator
from importlib.resources import files

import numpy as np
from PIL import Image, ImageOps

PHOTOGRAPHS = (
    "astronaut.png",
    "chelsea.png",
    "coffee.png",
    "hubble_deep_field.jpg",
    "motorcycle_left.png",
    "motorcycle_right.png",
    "retina.jpg",
    "rocket.jpg",
)
_CROPS = 6
_SMALLEST_CROP = 0.35
_SEED = 1


def read_photograph(name: str) -> Image.Image:
    """Return one of scikit-image's pictures as RGB."""
    with files("skimage").joinpath("data", name).open("rb") as file, Image.open(file) as image:
        return image.convert("RGB")


def calibration_images() -> Iterator[Image.Image]:
    """Yield the pictures to calibrate with, the same ones in the same order each time."""
    random = np.random.default_rng(_SEED)
    for name in PHOTOGRAPHS:
        image = read_photograph(name)
        yield image
        yield ImageOps.mirror(image)
        for number in range(_CROPS):
            crop = _random_square(image, random)
            yield crop if number % 2 else ImageOps.mirror(crop)


def _random_square(image: Image.Image, random: np.random.Generator) -> Image.Image:
    side = round(min(image.size) * random.uniform(_SMALLEST_CROP, 1))
    left, top = (int(random.integers(0, length - side + 1)) for length in image.size)
    return image.crop((left, top, left + side, top + side))
