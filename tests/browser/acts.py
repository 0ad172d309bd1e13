"""What is done on a page before it is looked at: by a name, the page and the deed."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser import person
from tests.browser.photographs import photograph, write
from tests.factories import PASSWORD

Act = Callable[[Page], None]


def mistaken_sign_in(page: Page) -> None:
    page.locator("input[name=login]").fill("ana.martinez@example.com")
    page.locator("input[name=password]").fill("wrong")
    page.locator("main form button[type=submit]").click()
    expect(page.locator(".errorlist")).to_be_visible()


def first_step(page: Page) -> None:
    page.locator("input[name=login]").fill("ana.martinez@example.com")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button[type=submit]").click()
    expect(page.locator("input[name=code]")).to_be_visible()


def mistaken_sign_up(page: Page) -> None:
    page.locator("input[name=email]").fill("ana@example.net")
    page.locator("input[name=password1]").fill("123")
    page.locator("input[name=password2]").fill("321")
    page.locator("main form button[type=submit]").click()
    expect(page.locator(".errorlist").first).to_be_visible()


def choosing(folder: Path) -> Act:
    """Choose two photographs and what is none."""
    files = [
        write(folder, "taza.jpg", photograph("coffee.png")),
        write(
            folder,
            "A very long name of a photograph, as cameras and people make them.jpg",
            photograph("chelsea.png"),
        ),
        write(folder, "notes.txt", b"not a picture"),
    ]

    def choose(page: Page) -> None:
        person.choose(page, files)
        expect(page.locator(".chosen-picture canvas")).to_have_count(2)

    return choose


def pressing(action: str) -> Act:
    """Tick two jobs and press a button."""

    def press(page: Page) -> None:
        for tick in page.locator("input[name=job]").all()[:2]:
            tick.check()
        page.locator(f"button[name=action][value={action}]").click()
        page.wait_for_url("**/jobs/selected/")

    return press


def opening(selector: str) -> Act:
    """Open something that is folded up."""
    return lambda page: page.locator(selector).click()


def opening_all(page: Page) -> None:
    """Unfold all that a result has."""
    for summary in page.locator("main details > summary").all():
        summary.click()


def ticking(page: Page) -> None:
    page.locator("#tick-all").check()
    page.locator(".bulk-menu summary").click()


def making_a_token(page: Page) -> None:
    page.locator("input[name=name]").fill("Import")
    page.locator("main form button.btn-primary").click()
    expect(page.locator("#secret")).to_be_visible()


def adding_a_webhook(page: Page) -> None:
    page.locator("input[name=url]").fill("https://example.com/told")
    page.locator("main form button.btn-primary").click()
    expect(page.locator("#secret")).to_be_visible()


def visitor_acts() -> dict[str, tuple[str, Act]]:
    return {
        "login-mistaken": ("login", mistaken_sign_in),
        "login-second-step": ("login", first_step),
        "signup-mistaken": ("signup", mistaken_sign_up),
        "menu-language": ("landing", opening("summary:has(use[href*=globe])")),
        "menu-theme": ("landing", opening("summary[aria-label=Theme], summary[aria-label=Tema]")),
    }


def member_acts(folder: Path) -> dict[str, tuple[str, Act]]:
    return {
        "submit-chosen": ("submit", choosing(folder)),
        "jobs-filters": ("jobs", opening(".filters-more summary")),
        "jobs-ticked": ("jobs", ticking),
        "selected-delete": ("jobs-list", pressing("delete")),
        "selected-rerun": ("jobs-list", pressing("rerun")),
        "selected-correct": ("jobs-list", pressing("correct")),
        "job-all": ("job", opening_all),
        "menu-account": ("submit", opening("summary:has(use[href*=person])")),
        "token-made": ("tokens", making_a_token),
        "webhook-added": ("webhooks", adding_a_webhook),
        "webhook-log": ("webhook", opening_all),
    }
