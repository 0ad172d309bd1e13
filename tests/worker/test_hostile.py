"""Hostile pictures on their whole way: the door, a real worker, a real model.

None of them is a 500 or stops a worker: it is refused at the door, or its job ends with a reason,
or it is simply classified.
"""

import io
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from django.core.files.storage import default_storage
from PIL import Image

from tests.conftest import Broker, wait_until
from tests.factories import UserFactory
from tests.runtime.pictures import (
    encoded,
    frames,
    jpeg,
    jpeg_claiming,
    jpeg_with_scans,
    photograph,
    png,
    png_chunk,
    png_claiming,
    png_with_chunks,
    webp,
    webp_claiming,
    with_segment,
)
from worker import services
from worker.failures import MESSAGES, JobRefusedError
from worker.models import Job, Status

pytestmark = [pytest.mark.model, pytest.mark.processes, pytest.mark.timeout(180)]

MARKER = b"<?php system('id'); ?><script>alert(1)</script>"
DONE = "done"

PICTURES: dict[str, tuple[Callable[[], bytes], set[str]]] = {
    "empty": (lambda: b"", {"empty"}),
    "three magic bytes": (lambda: b"\xff\xd8\xff", {"broken_image", "unsupported_type"}),
    "100,000 x 100,000": (
        lambda: png_claiming(100_000, 100_000),
        {"too_many_pixels", "too_long_side"},
    ),
    "huge JPEG claim": (
        lambda: jpeg_claiming(60_000, 60_000),
        {"too_many_pixels", "too_long_side"},
    ),
    "huge WebP claim": (
        lambda: webp_claiming(16_383, 16_383),
        {"too_many_pixels", "too_long_side"},
    ),
    "a strip": (lambda: png_claiming(39_999_999, 1), {"too_long_side", "too_small"}),
    "flat RGBA of 40 megapixels": (
        lambda: encoded(Image.new("RGBA", (6_300, 6_300), (1, 2, 3, 4)), "PNG"),
        {DONE},
    ),
    "a JPEG of many scans": (lambda: jpeg_with_scans(5_000), {"too_many_scans"}),
    "a compressed-text bomb": (
        lambda: png_with_chunks(
            png_chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(200_000_000))),
        ),
        {DONE, "broken_image", "too_complex"},
    ),
    "half a JPEG": (lambda: (whole := jpeg(640, 480))[: len(whole) // 2], {"broken_image"}),
    "half a PNG": (lambda: (whole := png(640, 480))[: len(whole) // 2], {"broken_image"}),
    "half a WebP": (lambda: (whole := webp(640, 480))[: len(whole) // 2], {"broken_image"}),
    "SVG named jpg": (lambda: b"<svg xmlns='' onload='alert(1)'/>", {"unsupported_type"}),
    "HTML named jpg": (lambda: b"<html><script>alert(1)</script>", {"unsupported_type"}),
    "PDF": (lambda: b"%PDF-1.7\n%EOF", {"unsupported_type"}),
    "TIFF": (lambda: encoded(photograph(), "TIFF"), {"unsupported_type"}),
    "GIF": (lambda: encoded(photograph(mode="P"), "GIF"), {"unsupported_type"}),
    "JPEG 2000": (lambda: encoded(photograph(), "JPEG2000"), {"unsupported_type"}),
    "SGI": (lambda: encoded(photograph(), "SGI"), {"unsupported_type"}),
    "DDS": (lambda: encoded(photograph(), "DDS"), {"unsupported_type"}),
    "two pictures in a JPEG": (
        lambda: encoded(photograph(), "MPO", save_all=True, append_images=[photograph()]),
        {DONE},
    ),
    "JPEG without its end": (lambda: jpeg(320, 240)[:-2], {DONE, "broken_image"}),
    "a huge colour profile": (lambda: jpeg(320, 240, icc_profile=bytes(512 * 1024)), {DONE}),
    "broken EXIF": (lambda: with_segment(jpeg(320, 240), 0xE1, b"Exif\0\0II*\0\xff\xff"), {DONE}),
    "a broken animation": (
        lambda: png_with_chunks(png_chunk(b"acTL", b"\xff"), png_chunk(b"fcTL", b"\xff")),
        {DONE, "broken_image"},
    ),
    "60 PNG frames": (lambda: frames(60, "PNG"), {DONE}),
    "BMP": (lambda: encoded(photograph(), "BMP"), {"unsupported_type"}),
    "script after the JPEG": (lambda: jpeg(320, 240) + MARKER, {DONE}),
    "script in a comment": (lambda: with_segment(jpeg(320, 240), 0xFE, MARKER), {DONE}),
    "CMYK": (lambda: jpeg(320, 240, "CMYK"), {DONE}),
    "16 bit": (lambda: png(320, 240, "I;16"), {DONE, "broken_image"}),
    "1 bit": (lambda: png(320, 240, "1"), {DONE}),
    "60 frames": (lambda: frames(60, "WEBP"), {DONE}),
    "1 x 1": (lambda: png(1, 1), {"too_small"}),
    "8 x 12,000": (lambda: png(8, 12_000), {DONE}),
    "12,001 x 8": (lambda: png(12_001, 8), {"too_long_side"}),
    "all black": (lambda: encoded(Image.new("RGB", (300, 300)), "PNG"), {DONE}),
}


def submit(content: bytes) -> Job | str:
    try:
        return services.job_submit(
            user=UserFactory.create(),
            service="classify",
            image=io.BytesIO(content),
            name="photo.jpg",
            model="efficientnet-lite0-int8",
            parameters={"top_k": 1000},
        )
    except JobRefusedError as refusal:
        return refusal.code


def test_none_of_them_harms_a_worker(
    start: Callable[..., subprocess.Popen[bytes]],
    broker: Broker,
    models_dir: Path,
) -> None:
    worker = start(
        "work", "--processes=1", TEST_WITH_MODELS="true", DATA_DIR=str(models_dir.parent)
    )
    first = submit(jpeg(320, 240))
    assert isinstance(first, Job)
    wait_until(lambda: Job.objects.get(id=first.id).is_finished, seconds=60)
    children = psutil.Process(worker.pid).children()
    base = children[0].memory_info().rss

    answers = {name: submit(make()) for name, (make, _) in PICTURES.items()}
    wait_until(lambda: not Job.objects.filter(finished_at=None).exists(), seconds=120)

    outcomes = {name: outcome(answer) for name, answer in answers.items()}
    assert {name: code for name, code in outcomes.items() if code not in PICTURES[name][1]} == {}
    assert psutil.Process(worker.pid).children() == children
    assert children[0].memory_info().rss < base + 500_000_000


def outcome(answer: Job | str) -> str:
    """Return what became of a submission, after a look at what would be served of it."""
    if isinstance(answer, str):
        assert answer in MESSAGES
        return answer
    job = Job.objects.get(id=answer.id)
    if job.status != Status.SUCCEEDED:
        assert job.error_code in MESSAGES
        return job.error_code
    assert job.output is not None
    assert abs(sum(p["score"] for p in job.output["predictions"]) - 1) < 1e-3
    with default_storage.open(str(job.display.name)) as stored:
        shown = stored.read()
    assert shown.startswith(b"\xff\xd8\xff")
    assert MARKER not in shown
    return DONE
