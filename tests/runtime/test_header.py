"""A picture is judged by its header: what is accepted, what is refused, and as what."""

import re
import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from tests.runtime import pictures
from worker.runtime import errors, header
from worker.runtime.header import ImageHeader, inspect


def inspected(data: bytes) -> ImageHeader:
    return inspect(BytesIO(data))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (pictures.jpeg(), ImageHeader("JPEG", 64, 48)),
        (pictures.jpeg(progressive=True), ImageHeader("JPEG", 64, 48)),
        (pictures.jpeg(mode="L"), ImageHeader("JPEG", 64, 48)),
        (pictures.jpeg(mode="CMYK"), ImageHeader("JPEG", 64, 48)),
        (pictures.png(), ImageHeader("PNG", 64, 48)),
        (pictures.png(mode="P"), ImageHeader("PNG", 64, 48)),
        (pictures.webp(), ImageHeader("WEBP", 64, 48)),
        (pictures.webp(lossless=True), ImageHeader("WEBP", 64, 48)),
        (pictures.webp(mode="RGBA"), ImageHeader("WEBP", 64, 48)),
        (pictures.frames(60, "WEBP"), ImageHeader("WEBP", 32, 32)),
        (pictures.frames(60, "PNG"), ImageHeader("PNG", 32, 32)),
        (pictures.encoded(Image.new("RGB", (8, 12_000)), "PNG"), ImageHeader("PNG", 8, 12_000)),
    ],
)
def test_it_accepts_jpeg_png_and_webp(data: bytes, expected: ImageHeader) -> None:
    assert inspected(data) == expected


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", errors.EmptyImageError),
        (b"\xff", errors.UnsupportedTypeError),
        (b"\xff\xd8\xff", errors.BrokenImageError),
        (pictures.PNG_START, errors.BrokenImageError),
        (b"RIFF\x04\0\0\0WEBP", errors.BrokenImageError),
        (
            b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
            errors.UnsupportedTypeError,
        ),
        (b"<!doctype html><script>alert(1)</script>", errors.UnsupportedTypeError),
        (b"%PDF-1.7\n", errors.UnsupportedTypeError),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", errors.UnsupportedTypeError),
        (b"PK\x03\x04" + b"\0" * 26, errors.UnsupportedTypeError),
        (b"\0\0\0\x0cjP  \r\n\x87\n", errors.UnsupportedTypeError),
        *(
            (pictures.encoded(pictures.photograph(), form), errors.UnsupportedTypeError)
            for form in ("BMP", "GIF", "TIFF", "SGI", "DDS", "ICO", "PPM", "TGA")
        ),
    ],
)
def test_it_refuses_what_is_no_picture_it_knows(
    data: bytes, error: type[errors.ImageError]
) -> None:
    with pytest.raises(error):
        inspected(data)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (pictures.png_claiming(100_000, 100_000), errors.TooManyPixelsError),
        (pictures.png_claiming(39_999_999, 1), errors.TooLongSideError),
        (pictures.png_claiming(1, 1), errors.TooSmallError),
        (pictures.png_claiming(0, 0), errors.TooSmallError),
        (pictures.png_claiming(12_001, 8), errors.TooLongSideError),
        (pictures.jpeg_claiming(65_535, 65_535), errors.TooManyPixelsError),
        (pictures.jpeg_claiming(100, 0), errors.TooSmallError),
        (pictures.jpeg_claiming(8, 12_001), errors.TooLongSideError),
        (pictures.webp_claiming(6000, 5001), errors.TooComplexError),
        (pictures.webp_claiming(16_383, 16_383), errors.TooManyPixelsError),
        (pictures.webp_claiming(2**24, 2**24), errors.TooManyPixelsError),
    ],
)
def test_it_refuses_sizes_before_a_decoder_sees_them(
    data: bytes, error: type[errors.ImageError]
) -> None:
    with pytest.raises(error):
        inspected(data)


