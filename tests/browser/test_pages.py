"""Every page there is, in both widths, languages and themes: accessible, light, and still."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.conf import settings as django_settings
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, Response, Route, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from tests.browser import acts
from tests.browser.acts import Act
from tests.browser.chromium import Theme
from tests.browser.marks import BROWSER
from tests.browser.registry import registry_pages
from tests.browser.stage import COFFEE, Stage, output
from tests.factories import UserFactory
from tests.web.conftest import confirm
from worker.models import Job

pytestmark = [*BROWSER, pytest.mark.slow]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OF_COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
UNFOLDS = "landmark-unique: ['#nav-sidebar-apps"
MOST = 150_000
MOST_SHIFT = 0.01
"""A tenth of what Web Vitals call good."""
SLOWER = 6
"""How many times slower than this machine the device is on which pages must stand still too."""

SHIFTS = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) sum += entry.hadRecentInput ? 0 : entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => setTimeout(() => done(sum), 50));
})"""

Visitor = Callable[..., BrowserContext]
Keep = Callable[[Page, str], None]


@pytest.fixture(scope="session")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture
def stage(
    live_server: LiveServer,
    settings: Settings,
    examples: Path,
    models_dir: Path,
) -> Stage:
    """A site with a job in each state, served by this process."""
    settings.ROOT_URLCONF = "tests.browser.urls"
    settings.DATA_DIR, settings.MODELS_DIR = examples, models_dir
    stage = Stage()
    if not (examples / "examples").exists():
        call_command("build_examples")
    return stage


def sign_in(context: BrowserContext, url: str, user: User) -> Page:
    """Open a page in which somebody is signed in."""
    client = Client()
    client.force_login(user)
    confirm(client, user)
    name = django_settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": url}])
    return context.new_page()


