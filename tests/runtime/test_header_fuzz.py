"""Whatever the bytes, only an ``ImageError`` comes out."""

from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.runtime import pictures
from worker.runtime.decode import decode
from worker.runtime.errors import ImageError
from worker.runtime.header import inspect

STARTS = (
    b"",
    b"\xff\xd8\xff",
    pictures.PNG_START,
    pictures.PNG_START + b"\0\0\0\rIHDR",
    *(b"RIFF\x40\0\0\0WEBP" + kind for kind in (b"VP8X", b"VP8 ", b"VP8L")),
)
WHOLE = (
    pictures.jpeg(),
    pictures.jpeg(progressive=True),
    pictures.jpeg(mode="CMYK"),
    pictures.with_segment(pictures.jpeg(), 0xE1, b"Exif\0\0II*\0\x08\0\0\0" + b"\1" * 60),
    pictures.png(mode="P", transparency=3),
    pictures.png(mode="LA"),
    pictures.frames(3, "PNG"),
    pictures.webp(),
    pictures.webp(mode="RGBA", lossless=True),
    pictures.frames(3, "WEBP"),
)
FUZZ = settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow], database=None
)


def survives(data: bytes) -> None:
    """Inspect and decode; an ``ImageError`` is fine, anything else fails the test."""
    for step in (inspect, lambda stream: decode(stream, short_side=256)):
        with suppress(ImageError):
            step(BytesIO(data))


@FUZZ
@given(start=st.sampled_from(STARTS), rest=st.binary(max_size=300))
def test_arbitrary_bytes(start: bytes, rest: bytes) -> None:
    survives(start + rest)


@st.composite
def mutations(draw: st.DrawFn) -> bytes:
    """Draw a real picture with some bytes changed, cut out, doubled or put in."""
    data = bytearray(draw(st.sampled_from(WHOLE)))
    for _ in range(draw(st.integers(1, 6))):
        # The structure is at the start of a file, so half of the changes go there.
        limit = draw(st.sampled_from([min(200, len(data)), len(data)]))
        place = draw(st.integers(0, max(0, limit - 1)))
        length = draw(st.integers(0, 16))
        change = draw(st.sampled_from(["replace", "cut", "double", "end"]))
        piece = bytes(data[place : place + length])
        if change == "replace":
            data[place : place + length] = draw(st.binary(max_size=16))
        elif change == "cut":
            del data[place : place + length]
        elif change == "double":
            data[place:place] = piece * 3
        else:
            del data[place:]
    return bytes(data)


@FUZZ
@given(data=mutations())
def test_damaged_pictures(data: bytes) -> None:
    survives(data)


@pytest.mark.parametrize("whole", WHOLE)
def test_every_way_to_cut_a_picture_short(whole: bytes) -> None:
    for length in range(0, len(whole), max(1, len(whole) // 60)):
        survives(whole[:length])
