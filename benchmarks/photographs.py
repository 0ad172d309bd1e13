"""Makes the photographs to measure with: crops of those that the scikit-image wheel carries."""

from importlib.resources import files
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

SOURCES = ("astronaut.png", "chelsea.png", "coffee.png", "motorcycle_left.png", "rocket.jpg")
SIZE = (500, 375)
LARGE_SIZE = (4000, 3000)
LARGE_COUNT = 4
_SMALLEST_CROP = 0.5
_QUALITY = 90
_SEED = 3


def photographs_make(directory: Path, *, count: int) -> None:
    """Write distinct JPEGs: ``small/`` with 500 x 375 pixels and ``large/`` with 12 megapixels."""
    random = np.random.default_rng(_SEED)
    images = [_read(name) for name in SOURCES]
    for folder, size, number in (("small", SIZE, count), ("large", LARGE_SIZE, LARGE_COUNT)):
        (directory / folder).mkdir(parents=True)
        for index in range(number):
            crop = _crop(images[index % len(images)], random).resize(size)
            image = ImageOps.mirror(crop) if index % 2 else crop
            image.save(directory / folder / f"{index:04}.jpg", quality=_QUALITY)


def photographs_read(directory: Path, *, large: bool = False) -> list[bytes]:
    """Return the files that :func:`photographs_make` wrote."""
    paths = sorted((directory / ("large" if large else "small")).glob("*.jpg"))
    return [path.read_bytes() for path in paths]


def _read(name: str) -> Image.Image:
    """Return one of scikit-image's pictures as RGB."""
    with files("skimage").joinpath("data", name).open("rb") as file, Image.open(file) as image:
        return image.convert("RGB")


def _crop(image: Image.Image, random: np.random.Generator) -> Image.Image:
    """Cut out a random part with the shape of :data:`SIZE`."""
    largest = min(image.width / SIZE[0], image.height / SIZE[1])
    scale = largest * random.uniform(_SMALLEST_CROP, 1)
    width, height = int(SIZE[0] * scale), int(SIZE[1] * scale)
    left = int(random.integers(0, image.width - width + 1))
    top = int(random.integers(0, image.height - height + 1))
    return image.crop((left, top, left + width, top + height))
