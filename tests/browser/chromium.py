"""Finds the Chromium of this machine and starts it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

Theme = Literal["light", "dark"]

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]

PATIENCE = 30_000
"""Milliseconds until something that should come is given up: the machine may have other work."""


def find() -> str | None:
    """Return the path of a Chromium: ``CHROMIUM``, or the first one in ``PATH``."""
    named = os.environ.get("CHROMIUM")
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return named or next((path for name in names if (path := shutil.which(name))), None)


@contextmanager
def launch(path: str) -> Iterator[Browser]:
    """Run a browser without a window."""
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


def visitor(
    browser: Browser,
    *,
    width: int = 1280,
    language: str = "en",
    theme: Theme = "light",
    javascript: bool = True,
    state: Any = None,
) -> BrowserContext:
    """Return the browser of somebody: a phone's below 600 pixels, with its touch screen.

    :param state: cookies of somebody who is signed in; without, it is somebody new.
    """
    phone = width < 600
    context = browser.new_context(
        viewport={"width": width, "height": 844 if phone else 800},
        locale={"en": "en-GB", "es": "es-ES"}.get(language, language),
        color_scheme=theme,
        java_script_enabled=javascript,
        has_touch=phone,
        is_mobile=phone,
        reduced_motion="reduce",
        storage_state=state,
    )
    context.set_default_timeout(PATIENCE)
    if state is not None:  # an account speaks its own language unless another was chosen
        context.add_cookies(
            [{"name": "django_language", "value": language, "domain": "127.0.0.1", "path": "/"}]
        )
    return context
