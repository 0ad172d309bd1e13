"""From a new account to a result, as people go."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser import person
from tests.browser.photographs import photograph, write
from tests.project.test_run import Site

pytestmark = [
    pytest.mark.browser,
    pytest.mark.processes,
    pytest.mark.model,
    pytest.mark.timeout(120),
]


@pytest.mark.parametrize("width", [390, 1280])
def test_a_new_person_gets_a_result_in_spanish(
    site: Site,
    visitor: Callable[..., BrowserContext],
    keep: Callable[[Page, str], None],
    tmp_path: Path,
    width: int,
) -> None:
    page = visitor(width=width, language="es").new_page()
    person.sign_up(page, site.url)
    person.submit(page, [write(tmp_path, "café.jpg", photograph("coffee.png"))])
    person.wait_for_result(page)
    expect(page.locator(".predictions .prediction-name").first).to_have_text("café expreso")
    expect(page.locator("html")).to_have_attribute("lang", "es")
    keep(page, f"result-es-{width}")
