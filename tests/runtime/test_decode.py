"""Decoding gives upright RGB at about the scale asked for, whatever the file holds."""

import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.runtime import pictures
from worker.runtime import errors
from worker.runtime.decode import decode

ORIENTATION = 0x0112

pytestmark = pytest.mark.timeout(30)  # some decode forty megapixels


def decoded(data: bytes, short_side: int = 512) -> Image.Image:
    return decode(BytesIO(data), short_side=short_side)


def differs_by(image: Image.Image, other: Image.Image) -> int:
    first, second = (np.asarray(each.convert("RGB"), np.int16) for each in (image, other))
    return int(np.abs(first - second).max())


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_a_lossless_picture_comes_out_as_it_is(form: str) -> None:
    picture = pictures.photograph()
    data = pictures.encoded(picture, form, **({"lossless": True} if form == "WEBP" else {}))
    assert differs_by(decoded(data), picture) == 0


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_it_turns_pictures_upright(form: str, orientation: int) -> None:
    # A red corner at the upper left of the upright picture, stored turned as a camera would.
    upright = Image.new("RGB", (48, 32), "white")
    upright.paste("red", (0, 0, 8, 8))
    undo = {
        1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]  # fmt: skip
    stored = upright if undo is None else upright.transpose(undo)
    exif = Image.Exif()
    exif[ORIENTATION] = orientation

    image = decoded(pictures.encoded(stored, form, exif=exif))

    assert image.size == (48, 32)
    red, green, _ = image.getpixel((2, 2))  # type: ignore[misc]
    assert red > 200
    assert green < 80
    assert min(image.getpixel((45, 29))) > 200  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "exif",
    [
        b"Exif\0\0" + b"\xff" * 40,
        b"Exif\0\0II*\0\x08\0\0\0",
        b"Exif\0\0II*\0\xff\xff\xff\x7f",
        b"Exif\0\0MM\0*\0\0\0\x08\0\1\1\x12\0\2\0\0\0\x04sixx\0\0\0\0",
        b"Exif\0\0MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\x63\0\0\0\0\0\0",
        b"Exif\0\0MM\0*\0\0\0\x08\0\1\1\x12\0\5\0\0\0\1\0\0\0\x20\0\0\0\0" + b"\0" * 16,
        b"Exif\0\0MM\0*\0\0\0\x08\0\1\x88\x25\0\4\0\0\0\1\0\0\0\x1a\0\0\0\0\0\0",
    ],
)
@pytest.mark.filterwarnings("ignore:Corrupt EXIF", "ignore:Possibly corrupt EXIF")
def test_odd_exif_does_not_matter(exif: bytes) -> None:
    assert decoded(pictures.with_segment(pictures.jpeg(), 0xE1, exif)).size == (64, 48)


@pytest.mark.parametrize("icc", [b"not a profile", os.urandom(512 * 1024)])
def test_colour_profiles_are_dropped(icc: bytes) -> None:
    image = decoded(pictures.jpeg(icc_profile=icc))
    assert image.info == {}


@pytest.mark.parametrize("mode", ["L", "CMYK", "RGB"])
def test_jpegs_of_every_mode_look_the_same(mode: str) -> None:
    picture = Image.new("RGB", (64, 64), (128, 128, 128))
    image = decoded(pictures.encoded(picture.convert(mode), "JPEG", quality=95))
    assert image.mode == "RGB"
    assert differs_by(image, picture) <= 4


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_pngs_of_every_mode_become_rgb(mode: str) -> None:
    picture = Image.new("RGB", (20, 20), "white")
    picture.paste("black", (0, 0, 10, 20))
    assert differs_by(decoded(pictures.encoded(picture.convert(mode), "PNG")), picture) == 0


def test_sixteen_bits_are_scaled_and_not_clipped() -> None:
    ramp = np.linspace(0, 65_535, 256).astype(np.uint16)[None].repeat(16, axis=0)
    image = decoded(pictures.encoded(Image.fromarray(ramp), "PNG"))
    seen = np.asarray(image, np.int16)[0, :, 0]
    assert np.abs(seen - np.arange(256)).max() <= 1


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_transparent_parts_are_white(form: str) -> None:
    picture = Image.new("RGBA", (16, 16), (255, 0, 0, 0))
    picture.paste((0, 0, 255, 255), (0, 0, 8, 16))
    picture.paste((0, 0, 0, 128), (0, 8, 8, 16))
    image = decoded(pictures.encoded(picture, form, lossless=True))
    assert image.getpixel((12, 4)) == (255, 255, 255)
    assert image.getpixel((4, 4)) == (0, 0, 255)
    assert image.getpixel((4, 12)) == (127, 127, 127)


