"""Makes the pictures of the README: ``make screenshots``.

A site of its own is started on a new data directory with the models of ``DATA_DIR``.
"""

import sys
import tempfile
from pathlib import Path

import django
from PIL import Image
from playwright.sync_api import FloatRect

from project import environment
from tests.browser import chromium, person
from tests.browser.photographs import photograph, write

IMAGES = environment.BASE_DIR / "docs" / "images"
SHOTS = {"en": ("result.png", "coffee.jpg"), "es": ("resultado.png", "café.jpg")}
FRAME: FloatRect = {"x": 0, "y": 0, "width": 1280, "height": 655}
LARGEST = 250_000


def shoot(url: str, folder: Path) -> None:
    """Hand in a photograph in each language and keep a picture of its result."""
    path = chromium.find()
    if path is None:
        sys.exit("No Chromium on this machine: install one, or name it in CHROMIUM.")
    with chromium.launch(path) as browser:
        for language, (shot, name) in SHOTS.items():
            page = chromium.visitor(browser, language=language).new_page()
            person.sign_up(page, url)
            person.submit(page, [write(folder, name, photograph("coffee.png"))])
            person.wait_for_result(page)
            page.reload()
            page.locator(".job-picture img").evaluate("image => image.decode()")
            page.screenshot(path=IMAGES / shot, clip=FRAME)
            shrink(IMAGES / shot)


def shrink(path: Path) -> None:
    """Store a picture with as many colours as fit into the size that the README may cost."""
    with Image.open(path) as image:
        for colours in (256, 128, 64):
            image.convert("RGB").quantize(colours).save(path, optimize=True)
            if path.stat().st_size < LARGEST:
                return


def main() -> None:
    """Start a site, take the pictures, stop the site."""
    django.setup()
    from tests.project.test_run import Site

    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        data = Path(scratch) / "data"
        data.mkdir()
        (data / "models").symlink_to(environment.DATA_DIR / "models")
        site = Site(data)
        try:
            site.wait_until_ready()
            shoot(site.url, Path(scratch))
        finally:
            site.stop()


if __name__ == "__main__":
    main()