def violations(page: Page, rules: object) -> list[str]:
    """Return what axe finds; it is brought into a page once."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    options = {"runOnly": rules, "resultTypes": ["violations"]}
    found = page.evaluate("options => axe.run(options)", options)["violations"]
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found
        for node in one["nodes"]
    ]


OUTSIDE = """() => [...document.querySelectorAll("body *")]
  .filter((one) => one.checkVisibility() && !one.matches(".skip"))
  .map((one) => [one, one.getBoundingClientRect()])
  .filter(([, place]) => place.width > 4 && place.left < -1)
  .map(([one]) => one.outerHTML.slice(0, 80))"""


def misplaced(page: Page) -> list[str]:
    """Return what moves or does not fit."""
    shift = page.evaluate(SHIFTS)
    viewport = page.viewport_size  # not the window, which a phone widens to what does not fit
    assert viewport is not None
    overflow = page.evaluate("document.documentElement.scrollWidth") - viewport["width"]
    return [
        *([f"shifts by {shift}"] if shift > MOST_SHIFT else []),
        *([f"{overflow} pixels too wide"] if overflow > 0 else []),
        *[f"begins outside the page: {one}" for one in page.evaluate(OUTSIDE)],
    ]


def look(
    page: Page,
    name: str,
    keep: Keep,
    *,
    width: int,
    language: str,
    axe: bool,
) -> list[str]:
    """Look at the page that is shown, in both themes, and return what is wrong with it."""
    assert page.locator("html").get_attribute("lang") == language
    wrong = misplaced(page)
    themes: tuple[Theme, Theme] = ("light", "dark")
    for theme in themes:
        page.emulate_media(color_scheme=theme)
        if axe:  # but for the colours both themes are one page
            wrong += violations(page, RULES if theme == "light" else OF_COLOURS)
        keep(page, f"{name}-{language}-{theme}-{width}")
    page.emulate_media(color_scheme="light")
    return [f"{name}: {one}" for one in wrong]


def tour(page: Page, url: str, pages: dict[str, str], **how: Any) -> list[str]:
    """Look at pages."""
    wrong: list[str] = []
    for name, path in pages.items():
        page.goto(f"{url}{path}")
        wrong += look(page, name, **how)
    return wrong


def tour_of_acts(
    page: Page, url: str, pages: dict[str, str], done: dict[str, tuple[str, Act]], **how: Any
) -> list[str]:
    """Look at what becomes of pages when something is done there."""
    wrong: list[str] = []
    for name, (before, act) in done.items():
        page.goto(f"{url}{pages[before]}")
        act(page)
        wrong += look(page, name, **how)
    return wrong


@pytest.fixture
def how(keep: Keep, width: int, language: str) -> dict[str, Any]:
    """Return how to look: axe reads code, not words, so each width once is enough for it."""
    axe = (width, language) in {(390, "es"), (1280, "en")}
    return {"keep": keep, "axe": axe, "width": width, "language": language}


everywhere = pytest.mark.parametrize(
    ("width", "language"), [(390, "es"), (1280, "en"), (390, "en"), (1280, "es")]
)


@everywhere
def test_what_visitors_see_is_accessible_and_stands_still(
    stage: Stage,
    settings: Settings,
    live_server: LiveServer,
    visitor: Visitor,
    how: dict[str, Any],
    width: int,
    language: str,
) -> None:
    page = visitor(width=width, language=language).new_page()
    pages = stage.visitor_pages()
    wrong = tour(page, live_server.url, pages, **how)
    wrong += tour_of_acts(page, live_server.url, pages, acts.visitor_acts(), **how)
    call_command("maintenance", "on", verbosity=0)
    page.goto(live_server.url)
    call_command("maintenance", "off", verbosity=0)
    wrong += look(page, "maintenance", **how)
    for settings.SIGN_UP in ("closed", "invitation"):
        page.goto(f"{live_server.url}/accounts/signup/")
        wrong += look(page, f"signup-{settings.SIGN_UP}", **how)
    assert not wrong, "\n".join(wrong)


@everywhere
def test_what_members_see_is_accessible_and_stands_still(
    stage: Stage,
    live_server: LiveServer,
    visitor: Visitor,
    how: dict[str, Any],
    width: int,
    language: str,
) -> None:
    page = sign_in(visitor(width=width, language=language), live_server.url, stage.user)
    wrong = tour(page, live_server.url, stage.member_pages(), **how)
    assert not wrong, "\n".join(wrong)


@everywhere
def test_what_operators_see_is_accessible_and_stands_still(
    stage: Stage,
    live_server: LiveServer,
    visitor: Visitor,
    how: dict[str, Any],
    width: int,
    language: str,
) -> None:
    call_command("seed_demo", jobs=200, verbosity=0)
    operator = UserFactory.create(is_staff=True, is_superuser=True)
    page = sign_in(visitor(width=width, language=language), live_server.url, operator)
    wrong = tour(page, live_server.url, {"console": "/console/"}, **how)
    assert not wrong, "\n".join(wrong)


@everywhere
def test_what_comes_of_it_is_accessible_and_stands_still(
    stage: Stage,
    live_server: LiveServer,
    visitor: Visitor,
    how: dict[str, Any],
    tmp_path: Path,
    width: int,
    language: str,
) -> None:
    wishes = {"width": width, "language": language}
    page = sign_in(visitor(**wishes), live_server.url, stage.newcomer)
    wrong = tour(page, live_server.url, stage.newcomer_pages(), **how)
    page = sign_in(visitor(**wishes), live_server.url, stage.user)
    done = acts.member_acts(tmp_path)
    wrong += tour_of_acts(page, live_server.url, stage.member_pages(), done, **how)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(("width", "language"), [(390, "es"), (1280, "en")])
def test_what_administrators_see_is_accessible(
    stage: Stage,
    live_server: LiveServer,
    visitor: Visitor,
    keep: Keep,
    width: int,
    language: str,
) -> None:
    """Its frame is unfold's, which calls both parts that scroll «scrollable content»."""
    call_command("seed_demo", jobs=50, verbosity=0)
    administrator = UserFactory.create(is_staff=True, is_superuser=True)
    page = sign_in(visitor(width=width, language=language), live_server.url, administrator)
    wrong: list[str] = []
    for name, path in (stage.administrator_pages() | registry_pages(stage)).items():
        page.goto(f"{live_server.url}{path}")
        assert page.locator("html").get_attribute("lang") == language
        found = violations(page, RULES)
        keep(page, f"{name}-{language}-light-{width}")
        page.emulate_media(color_scheme="dark")
        found += violations(page, OF_COLOURS)
        page.emulate_media(color_scheme="light")
        wrong += [f"{name}: {one}" for one in found if not one.startswith(UNFOLDS)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(("width", "language"), [(390, "es"), (1280, "en")])
def test_the_page_on_which_requests_are_tried_is_accessible(
    live_server: LiveServer, visitor: Visitor, how: dict[str, Any], width: int, language: str
) -> None:
    page = visitor(width=width, language=language).new_page()
    page.goto(f"{live_server.url}/api/docs")
    page.locator("[data-reference-open]").click()
    request = page.locator("#operations-jobs-jobs_create")
    expect(request).to_be_visible()
    wrong = look(page, "api-details", **how)
    request.locator(".opblock-summary-control").click()
    expect(request.locator(".responses-table").first).to_be_visible()
    wrong += violations(page, RULES)
    page.emulate_media(color_scheme="dark")
    wrong += violations(page, OF_COLOURS)
    how["keep"](page, f"api-request-{language}-dark-{width}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("width", [390, 1280])
def test_pages_stand_still_on_a_slow_device_and_when_pictures_come_late(
    stage: Stage, live_server: LiveServer, visitor: Visitor, width: int
) -> None:
    pages = {"landing": "/"} | {
        name: stage.member_pages()[name] for name in ("jobs", "job", "submit")
    }
    visitors = visitor(width=width)
    page = visitors.new_page()
    wrong: list[str] = []
    for name, path in pages.items():
        if name == "jobs":
            page = sign_in(visitors, live_server.url, stage.user)
        late = hold_pictures(page)
        slow = visitors.new_cdp_session(page)
        slow.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        page.goto(f"{live_server.url}{path}", wait_until="domcontentloaded")
        before = page.evaluate(SHIFTS)
        for route in late:
            route.continue_()
        page.unroute("**/*")
        page.wait_for_load_state()
        shift = page.evaluate(SHIFTS)
        slow.detach()
        if shift > MOST_SHIFT:
            wrong.append(f"{name}: shifts by {before}, and by {shift} with its pictures")
    assert not wrong, "\n".join(wrong)


def hold_pictures(page: Page) -> list[Route]:
    """Keep back the pictures that a page asks for; return what is kept back."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.resource_type == "image":
            held.append(route)
        else:
            route.continue_()

    page.route("**/*", hold)
    return held


def test_no_page_is_heavy_or_loads_from_elsewhere(
    stage: Stage, live_server: LiveServer, visitor: Visitor
) -> None:
    page = sign_in(visitor(), live_server.url, stage.user)
    weights: dict[str, int] = {}
    loaded: list[Response] = []
    complaints: list[str] = []
    page.on("response", lambda one: loaded.append(one))  # noqa: PLW0108 - takes no built-in
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    for name, path in (stage.member_pages() | {"api": "/api/docs"}).items():
        loaded.clear()
        page.goto(f"{live_server.url}{path}")
        outside = [
            one.url for one in loaded if not one.url.startswith((live_server.url, "data:", "blob:"))
        ]
        assert not outside
        assert not complaints
        bodies = [
            response.body()
            for response in loaded
            if response.request.resource_type in {"script", "stylesheet"} and response.ok
        ]
        assert bodies
        weights[name] = sum(len(gzip.compress(body)) for body in bodies)
    assert max(weights.values()) < MOST, weights


def test_on_paper_there_is_what_was_found_and_nothing_to_press(
    stage: Stage, live_server: LiveServer, visitor: Visitor
) -> None:
    page = sign_in(visitor(), live_server.url, stage.user)
    page.emulate_media(media="print")
    pages = stage.member_pages()
    for name, shown in {
        "jobs": ".card-best",
        "jobs-list": ".row-best",
        "job": ".prediction",
    }.items():
        page.goto(f"{live_server.url}{pages[name]}")
        expect(page.locator(shown).first).to_be_visible()
        for hidden in ("header", "footer", "main button", "main input[type=checkbox]"):
            assert not [one for one in page.locator(hidden).all() if one.is_visible()]


def test_polling_changes_nothing_until_something_has_changed(
    stage: Stage, live_server: LiveServer, visitor: Visitor
) -> None:
    page = sign_in(visitor(), live_server.url, stage.user)
    job = stage.states["queued"]
    page.goto(f"{live_server.url}/jobs/{job.id}/")
    page.locator("#job").evaluate("part => { part.dataset.same = 'yes'; }")
    with page.expect_response(lambda answer: answer.url.endswith("/status")) as answer:
        pass
    assert answer.value.status == 304
    expect(page.locator("#job[data-same]")).to_be_visible()
    Job.objects.filter(id=job.id).update(
        status="succeeded", output=output(COFFEE), finished_at=timezone.now()
    )
    expect(page.locator(".best")).to_have_text("espresso")
    expect(page.locator("#announcement")).to_contain_text("State: done. espresso.")
