"""A real site and a real browser, started once for all journeys."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser import chromium
from tests.conftest import REPOSITORY
from tests.project.test_run import Site

OUTPUT = REPOSITORY / "test-output" / "browser"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, models_dir: Path) -> Iterator[Site]:
    """The whole site as ``manage.py run`` serves it, with the real models."""
    data = tmp_path_factory.mktemp("site")
    (data / "models").symlink_to(models_dir)
    site = Site(data)
    try:
        site.wait_until_ready()
        yield site
    finally:
        if site.process.poll() is None:
            site.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium.find()
    if path is None:
        pytest.skip("No Chromium on this machine: install one, or name it in CHROMIUM.")
    with chromium.launch(path) as browser:
        yield browser


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Open browsers of people who have not been here; see :func:`chromium.visitor`."""
    opened: list[BrowserContext] = []

    def open_one(**wishes: object) -> BrowserContext:
        context = partial(chromium.visitor, browser)(**wishes)  # type: ignore[arg-type]
        opened.append(context)
        return context

    yield open_one
    for context in opened:
        context.close()


@pytest.fixture
def keep() -> Callable[[Page, str], None]:
    """Keep a picture of a page in ``test-output/browser``."""

    def keep(page: Page, name: str) -> None:
        OUTPUT.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=OUTPUT / f"{name}.png", full_page=True)

    return keep
