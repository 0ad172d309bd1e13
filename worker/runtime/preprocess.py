"""Turns a decoded picture into the array that a model was trained to see."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from worker.runtime.manifest import Preprocessing

# The crop takes the middle; this leaves far more beside it than the bicubic filter reaches.
_LONGEST_ASPECT = 4


def preprocess(images: Sequence[Image.Image], recipe: Preprocessing) -> NDArray[np.float32]:
    """Return a model's input for some pictures.

    :param images: upright RGB images of any size, at least one.
    :return: float32 ``[N, size, size, 3]``; with the default mean and std in [-127/128, 1].
    """
    pixels = np.stack([np.asarray(crop_to_input(image, recipe)) for image in images])
    return (pixels.astype(np.float32) - np.float32(recipe.mean)) / np.float32(recipe.std)


def crop_to_input(image: Image.Image, recipe: Preprocessing) -> Image.Image:
    """Resize a picture and cut out its middle.

    The whole picture is resized before it is cropped. Pillow's ``box`` would save work, but it
    orders the two passes differently and moves some values by more than one level.

    :param image: an RGB image of any size.
    :return: an RGB image of side ``size``.
    """
    image = _trim(image)
    scale = recipe.short_side / min(image.size)
    width, height = (max(recipe.short_side, round(side * scale)) for side in image.size)
    left, top = (width - recipe.size) // 2, (height - recipe.size) // 2
    resized = image.resize((width, height), Image.Resampling.BICUBIC)
    return resized.crop((left, top, left + recipe.size, top + recipe.size))


def _trim(image: Image.Image) -> Image.Image:
    """Cut the ends of a strip: 8 x 12,000 pixels would be enlarged to 100 million."""
    longest = _LONGEST_ASPECT * min(image.size)
    left, top = (max(0, side - longest) // 2 for side in image.size)
    if not (left or top):
        return image
    return image.crop((left, top, image.width - left, image.height - top))
