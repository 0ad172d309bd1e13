"""What people do on the site, by what they see and press."""

import itertools
import re
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

PASSWORD = "correct horse battery"
_numbers = itertools.count(1)


def new_address() -> str:
    """Return an e-mail address that nobody has used."""
    return f"person{next(_numbers)}@example.com"


def sign_up(page: Page, url: str, email: str | None = None) -> str:
    """Create an account and return its address; the page is then the submit page."""
    email = email or new_address()
    page.goto(f"{url}/accounts/signup/")
    page.locator("input[name=email]").fill(email)
    choose_password(page)
    expect(page.locator("[data-submit]")).to_be_visible()
    return email


def choose_password(page: Page) -> None:
    """Send off the form of a new account."""
    page.locator("input[name=password1]").fill(PASSWORD)
    page.locator("input[name=password2]").fill(PASSWORD)
    page.locator("main form button[type=submit]").click()


def sign_in(page: Page, url: str, email: str, password: str = PASSWORD) -> None:
    """Sign in; the page is then the submit page."""
    page.goto(f"{url}/accounts/login/")
    page.locator("input[name=login]").fill(email)
    page.locator("input[name=password]").fill(password)
    page.locator("main form button[type=submit]").click()
    expect(page.locator("[data-submit]")).to_be_visible()


def sign_out(page: Page, url: str) -> None:
    """Sign out; the page is then the landing page."""
    page.goto(f"{url}/accounts/logout/")
    page.locator("main form button").click()
    expect(page.locator(".hero")).to_be_visible()


def choose(page: Page, files: Sequence[Path]) -> None:
    """Pick files with the file dialog."""
    page.locator("input[type=file][name=images]").set_input_files(list(files))


def classify(page: Page) -> None:
    """Press the button of the submit page and wait for the page of the job or batch."""
    press_classify(page)
    page.wait_for_url(re.compile(r"/(jobs|batches)/[0-9a-f-]{36}/"))


def press_classify(page: Page) -> None:
    """Press the button of the submit page."""
    page.locator("[data-submit] button[type=submit]").click()


def submit(page: Page, files: Sequence[Path]) -> None:
    """Hand in files."""
    choose(page, files)
    classify(page)


def wait_for_result(page: Page) -> None:
    """Wait until a job's page shows its classes."""
    expect(page.locator(".predictions .prediction").first).to_be_visible()


def wait_for_batch(page: Page) -> None:
    """Wait until all jobs of a batch have ended."""
    expect(page.locator("#batch[hx-get]")).to_have_count(0)


def tiles(page: Page, state: str = "") -> Locator:
    """Return the chosen pictures of the submit page, all or those in a state."""
    return page.locator(f".chosen-file[data-state={state}]" if state else ".chosen-file")


def ask_why(page: Page) -> None:
    """Ask on a job's page what led to the result, and wait for the answer."""
    page.locator("#why form button").click()
    expect(page.locator("#why-switch")).to_be_visible(timeout=60_000)  # a hundred predictions


def share(page: Page) -> str:
    """Make a link to a job's result and return it."""
    page.locator("#share select + button").click()
    return page.locator("#share .link input").first.input_value()


def correct(page: Page, words: str, name: str) -> None:
    """Say on a job's page that it is wrong, and which class is right."""
    page.locator("#feedback a").first.click()
    page.locator("#class-query").press_sequentially(words)
    page.locator("#choices .choice", has=page.get_by_text(name, exact=True)).click()
    expect(page.locator("#feedback-title")).to_contain_text(name)


def speak(page: Page, language: str) -> None:
    """Choose another language in the header."""
    choice = page.locator(f"button[name=language][value={language}]")
    page.locator("details.menu", has=choice).locator("summary").click()
    choice.click()
    expect(page.locator("html")).to_have_attribute("lang", language)


def paint(page: Page, theme: str) -> None:
    """Choose a theme in the header."""
    choice = page.locator(f"button[name=theme][value={theme}]")
    page.locator("details.menu", has=choice).locator("summary").click()
    choice.click()
    expect(page.locator("html")).to_have_attribute("data-theme", theme)
