"""Every page, in both themes and both widths: accessible, light, still, and in its place."""

import gzip
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, Response, expect

from tests.browser.chromium import Theme
from tests.browser.conftest import Member, Open
from tests.browser.marks import BROWSER
from tests.project.test_run import Site

pytestmark = BROWSER

VISITOR_PAGES = {
    "landing": "/",
    "example": "/examples/motorcycle/",
    "login": "/accounts/login/",
    "signup": "/accounts/signup/",
    "reset": "/accounts/password/reset/",
    "404": "/nothing-here",
    "offline": "/offline/",
}
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
MOST = 150_000

SHIFTS = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) sum += entry.hadRecentInput ? 0 : entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => setTimeout(() => done(sum), 100));
})"""


def member_pages(member: Member) -> dict[str, str]:
    return {
        "submit": "/",
        "jobs": "/jobs/",
        "jobs-list": "/jobs/?view=list",
        "jobs-none": "/jobs/?q=xyzzy",
        "job": member.job,
        "choose": f"{member.job}right-class",
        "delete": f"{member.job}delete",
        "batch": member.batch,
        "email": "/accounts/email/",
        "password": "/accounts/password/change/",
        "tokens": "/accounts/tokens/",
        "logout": "/accounts/logout/",
        "404": "/nothing-here",
    }


def examine(page: Page, name: str, keep: Callable[[Page, str], None]) -> list[str]:
    """Return what is wrong with the page that is shown."""
    violations = Axe().run(page, options=RULES).response["violations"]
    wrong = [
        f"{name}: {one['id']}: {node['target']} {node['failureSummary']}"
        for one in violations
        for node in one["nodes"]
    ]
    shift = page.evaluate(SHIFTS)
    if shift > 0.01:
        wrong.append(f"{name}: shifts by {shift}")
    overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    if overflow > 0:
        wrong.append(f"{name}: {overflow} pixels too wide")
    keep(page, name)
    return wrong


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("width", "language"), [(390, "es"), (1280, "en")])
def test_every_page_is_accessible_and_stands_still(
    site: Site,
    member: Member,
    visitor: Callable[..., BrowserContext],
    signed_in: Open,
    keep: Callable[[Page, str], None],
    theme: Theme,
    width: int,
    language: str,
) -> None:
    wishes = {"theme": theme, "width": width, "language": language}
    wrong: list[str] = []
    for page, pages in (
        (visitor(**wishes).new_page(), VISITOR_PAGES | {"shared": member.shared}),
        (signed_in(**wishes), member_pages(member)),
    ):
        for name, path in pages.items():
            page.goto(f"{site.url}{path}")
            expect(page.locator("html")).to_have_attribute("data-bs-theme", theme)
            wrong += examine(page, f"{name}-{language}-{theme}-{width}", keep)
    assert not wrong, "\n".join(wrong)


def test_no_page_is_heavy_or_loads_from_elsewhere(
    site: Site, member: Member, signed_in: Open
) -> None:
    page = signed_in()
    weights: dict[str, int] = {}
    loaded: list[Response] = []
    complaints: list[str] = []
    page.on("response", lambda one: loaded.append(one))  # noqa: PLW0108 - takes no built-in
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    for name, path in member_pages(member).items():
        loaded.clear()
        page.goto(f"{site.url}{path}")
        outside = [
            one.url for one in loaded if not one.url.startswith((site.url, "data:", "blob:"))
        ]
        assert not outside
        assert not [one for one in complaints if "404" not in one]
        bodies = [
            response.body()
            for response in loaded
            if response.request.resource_type in {"script", "stylesheet"} and response.ok
        ]
        assert bodies
        weights[name] = sum(len(gzip.compress(body)) for body in bodies)
    assert max(weights.values()) < MOST, weights


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
