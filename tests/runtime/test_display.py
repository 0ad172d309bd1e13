"""What users are shown is encoded anew and says nothing about camera, place or owner."""

from io import BytesIO

import pytest
from PIL import Image, TiffImagePlugin

from tests.runtime import pictures
from worker.runtime.decode import DISPLAY_SIDE, decode, encode_display, encode_thumbnail

SECRETS = (b"SECRETCAMERA", b"SECRETXMP", b"SECRETICC", b"SECRETCOMMENT", b"<?php", b"SECRETTEXT")


def displayed(data: bytes) -> bytes:
    return encode_display(decode(BytesIO(data), short_side=512))


def planted_jpeg() -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "SECRETCAMERA"
    position = (TiffImagePlugin.IFDRational(48, 1),) * 3
    exif.get_ifd(0x8825).update({1: "N", 2: position, 3: "E", 4: position})
    data = pictures.jpeg(
        exif=exif, icc_profile=b"SECRETICC" * 20, comment=b"SECRETCOMMENT", xmp=b"SECRETXMP"
    )
    return data + b"<?php system('id'); ?>"


def planted_png() -> bytes:
    return pictures.png_with_chunks(
        pictures.png_chunk(b"tEXt", b"Comment\0SECRETTEXT<script>"),
        pictures.png_chunk(b"eXIf", b"MM\0*\0\0\0\x08\0\0SECRETCAMERA"),
    )


@pytest.mark.parametrize("data", [planted_jpeg(), planted_png()], ids=["jpeg", "png"])
def test_nothing_but_pixels_is_left(data: bytes) -> None:
    assert any(secret in data for secret in SECRETS)

    shown = displayed(data)

    assert not any(secret in shown for secret in SECRETS)
    with Image.open(BytesIO(shown)) as image:
        assert image.format == "JPEG"
        assert len(image.getexif()) == 0
        assert not {"exif", "icc_profile", "comment", "xmp"} & set(image.info)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((3000, 2000), (DISPLAY_SIDE, 683)),
        ((400, 300), (400, 300)),
        ((8, 12_000), (1, DISPLAY_SIDE)),
    ],
)
def test_its_longest_side_is_limited(size: tuple[int, int], expected: tuple[int, int]) -> None:
    shown = encode_display(Image.new("RGB", size, "teal"))
    with Image.open(BytesIO(shown)) as image:
        assert image.size == expected


def test_a_thumbnail_has_nothing_but_pixels() -> None:
    small = encode_thumbnail(decode(BytesIO(planted_jpeg()), short_side=512))
    assert not any(secret in small for secret in SECRETS)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((3000, 2000), (334, 223)),
        ((500, 375), (250, 188)),
        ((480, 8), (240, 4)),
        ((479, 479), (479, 479)),
        ((20, 300), (20, 300)),
        ((12_000, 8), (316, 1)),
    ],
)
def test_a_thumbnail_is_small(size: tuple[int, int], expected: tuple[int, int]) -> None:
    with Image.open(BytesIO(encode_thumbnail(Image.effect_noise(size, 20)))) as image:
        assert image.size == expected


def test_it_leaves_the_decoded_picture_alone() -> None:
    image = Image.new("RGB", (3000, 2000))
    encode_display(image)
    assert image.size == (3000, 2000)
