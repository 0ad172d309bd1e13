"""Draws the pictures that must not be SVG: run as ``python -m tests.browser.artwork``.

A phone's home screen and whoever previews a link take no SVG. The results are kept in the
repository, as no machine that serves the site has a browser.
"""

import sys

from playwright.sync_api import Browser

from project import environment
from tests.browser import chromium

IMAGES = environment.BASE_DIR / "project" / "static" / "vitrina" / "img"
TOUCH_ICON = (
    "<style>body {{ margin: 0 }} svg {{ display: block; width: 180px; height: 180px }}</style>{svg}"
)
SHARE = """
<style>
  body {{ display: flex; gap: 56px; align-items: center; justify-content: center; height: 630px;
    margin: 0; background: #f7f5f1; color: #1c2430; font: 700 132px "Noto Sans", sans-serif;
    letter-spacing: -0.03em }}
  svg {{ width: 240px; height: 240px }}
</style>
{svg}Vitrina
"""


def draw(browser: Browser, name: str, html: str, width: int, height: int) -> None:
    """Store a picture of some HTML."""
    page = browser.new_page(viewport={"width": width, "height": height})
    page.set_content(html)
    page.screenshot(path=IMAGES / name)
    page.close()


def main() -> None:
    """Draw all of them."""
    path = chromium.find()
    if path is None:
        sys.exit("No Chromium on this machine: install one, or name it in CHROMIUM.")
    logo, full = ((IMAGES / name).read_text() for name in ("logo.svg", "logo-maskable.svg"))
    with chromium.launch(path) as browser:
        draw(browser, "touch-icon.png", TOUCH_ICON.format(svg=full), 180, 180)
        draw(browser, "share.png", SHARE.format(svg=logo), 1200, 630)


if __name__ == "__main__":
    main()
