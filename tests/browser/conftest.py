"""A real site and a real browser, started once for all journeys."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser import chromium, person
from tests.browser.photographs import photograph, write
from tests.conftest import REPOSITORY, wait_until
from tests.project.test_run import Site

OUTPUT = REPOSITORY / "test-output" / "browser"

Open = Callable[..., Page]

WORKER_READY = re.compile(r"celery@\S+ ready\.")
"""What each of the two kinds of worker logs when it takes jobs."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium.find()
    if path is None:
        pytest.skip("No Chromium on this machine: install one, or name it in CHROMIUM.")
    with pytest.MonkeyPatch.context() as patch, chromium.launch(path) as browser:
        # Playwright keeps an event loop in this thread until the last test, whichever that is;
        # Django would not ask the database in its presence.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield browser


@contextmanager
def running(site: Site) -> Iterator[Site]:
    """Stop a site in the end, and begin when its workers are there too.

    A site says that it is ready as soon as pages are: what is submitted then waits for a worker.
    """
    try:
        site.wait_until_ready()
        wait_until(lambda: len(WORKER_READY.findall(site.output())) == 2, seconds=120)
        yield site
    finally:
        if site.process.poll() is None:
            site.stop()


@pytest.fixture(scope="session")
def site(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory, models_dir: Path
) -> Iterator[Site]:
    """The whole site as ``manage.py run`` serves it, with the real models."""
    data = tmp_path_factory.mktemp("site")
    (data / "models").symlink_to(models_dir)
    with running(Site(data)) as site:
        yield site


@dataclass(frozen=True)
class Member:
    """Somebody with an account and a result, which is shared."""

    email: str
    state: Any
    job: str
    shared: str


@pytest.fixture(scope="session")
def member(
    browser: Browser, site: Site, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Member]:
    folder = tmp_path_factory.mktemp("member")
    context = chromium.visitor(browser)
    page = context.new_page()
    email = person.sign_up(page, site.url)
    person.submit(page, [write(folder, "coffee.jpg", photograph("coffee.png"))])
    person.wait_for_result(page)
    job = page.url.removeprefix(site.url)
    shared = person.share(page)
    yield Member(email, context.storage_state(), job, shared.removeprefix(site.url))
    context.close()


@pytest.fixture
def visitor(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Open browsers of people; see :func:`chromium.visitor`."""
    opened: list[BrowserContext] = []

    def open_one(**wishes: Any) -> BrowserContext:
        context = chromium.visitor(browser, **wishes)
        opened.append(context)
        return context

    yield open_one
    for context in opened:
        context.close()


@pytest.fixture
def signed_in(visitor: Callable[..., BrowserContext], member: Member) -> Open:
    """Open a page in a browser in which ``member`` is signed in."""

    def open_one(**wishes: Any) -> Page:
        return visitor(state=member.state, **wishes).new_page()

    return open_one


@pytest.fixture
def keep() -> Callable[[Page, str], None]:
    """Keep a picture of a page in ``test-output/browser``."""

    def keep(page: Page, name: str) -> None:
        OUTPUT.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=OUTPUT / f"{name}.jpg", full_page=True, type="jpeg", quality=85)

    return keep
