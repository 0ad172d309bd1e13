"""From a new account to a result, as people go."""

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser import person
from tests.browser.conftest import Member
from tests.browser.marks import ON_THE_SITE
from tests.browser.photographs import photograph, write
from tests.project.test_run import Site

pytestmark = ON_THE_SITE


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


HORSE = "horse.png"
"""The silhouette of a horse, in which the model sees a dog: something to correct."""


def mixed_files(folder: Path) -> list[Path]:
    """Return twenty photographs and ten files that are none, or damaged."""
    names = [HORSE, *("coffee.png", "chelsea.png", "rocket.jpg") * 7][:20]
    good = [
        write(folder, f"photo{number}.jpg", photograph(name, width=400 - number))
        for number, name in enumerate(names)
    ]
    bad = {
        "empty.jpg": b"",
        "notes.txt": b"not a picture",
        "page.png": b"<html>",
        "drawing.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        "animation.gif": b"GIF89a" + bytes(100),
        "tiny.png": photograph(width=4, form="PNG"),
        "half.jpg": photograph()[:5000],
        "half.png": photograph(form="PNG")[:5000],
        "half.webp": photograph(form="WEBP")[:5000],
        "header.jpg": photograph()[:700],
    }
    return good + [write(folder, name, content) for name, content in bad.items()]


def test_thirty_files_then_the_page_is_closed_and_the_results_are_elsewhere(
    site: Site,
    visitor: Callable[..., BrowserContext],
    keep: Callable[[Page, str], None],
    tmp_path: Path,
) -> None:
    page = visitor().new_page()
    email = person.sign_up(page, site.url)
    person.choose(page, mixed_files(tmp_path))
    expect(person.tiles(page)).to_have_count(30)
    expect(person.tiles(page, "wrong")).to_have_count(6)
    keep(page, "submit-30-en-1280")
    person.classify(page)
    batch = page.url
    page.close()

    elsewhere = visitor(width=390, language="es").new_page()
    person.sign_in(elsewhere, site.url, email)
    person.speak(elsewhere, "es")
    elsewhere.goto(batch)
    person.wait_for_batch(elsewhere)
    expect(elsewhere.locator(".state-succeeded").first).to_contain_text("20")
    expect(elsewhere.locator(".state-failed").first).to_contain_text("4")
    keep(elsewhere, "batch-30-es-390")
    find_correct_export_share_and_delete(elsewhere, site, visitor, keep)


def find_correct_export_share_and_delete(
    page: Page,
    site: Site,
    visitor: Callable[..., BrowserContext],
    keep: Callable[[Page, str], None],
) -> None:
    """Do with the results of the batch, in Spanish and on a phone, what people do with results."""
    page.goto(f"{site.url}/jobs/")
    page.locator("input[name=q]").fill("perro")
    page.keyboard.press("Enter")
    expect(page.locator("#rows > li")).to_have_count(1)
    keep(page, "jobs-perro-es-390")
    page.locator("#rows > li a").first.click()
    job = page.url
    person.correct(page, "caballo", "caballo alazán")
    link = person.share(page)
    keep(page, "job-corrected-es-390")

    page.goto(f"{site.url}/jobs/?view=list")
    page.locator("#tick-all").check()
    page.locator(".bulk-menu summary").click()
    with page.expect_download() as download:
        page.locator("button[name=action][value=csv]").click()
    with download.value.path().open(encoding="utf-8-sig", newline="") as file:
        table = list(csv.DictReader(file))
    assert len(table) == 24
    assert any("caballo alazán" in row.values() for row in table)

    guest = visitor(language="en").new_page()
    guest.goto(link)
    expect(guest.locator(".prediction")).to_have_count(5)
    keep(guest, "shared-en-1280")
    page.goto(f"{job}delete")
    page.locator("button.btn-danger").click()
    page.wait_for_url(re.compile("/batches/"))
    assert page.goto(job) is not None
    expect(page.locator(".centred-code")).to_have_text("404")
    guest.reload()
    expect(guest.locator(".prediction")).to_have_count(0)


def test_why_is_asked_and_drawn_on_the_picture(
    site: Site, member: Member, visitor: Callable[..., BrowserContext]
) -> None:
    page = visitor(state=member.state).new_page()
    page.goto(f"{site.url}{member.job}")
    person.ask_why(page)
    expect(page.locator(".heat-map")).to_be_visible()
    page.get_by_role("switch", name="Show on the picture").uncheck()
    expect(page.locator(".heat-map")).to_be_hidden()


def test_it_works_without_javascript(
    site: Site, visitor: Callable[..., BrowserContext], tmp_path: Path
) -> None:
    page = visitor(javascript=False, width=390).new_page()
    page.goto(f"{site.url}/examples/cat/")
    expect(page.locator(".prediction-name").first).to_have_text("Egyptian cat")
    person.sign_up(page, site.url)
    person.submit(page, [write(tmp_path, "cup.jpg", photograph("coffee.png"))])
    person.wait_for_result(page)  # the page loads itself anew until then
    page.goto(f"{site.url}/jobs/")
    expect(page.locator("main")).to_contain_text("espresso")
    page.goto(site.url)
    person.submit(page, [write(tmp_path, f"{name}.jpg", photograph()) for name in ("a", "b")])
    expect(page.locator("h1")).to_contain_text("2")