def test_a_palette_with_transparency_is_white_there() -> None:
    picture = Image.new("P", (16, 16), 0)
    picture.putpalette([255, 0, 0, 0, 255, 0])
    picture.paste(1, (0, 0, 8, 16))
    image = decoded(pictures.encoded(picture, "PNG", transparency=0))
    assert image.getpixel((12, 4)) == (255, 255, 255)
    assert image.getpixel((4, 4)) == (0, 255, 0)


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_only_the_first_frame_of_an_animation_is_decoded(form: str) -> None:
    assert decoded(pictures.frames(60, form)).getpixel((16, 16)) == (255, 0, 0)


def test_only_the_first_picture_of_a_multi_picture_file_is_decoded() -> None:
    red, blue = (Image.new("RGB", (64, 64), colour) for colour in ("red", "blue"))
    data = pictures.encoded(red, "MPO", save_all=True, append_images=[blue])
    assert differs_by(decoded(data), red) <= 4


@pytest.mark.parametrize(
    ("size", "short_side", "expected"),
    [
        ((4000, 3000), 297, (500, 375)),
        ((4000, 3000), 512, (1000, 750)),
        ((3000, 4000), 297, (375, 500)),
        ((500, 375), 297, (500, 375)),
        ((594, 594), 297, (297, 297)),
        ((593, 593), 297, (593, 593)),
        ((200, 100), 297, (200, 100)),
    ],
)
@pytest.mark.parametrize("mode", ["RGB", "CMYK"])
def test_jpegs_are_decoded_at_the_scale_needed(
    size: tuple[int, int], short_side: int, expected: tuple[int, int], mode: str
) -> None:
    data = pictures.encoded(Image.new(mode, size), "JPEG")
    assert decoded(data, short_side).size == expected


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L"])
def test_large_pngs_are_averaged_down(mode: str) -> None:
    picture = pictures.photograph(2600, 1900).convert(mode)
    image = decoded(pictures.encoded(picture, "PNG"), 512)
    assert image.size == (867, 634)
    assert differs_by(image, picture.convert("RGB").reduce(3)) <= 1


def test_a_flat_picture_of_forty_megapixels_is_decoded() -> None:
    data = pictures.encoded(Image.new("RGBA", (6300, 6300), (9, 9, 9, 255)), "PNG")
    image = decoded(data)
    assert image.size == (525, 525)
    assert image.getpixel((524, 524)) == (9, 9, 9)


@pytest.mark.parametrize("size", [(8, 12_000), (12_000, 8), (8, 8)])
def test_strips_and_stamps_are_decoded(size: tuple[int, int]) -> None:
    assert decoded(pictures.encoded(Image.new("RGB", size), "PNG")).size == size


@pytest.mark.parametrize(
    "data",
    [
        pictures.jpeg(400, 300)[:-500],
        pictures.jpeg(400, 300, progressive=True)[:-500],
        pictures.png(400, 300)[:-500],
        pictures.webp(400, 300)[:-500],
        pictures.png_claiming(6000, 5000),
        pictures.png_with_chunks(pictures.png_chunk(b"IDAT", b"nonsense")),
    ],
)
def test_it_refuses_what_is_cut_short(data: bytes) -> None:
    with pytest.raises(errors.BrokenImageError):
        decoded(data)


@pytest.mark.parametrize("data", [b"", b"no picture", pictures.png_claiming(100_000, 100_000)])
def test_it_checks_the_header_again(data: bytes) -> None:
    with pytest.raises(errors.ImageError):
        decoded(data)


def test_memory_running_out_has_a_code_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    path.write_bytes(pictures.encoded(Image.new("RGBA", (6300, 6300)), "PNG"))
    code = """
import re, resource, sys
from worker.runtime.decode import decode
from worker.runtime.errors import TooComplexError
used = int(re.search(r"VmSize:\\s+(\\d+)", open("/proc/self/status").read())[1]) * 1024
resource.setrlimit(resource.RLIMIT_AS, (used + 100 * 2**20,) * 2)
try:
    decode(open(sys.argv[1], "rb"), short_side=512)
except TooComplexError:
    sys.exit(7)
"""
    assert subprocess.run([sys.executable, "-c", code, str(path)], check=False).returncode == 7
