"""Makes pictures, whole and hostile, for the tests; nothing here is a file on disk."""

import struct
import zlib
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

PNG_START = b"\x89PNG\r\n\x1a\n"


def photograph(width: int = 64, height: int = 48, mode: str = "RGB") -> Image.Image:
    """Return a picture with smooth colours and some detail."""
    y, x = np.mgrid[0:height, 0:width]
    red, green = x * 255 // max(1, width - 1), y * 255 // max(1, height - 1)
    pixels = np.stack([red, green, (x * y) % 256], axis=-1).astype(np.uint8)
    return Image.fromarray(pixels).convert(mode)


def encoded(image: Image.Image, form: str, **options: Any) -> bytes:
    buffer = BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def jpeg(width: int = 64, height: int = 48, mode: str = "RGB", **options: Any) -> bytes:
    return encoded(photograph(width, height, mode), "JPEG", **options)


def png(width: int = 64, height: int = 48, mode: str = "RGB", **options: Any) -> bytes:
    return encoded(photograph(width, height, mode), "PNG", **options)


def webp(width: int = 64, height: int = 48, mode: str = "RGB", **options: Any) -> bytes:
    return encoded(photograph(width, height, mode), "WEBP", **options)


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_claiming(width: int, height: int) -> bytes:
    """Return a small PNG whose header claims any size."""
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return PNG_START + header + png_chunk(b"IDAT", zlib.compress(b"\0" * 100)) + _END


def png_with_chunks(*chunks: bytes) -> bytes:
    """Return a valid PNG with chunks put between its header and its pixels."""
    whole = png()
    header_end = len(PNG_START) + 25
    return whole[:header_end] + b"".join(chunks) + whole[header_end:]


_END = png_chunk(b"IEND", b"")


def jpeg_claiming(width: int, height: int) -> bytes:
    """Return a JPEG whose frame header claims any size."""
    whole = jpeg()
    frame = whole.index(b"\xff\xc0")
    return whole[: frame + 5] + struct.pack(">HH", height, width) + whole[frame + 9 :]


def webp_claiming(width: int, height: int) -> bytes:
    """Return 90 bytes of WebP whose canvas claims any size."""
    canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    extended = b"VP8X" + struct.pack("<I", 10) + b"\x10\0\0\0" + canvas
    pixels = b"VP8L" + struct.pack("<I", 44) + b"\x2f" + b"\0" * 43
    return (
        b"RIFF" + struct.pack("<I", 4 + len(extended) + len(pixels)) + b"WEBP" + extended + pixels
    )


def jpeg_with_scans(count: int) -> bytes:
    """Return a progressive JPEG whose last scan is repeated until there are ``count``."""
    whole = jpeg(progressive=True)
    last = whole.rindex(b"\xff\xda")
    scan, end = whole[last:-2], whole[-2:]
    return whole[:-2] + scan * (count - whole.count(b"\xff\xda")) + end


def with_segment(whole: bytes, marker: int, data: bytes) -> bytes:
    """Return a JPEG with one more segment right after its start."""
    segment = bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data
    return whole[:2] + segment + whole[2:]


def frames(count: int, form: str) -> bytes:
    """Return an animation whose first frame is red and whose others are blue."""
    first, *others = [Image.new("RGB", (32, 32), "red" if i == 0 else "blue") for i in range(count)]
    # Frames that are equal would be stored as one.
    for number, frame in enumerate(others):
        frame.putpixel((number % 32, number // 32), (0, 0, 0))
    return encoded(first, form, save_all=True, append_images=others, lossless=True)
