"""Judges a picture by its header, before any pixel is decoded; needs Pillow and nothing else.

The size is read from the bytes here, so that a picture that claims a billion pixels is refused
before a decoder sets memory aside for it, whatever Pillow's global limits and warning filters are.
Pillow then has to agree. Pillow's readers are named directly: ``Image.open`` would add its own
global pixel limit and, for JPEG, open the further pictures of a multi-picture file.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import IO, Literal

from PIL import Image
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from worker.runtime.errors import (
    BrokenImageError,
    EmptyImageError,
    ImageError,
    TooComplexError,
    TooLargeError,
    TooLongSideError,
    TooManyPixelsError,
    TooManyScansError,
    TooSmallError,
    UnsupportedTypeError,
)

MAX_BYTES = 10 * 1024 * 1024
"""The upload limit; it also bounds what the checks below and the decoders can be fed."""

MAX_PIXELS = 50_000_000
"""Above what phones take by default; as RGBA these are 200 MB, the most a worker may set aside."""

MAX_WEBP_PIXELS = 30_000_000
"""Pillow holds a WebP four times over while it decodes it: 50 megapixels would take 760 MB."""

MAX_SIDE = 12_000
"""A strip of 39,999,999 x 1 pixels passes a limit on pixels and still costs 395 MB."""

MIN_SIDE = 8
"""Less shows nothing to classify."""

MAX_SCANS = 100
"""Camera and web JPEGs have 1 to about 10. A scan of 61 bytes costs 28 ms at 40 megapixels."""

_MAX_SEGMENTS = 2_000
"""Pictures have tens. Each costs a turn in a Python loop, here and in Pillow."""

Format = Literal["JPEG", "PNG", "WEBP"]
Size = tuple[int, int]

_READERS: dict[Format, type[ImageFile]] = {
    "JPEG": JpegImageFile,
    "PNG": PngImageFile,
    "WEBP": WebPImageFile,
}

# What Pillow raises on damaged files; a warning, too, where a caller has made warnings errors.
_DECODER_FAULTS = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    SyntaxError,
    TypeError,
    ValueError,
    Warning,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)


@dataclass(frozen=True)
class ImageHeader:
    """What the header says.

    :ivar format: ``JPEG``, ``PNG`` or ``WEBP``, by content.
    :ivar width: stored width in pixels, before any EXIF orientation.
    :ivar height: stored height in pixels.
    """

    format: Format
    width: int
    height: int


def inspect(stream: IO[bytes]) -> ImageHeader:
    """Check a picture's size, type, dimensions and structure without decoding pixels.

    :param stream: a seekable binary file; read from its start, and left at its start.
    :raises ImageError: when the picture is refused; on arbitrary bytes nothing else is raised.
    """
    header, image = open_image(stream)
    image.close()
    stream.seek(0)
    return header


def open_image(stream: IO[bytes]) -> tuple[ImageHeader, ImageFile]:
    """Do what :func:`inspect` does and return the opened picture too, its pixels not yet decoded.

    :param stream: a seekable binary file; read from its start.
    :raises ImageError: when the picture is refused.
    """
    stream.seek(0)
    data = stream.read(MAX_BYTES + 1)
    if not data:
        raise EmptyImageError
    if len(data) > MAX_BYTES:
        raise TooLargeError(f"At most {MAX_BYTES} bytes are allowed.")
    kind = _format(data)
    with decoder_faults():
        size = _SIZES[kind](data)
        _check_size(*size)
        if kind == "WEBP" and size[0] * size[1] > MAX_WEBP_PIXELS:
            raise TooComplexError(f"At most {MAX_WEBP_PIXELS} pixels are allowed in a WebP.")
        image = _READERS[kind](BytesIO(data))
        if image.size != size:
            raise BrokenImageError("Its parts disagree about its size.")
    return ImageHeader(kind, *size), image


@contextmanager
def decoder_faults() -> Iterator[None]:
    """Turn whatever Pillow raises on a damaged or hostile picture into an :class:`ImageError`."""
    try:
        yield
    except ImageError:
        raise
    except MemoryError as error:
        raise TooComplexError from error
    except _DECODER_FAULTS as error:
        raise BrokenImageError(f"({type(error).__name__}: {error})") from error


def _format(data: bytes) -> Format:
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WEBP"
    raise UnsupportedTypeError


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise TooManyPixelsError(f"{width} x {height}; at most {MAX_PIXELS} are allowed.")
    if max(width, height) > MAX_SIDE:
        raise TooLongSideError(f"{width} x {height}; at most {MAX_SIDE} pixels are allowed.")
    if min(width, height) < MIN_SIDE:
        raise TooSmallError(f"{width} x {height}; at least {MIN_SIDE} pixels are needed.")


# A marker is 0xFF and a code. Codes 0x00 and 0xD0 to 0xD7 belong to the data of a scan, and further
# 0xFF bytes are filling; libjpeg skips all of these, and anything else, on its way to a marker.
_JPEG_MARKER = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])", re.DOTALL)
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_END = 0xD9
_JPEG_SCAN = 0xDA


def _jpeg_size(data: bytes) -> Size:
    """Walk the markers as libjpeg does, counting scans; the search runs in C over scan data."""
    position, scans, size = 2, 0, None
    for _ in range(_MAX_SEGMENTS):
        found = _JPEG_MARKER.search(data, position)
        if found is None or found[1][0] == _JPEG_END:
            break
        marker, position = found[1][0], found.end()
        if marker in _JPEG_FRAMES:
            if size is not None:
                raise BrokenImageError("It has two frame headers.")
            height, width = struct.unpack_from(">HH", data, position + 3)
            size = (width, height)
        elif marker == _JPEG_SCAN:
            scans += 1
            if scans > MAX_SCANS:
                raise TooManyScansError(f"At most {MAX_SCANS} are allowed.")
        position += max(2, int.from_bytes(data[position : position + 2], "big"))
    else:
        raise TooComplexError("It has too many segments.")
    if size is None or not scans:
        raise BrokenImageError("It has no frame header or no scan.")
    return size


def _png_size(data: bytes) -> Size:
    """Read the header chunk and see that the pixels follow after a reasonable number of chunks."""
    if data[12:16] != b"IHDR":
        raise BrokenImageError("Its first chunk is not its header.")
    position = 8
    for _ in range(_MAX_SEGMENTS):
        length, kind = struct.unpack_from(">I4s", data, position)
        if kind == b"IDAT":
            width, height = struct.unpack_from(">II", data, 16)
            return (width, height)
        position += 12 + length
    raise TooComplexError("It has too many chunks.")


def _webp_size(data: bytes) -> Size:
    """Read the canvas of an extended file, or the frame of a simple lossy or lossless one."""
    match data[12:16]:
        case b"VP8X":
            return (_little(data[24:27]) + 1, _little(data[27:30]) + 1)
        case b"VP8 " if data[23:26] == b"\x9d\x01\x2a":
            return (_little(data[26:28]) & 0x3FFF, _little(data[28:30]) & 0x3FFF)
        case b"VP8L" if data[20:21] == b"\x2f":
            bits = _little(data[21:25])
            return ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    raise BrokenImageError("Its first chunk is not a picture.")


def _little(data: bytes) -> int:
    return int.from_bytes(data, "little")


_SIZES = {"JPEG": _jpeg_size, "PNG": _png_size, "WEBP": _webp_size}
