"""Decodes a picture to upright RGB at about the scale needed, and encodes what users are shown."""

from io import BytesIO
from typing import IO

from PIL import Image
from PIL.ImageFile import ImageFile

from worker.runtime.errors import ImageError
from worker.runtime.header import decoder_faults, open_image

DISPLAY_SIDE = 1024
"""Longest side in pixels of the picture that users are shown."""

THUMBNAIL_SIDE = 320
"""About the longest side in pixels of the small picture in lists: sharp at 160 on a screen of
twice the density."""

_JPEG_QUALITY = 85
_EXIF_ORIENTATION = 0x0112
_BAND_PIXELS = 2**20

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def decode(stream: IO[bytes], *, short_side: int) -> Image.Image:
    """Decode the first picture of a file.

    JPEGs are decoded at 1/2, 1/4 or 1/8 of their size where that is enough, which saves most of
    the time a large photograph takes; other formats are averaged down afterwards.

    :param stream: a seekable binary file; read from its start.
    :param short_side: pixels that the shorter side of the result has at least, unless the picture
        itself is smaller. The picture is never enlarged.
    :return: an upright RGB image without metadata; transparent parts are white.
    :raises ImageError: when the picture is refused, damaged or too complex.
    """
    _, image = open_image(stream)
    with decoder_faults(), image:
        image.draft(None, (short_side, short_side))
        image.load()
        flat = _flatten(image, factor=max(1, min(image.size) // short_side))
        turn = _UPRIGHT.get(_orientation(image))
        return flat if turn is None else flat.transpose(turn)


def encode_display(image: Image.Image) -> bytes:
    """Encode a decoded picture anew for showing it to users.

    :param image: a result of :func:`decode`.
    :return: a JPEG without metadata, its longest side ``DISPLAY_SIDE`` at most.
    """
    scale = DISPLAY_SIDE / max(image.size)
    if scale < 1:
        # Averaged down by a whole factor first, where there is one: a third of the time.
        size = [max(1, round(length * scale)) for length in image.size]
        image = image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2)
    return _encode(image)


def encode_thumbnail(image: Image.Image) -> bytes:
    """Encode the small picture of a decoded one, averaged down by a whole factor.

    To exactly one size would take four times as long, for a difference that nobody sees.

    :param image: a result of :func:`decode`.
    :return: a JPEG without metadata, its longest side ``THUMBNAIL_SIDE`` by half more or a
        quarter less, unless the picture itself is smaller.
    """
    return _encode(image.reduce(max(1, round(max(image.size) / THUMBNAIL_SIDE))))


def _encode(image: Image.Image) -> bytes:
    """Return a JPEG of the pixels alone."""
    output = BytesIO()
    image.save(output, "JPEG", quality=_JPEG_QUALITY)
    return output.getvalue()


def _orientation(image: ImageFile) -> int:
    try:
        with decoder_faults():
            value = image.getexif().get(_EXIF_ORIENTATION)
    except ImageError:  # Broken EXIF does not make a picture unreadable.
        return 1
    return value if isinstance(value, int) else 1


def _flatten(image: ImageFile, *, factor: int) -> Image.Image:
    """Return plain RGB, averaged down by ``factor``.

    Works in bands: a second full-size copy of 50 megapixels would be another 200 MB.
    """
    width, height = image.size
    result = Image.new("RGB", (-(-width // factor), -(-height // factor)))
    step = factor * max(1, _BAND_PIXELS // (width * factor))
    for top in range(0, height, step):
        band = _to_rgb(image.crop((0, top, width, min(top + step, height))))
        result.paste(band.reduce(factor) if factor > 1 else band, (0, top // factor))
    return result


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):
        # Plain conversion would clip every value above 255 to white.
        image = image.point(lambda value: value / 257).convert("L")
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGB", image.size, "white")
        white.paste(image, mask=image.getchannel("A"))
        return white
    return image.convert("RGB")
