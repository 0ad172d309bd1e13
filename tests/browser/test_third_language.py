"""Adding a language as the documentation says, tried out with one that is made up."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser import person, pseudo
from tests.browser.conftest import running
from tests.browser.marks import BROWSER
from tests.browser.photographs import photograph, write
from tests.project.test_run import Site

pytestmark = [*BROWSER, pytest.mark.slow, pytest.mark.xdist_group("third language")]

OURS = {"vitrina", "jpeg", "png", "webp", "efficientnet", "lite", "int8", "fp32", "utc"}
"""Names, which are the same in every language."""

TEXTS = """() => {
  const shown = (node) => node.parentElement?.checkVisibility() !== false;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const inside = walker.currentNode.parentElement;
    if (inside && !inside.closest("script, style, template, [lang]:not(html)")) {
      if (shown(walker.currentNode)) found.push(walker.currentNode.textContent);
    }
  }
  for (const name of ["alt", "aria-label", "title", "placeholder"]) {
    const elements = [...document.querySelectorAll(`[${name}]`)];
    found.push(...elements.map((element) => element.getAttribute(name)));
  }
  found.push(...Object.values(document.querySelector("[data-submit]")?.dataset ?? {}));
  return [document.title, ...found];
}"""


@pytest.fixture(scope="module")
def site(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory, models_dir: Path
) -> Iterator[Site]:
    """A site that speaks a third language."""
    data = tmp_path_factory.mktemp("pseudo")
    (data / "models").symlink_to(models_dir)
    pseudo.write_catalogue(data / "locale")
    site = Site(
        data,
        LANGUAGES=f"en,es,{pseudo.LANGUAGE}",
        DJANGO_SETTINGS_MODULE="tests.browser.pseudo_settings",
    )
    with running(site):
        pseudo.name_classes(data / "vitrina.sqlite3")
        yield site


def english(page: Page, known: set[str]) -> set[str]:
    """Return the English words that a page still shows."""
    words = {
        word.lower()
        for text in page.evaluate(TEXTS)
        for word in re.findall(r"(?<![\w@./{-])[A-Za-z]{3,}(?![\w@./}-])", text)
    }
    return (words & known) - OURS


def test_every_page_speaks_it_and_has_room_for_it(
    site: Site,
    visitor: Callable[..., BrowserContext],
    keep: Callable[[Page, str], None],
    tmp_path: Path,
) -> None:
    known = pseudo.vocabulary()
    page = visitor(width=390, language=pseudo.LANGUAGE).new_page()
    wrong: list[str] = []

    def look(name: str) -> None:
        expect(page.locator("html")).to_have_attribute("lang", pseudo.LANGUAGE)
        left = english(page, known)
        if left:
            wrong.append(f"{name}: still English: {sorted(left)}")
        overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if overflow > 0:
            wrong.append(f"{name}: {overflow} pixels too wide")
        keep(page, f"{name}-{pseudo.LANGUAGE}-390")

    for name, path in {
        "landing": "/",
        "example": "/examples/motorcycle/",
        "login": "/accounts/login/",
        "signup": "/accounts/signup/",
        "reset": "/accounts/password/reset/",
        "404": "/nothing-here",
    }.items():
        page.goto(f"{site.url}{path}")
        look(name)
    person.sign_up(page, site.url)
    person.choose(page, [write(tmp_path, "tazo.jpg", photograph("coffee.png"))])
    expect(person.tiles(page, "ready")).to_have_count(1)
    look("submit")
    person.classify(page)
    person.wait_for_result(page)
    look("job")
    for name, path in {"jobs": "/jobs/", "password": "/accounts/password/change/"}.items():
        page.goto(f"{site.url}{path}")
        look(name)
    assert not wrong, "\n".join(wrong)


def test_it_is_offered_in_the_menu_and_stays(
    site: Site, visitor: Callable[..., BrowserContext]
) -> None:
    page = visitor(language="en").new_page()
    page.goto(site.url)
    page.locator("details.menu summary", has_text="English").click()
    page.locator(f"button[name=language][value={pseudo.LANGUAGE}]").click()
    expect(page.locator("html")).to_have_attribute("lang", pseudo.LANGUAGE)
    page.goto(f"{site.url}/accounts/login/")
    expect(page.locator("h1")).to_contain_text(pseudo.pseudo("Sign in"))
