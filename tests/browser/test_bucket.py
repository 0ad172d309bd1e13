"""Pictures from a bucket are seen in a browser, by either delivery, with a service worker too."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser import chromium, person
from tests.browser.conftest import running
from tests.browser.marks import BROWSER
from tests.browser.photographs import photograph, write
from tests.bucket.conftest import Store, store
from tests.project.test_run import Site

__all__ = ["store"]

SHOWN = (
    "[...document.images].filter(one => one.src.endsWith('/picture')).map(one => one.naturalWidth)"
)


pytestmark = [*BROWSER, pytest.mark.slow]


@pytest.mark.parametrize("delivery", ["proxied", "presigned"])
def test_a_picture_is_seen(
    browser: Browser,
    store: Store,
    tmp_path: Path,
    models_dir: Path,
    delivery: str,
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "models").symlink_to(models_dir)
    with running(Site(data, S3_DELIVERY=delivery, **store.variables)) as site:
        visitor = chromium.visitor(browser)
        page = visitor.new_page()
        person.sign_up(page, site.url)
        person.submit(page, [write(tmp_path, "coffee.jpg", photograph("coffee.png"))])
        person.wait_for_result(page)
        page.wait_for_function("navigator.serviceWorker.controller")
        page.reload()
        page.wait_for_load_state("networkidle")

        assert page.evaluate(SHOWN) == [600]
        visitor.close()
