"""What frames every page: themes, menus, the notice without a connection; and the landing page."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import Member, Open
from tests.browser.marks import ON_THE_SITE
from tests.project.test_run import Site

pytestmark = [*ON_THE_SITE, pytest.mark.slow]


def test_the_chosen_theme_stays(site: Site, signed_in: Open) -> None:
    page = signed_in(theme="light")
    page.goto(site.url)
    page.get_by_label("Theme").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.goto(f"{site.url}/nothing-here")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.goto(site.url)
    page.get_by_label("Theme").click()
    page.get_by_role("button", name="As the device").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "light")


def test_a_menu_closes_on_escape_and_hands_the_focus_back(site: Site, signed_in: Open) -> None:
    page = signed_in()
    page.goto(site.url)
    menu = page.get_by_label("Language")
    menu.press("Enter")
    expect(page.get_by_role("button", name="Español")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Español")).to_be_hidden()
    expect(menu).to_be_focused()


def test_without_a_connection_there_is_a_notice_and_nothing_private(
    site: Site, member: Member, signed_in: Open
) -> None:
    page = signed_in(language="es")
    page.goto(f"{site.url}{member.job}")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.context.set_offline(True)
    page.goto(f"{site.url}{member.job}")
    expect(page.get_by_role("heading", name="Sin conexión")).to_be_visible()
    expect(page.locator("main")).not_to_contain_text("coffee")
    kept = page.evaluate(
        """async () => {
          const caches_ = await Promise.all((await caches.keys()).map((name) => caches.open(name)));
          const requests = await Promise.all(caches_.map((cache) => cache.keys()));
          return requests.flat().map((request) => new URL(request.url).pathname);
        }"""
    )
    assert "/offline/" in kept
    assert all(path == "/offline/" or path.startswith("/static/") for path in kept)


def test_an_example_is_shown_in_its_place(
    site: Site, visitor: Callable[..., BrowserContext]
) -> None:
    page = visitor().new_page()
    page.goto(site.url)
    expect(page.locator(".example .best")).to_have_text("espresso")
    page.locator("a.example-pick").nth(1).click()
    expect(page.locator(".example .best")).to_have_text("Egyptian cat")
    assert page.url == f"{site.url}/"
