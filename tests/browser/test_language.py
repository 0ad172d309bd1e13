"""The language and the theme that are chosen in the header are remembered, wherever it was."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser import person
from tests.browser.conftest import Member
from tests.browser.marks import ON_THE_SITE
from tests.project.test_run import Site

pytestmark = [*ON_THE_SITE, pytest.mark.slow]
WIDTHS = pytest.mark.parametrize("width", [390, 1280])
Visitor = Callable[..., BrowserContext]


def speaks_spanish(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator("html")).to_have_attribute("lang", "es")


@WIDTHS
def test_a_visitors_choice_stays(site: Site, visitor: Visitor, width: int) -> None:
    page = visitor(width=width).new_page()
    page.goto(f"{site.url}/accounts/login/")
    person.speak(page, "es")
    assert page.url == f"{site.url}/accounts/login/"
    page.reload()
    expect(page.get_by_role("heading", name="Iniciar sesión")).to_be_visible()
    for path in ("/", "/examples/cat/", "/nothing-here", "/accounts/signup/"):
        speaks_spanish(page, f"{site.url}{path}")
    speaks_spanish(page.context.new_page(), site.url)


@WIDTHS
def test_a_members_choice_stays_here_and_elsewhere(
    site: Site, visitor: Visitor, width: int
) -> None:
    page = visitor(width=width).new_page()
    email = person.sign_up(page, site.url)
    page.goto(f"{site.url}/jobs/")
    person.speak(page, "es")
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    person.sign_out(page, site.url)
    speaks_spanish(page, site.url)
    person.sign_in(page, site.url, email)
    speaks_spanish(page, f"{site.url}/jobs/")
    elsewhere = visitor(width=width).new_page()
    person.sign_in(elsewhere, site.url, email)
    expect(elsewhere.locator("html")).to_have_attribute("lang", "es")


@WIDTHS
def test_the_guest_of_a_shared_result_may_choose(
    site: Site, member: Member, visitor: Visitor, width: int
) -> None:
    page = visitor(width=width).new_page()
    page.goto(f"{site.url}{member.shared}")
    person.speak(page, "es")
    assert page.url == f"{site.url}{member.shared}"
    expect(page.locator(".best")).to_have_text("café expreso")
    person.paint(page, "dark")
    page.reload()
    expect(page.locator(".best")).to_have_text("café expreso")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")


@WIDTHS
def test_choosing_in_the_middle_of_a_question_leads_to_the_list(
    site: Site, visitor: Visitor, member: Member, width: int
) -> None:
    page = visitor(width=width, state=member.state).new_page()
    page.goto(f"{site.url}/jobs/?view=list")
    page.locator("#tick-all").check()
    page.locator("button[name=action][value=delete]").click()
    expect(page.locator("button[name=sure]")).to_be_visible()
    person.speak(page, "es")
    assert page.url == f"{site.url}/jobs/"