@pytest.mark.parametrize(
    "data",
    [
        pictures.png_claiming(6000, 5000),
        pictures.png_claiming(10_000, 5000),
        pictures.jpeg_claiming(10_000, 5000),
    ],
)
def test_it_accepts_up_to_fifty_megapixels_without_a_warning(data: bytes) -> None:
    seen = inspected(data)
    assert seen.width * seen.height >= 30_000_000


def test_its_limit_does_not_lean_on_pillows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    assert inspected(pictures.jpeg(400, 300)) == ImageHeader("JPEG", 400, 300)


def test_it_refuses_a_file_above_the_byte_limit() -> None:
    with pytest.raises(errors.TooLargeError):
        inspected(pictures.jpeg() + b"\0" * header.MAX_BYTES)


def test_it_leaves_the_stream_at_its_start() -> None:
    stream = BytesIO(pictures.jpeg())
    stream.seek(100)
    inspect(stream)
    assert stream.tell() == 0


def test_it_counts_the_scans_of_a_jpeg() -> None:
    assert inspected(pictures.jpeg_with_scans(100)).format == "JPEG"
    with pytest.raises(errors.TooManyScansError):
        inspected(pictures.jpeg_with_scans(101))


def test_a_scan_marker_inside_a_comment_does_not_count() -> None:
    comment = b"\xff\xda" * 1000
    assert inspected(pictures.with_segment(pictures.jpeg(), 0xFE, comment)).format == "JPEG"


def test_filling_and_restart_markers_do_not_count() -> None:
    whole = pictures.jpeg(400, 300, restart_marker_rows=1)
    assert re.search(rb"\xff[\xd0-\xd7]", whole)
    frame = whole.index(b"\xff\xc0")
    assert inspected(whole[:frame] + b"\xff" * 50 + whole[frame:]).format == "JPEG"


def test_what_follows_the_end_marker_does_not_count() -> None:
    assert inspected(pictures.jpeg() + b"\xff\xda" * 1000).format == "JPEG"


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (pictures.jpeg()[:2] + b"\xff\xfe\0\2" * 500_000, errors.TooComplexError),
        (
            pictures.png_with_chunks(pictures.png_chunk(b"teSt", b"") * 500_000),
            errors.TooComplexError,
        ),
    ],
    ids=["jpeg", "png"],
)
def test_it_refuses_endless_lists_of_segments(data: bytes, error: type[errors.ImageError]) -> None:
    with pytest.raises(error):
        inspected(data)


def test_it_refuses_a_second_frame_header() -> None:
    whole = pictures.jpeg()
    frame = whole.index(b"\xff\xc0")
    with pytest.raises(errors.BrokenImageError):
        inspected(whole[:frame] + whole[frame : frame + 19] + whole[frame:])


def test_it_refuses_a_text_bomb() -> None:
    bomb = b"Comment\0\0" + zlib.compress(b"\0" * 30_000_000)
    with pytest.raises(errors.BrokenImageError):
        inspected(pictures.png_with_chunks(pictures.png_chunk(b"zTXt", bomb)))


def test_it_refuses_broken_animation_chunks() -> None:
    control = pictures.png_chunk(b"acTL", struct.pack(">II", 2, 0))
    frame = pictures.png_chunk(b"fcTL", b"\0" * 5)
    with pytest.raises(errors.BrokenImageError):
        inspected(pictures.png_with_chunks(control, frame))


@pytest.mark.parametrize("tail", [b"<?php system('id'); ?>", b"PK\x03\x04" + b"\0" * 30])
def test_it_accepts_a_picture_with_something_after_it(tail: bytes) -> None:
    assert inspected(pictures.jpeg() + tail).format == "JPEG"


def test_it_reads_a_multi_picture_file_as_its_first_picture() -> None:
    first, second = pictures.photograph(64, 48), pictures.photograph(640, 480)
    data = pictures.encoded(first, "MPO", save_all=True, append_images=[second])
    assert inspected(data) == ImageHeader("JPEG", 64, 48)
