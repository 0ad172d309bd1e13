"""All the ways in which pictures reach the site, and what may go wrong on the way."""

import base64
import io
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Dialog, Page, Route, expect

from tests.browser import person
from tests.browser.conftest import Open
from tests.browser.marks import ON_THE_SITE
from tests.browser.photographs import photograph, write
from tests.project.test_run import Site

pytestmark = [*ON_THE_SITE, pytest.mark.slow]

HAND_OVER = """([selector, kind, files]) => {
  const transfer = new DataTransfer();
  for (const [name, content] of files) {
    const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
    transfer.items.add(new File([bytes], name, { type: "image/jpeg" }));
  }
  const more = kind === "paste" ? { clipboardData: transfer } : { dataTransfer: transfer };
  const Kind = kind === "paste" ? ClipboardEvent : DragEvent;
  document.querySelector(selector).dispatchEvent(new Kind(kind, { bubbles: true, ...more }));
}"""


@pytest.fixture
def page(signed_in: Open, site: Site) -> Page:
    page = signed_in()
    # Choosers are caught from the start: asked for together with the key that opens one, it may
    # open first.
    page.on("filechooser", lambda _: None)
    page.goto(site.url)
    return page


def hand_over(page: Page, kind: str, *names: str) -> None:
    content = base64.b64encode(photograph(width=200)).decode()
    page.evaluate(HAND_OVER, [".drop", kind, [[name, content] for name in names]])


def test_previews_appear_at_once_and_can_be_taken_away(page: Page, tmp_path: Path) -> None:
    person.choose(page, [write(tmp_path, f"{name}.jpg", photograph(width=200)) for name in "ab"])
    expect(page.locator(".chosen-picture canvas")).to_have_count(2)
    person.choose(page, [tmp_path / "a.jpg", write(tmp_path, "c.jpg", photograph())])
    expect(person.tiles(page)).to_have_count(3)
    expect(page.locator("[data-status]")).to_contain_text("Chosen: 3")
    page.get_by_role("button", name="Remove b.jpg").press("Enter")
    expect(person.tiles(page)).to_have_count(2)
    expect(page.get_by_role("button", name="Remove c.jpg")).to_be_focused()


def test_every_button_is_there_before_the_scripts_are(signed_in: Open, site: Site) -> None:
    page = signed_in()
    page.route("**/js/submit/*.js", lambda route: route.abort())
    page.goto(site.url)
    for name in ("Choose a folder", "Take a photograph"):  # or what is below them would move
        expect(page.get_by_role("button", name=name)).to_be_visible()


def test_who_chooses_before_the_scripts_are_there_loses_nothing(
    signed_in: Open, site: Site, tmp_path: Path
) -> None:
    page = signed_in()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/js/submit/main.js", hold)
    page.goto(site.url, wait_until="commit")
    person.choose(page, [write(tmp_path, "a.jpg", photograph(width=200))])
    expect(person.tiles(page)).to_have_count(0)
    held[0].continue_()
    expect(person.tiles(page, "ready")).to_have_count(1)


def test_files_are_dropped_and_pasted(page: Page) -> None:
    hand_over(page, "drop", "one.jpg", "two.jpg")
    expect(person.tiles(page, "ready")).to_have_count(2)
    hand_over(page, "paste", "three.jpg")
    expect(person.tiles(page, "ready")).to_have_count(3)


def test_a_folder_is_taken_with_what_is_in_it(page: Page, tmp_path: Path) -> None:
    for name in ("album/a.jpg", "album/deep/a.jpg", "album/.hidden"):
        write(tmp_path, name, photograph(width=100))
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a folder").click()
    chooser.value.set_files(tmp_path / "album")
    expect(person.tiles(page, "ready")).to_have_count(2)


def test_a_folder_is_dropped_with_what_is_in_it(page: Page, tmp_path: Path) -> None:
    for name in ("album/a.jpg", "album/deep/a.jpg", "album/.hidden", "album/deep/er/c.jpg"):
        write(tmp_path, name, photograph(width=100))
    place = page.locator(".drop").bounding_box()
    assert place is not None
    devtools = page.context.new_cdp_session(page)  # a script cannot make up a folder
    dragged = {"items": [], "files": [str(tmp_path / "album")], "dragOperationsMask": 1}
    where = {"x": place["x"] + 20, "y": place["y"] + 20, "data": dragged}
    for kind in ("dragEnter", "dragOver", "drop"):
        devtools.send("Input.dispatchDragEvent", {"type": kind, **where})
    expect(person.tiles(page, "ready")).to_have_count(3)


def test_a_photograph_is_taken_on_a_laptop(page: Page) -> None:
    page.get_by_role("button", name="Take a photograph").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Take it").click()
    expect(dialog).to_be_hidden()
    expect(person.tiles(page, "ready")).to_have_count(1)
    person.classify(page)
    person.wait_for_result(page)


def test_a_photograph_is_taken_on_a_phone(signed_in: Open, site: Site, tmp_path: Path) -> None:
    page = signed_in(width=390)
    page.goto(site.url)
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Take a photograph").click()
    assert chooser.value.element.get_attribute("capture") == "environment"
    chooser.value.set_files(write(tmp_path, "photo.jpg", photograph()))
    expect(person.tiles(page, "ready")).to_have_count(1)


def test_an_example_is_a_picture_like_any_other(page: Page) -> None:
    page.locator("[data-example]").first.click()
    expect(person.tiles(page, "ready")).to_have_count(1)
    person.classify(page)
    person.wait_for_result(page)
    expect(page.locator(".prediction-name").first).to_have_text("espresso")


def test_what_is_no_picture_is_said_before_anything_is_sent(page: Page, tmp_path: Path) -> None:
    person.choose(page, [write(tmp_path, "notes.txt", b"hello"), write(tmp_path, "no.jpg", b"")])
    problems = person.tiles(page, "wrong").locator(".chosen-note")
    expect(problems).to_have_text(
        ["This is not a JPEG, PNG or WebP picture.", "The file is empty."],
    )
    person.press_classify(page)
    expect(page.locator("[data-status]")).to_have_text("Choose at least one picture.")


def test_an_address_that_is_not_public_is_told_on_its_tile(page: Page) -> None:
    page.locator("input[name=image_url]").fill("http://127.0.0.1/cup.jpg")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(person.tiles(page, "ready")).to_have_count(1)
    person.press_classify(page)
    note = person.tiles(page, "wrong").locator(".chosen-note")
    expect(note).to_have_text("Addresses like this one are not opened.")


def large_photograph() -> bytes:
    """Return what a phone that was held upright stores: lying, with a note to turn it."""
    image = Image.open(io.BytesIO(photograph("coffee.png"))).resize((3000, 2000))
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=95, exif=exif)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("original", "size"), [(False, (1365, 2048)), (True, (3000, 2000))], ids=["scaled", "kept"]
)
def test_large_photographs_are_scaled_down_unless_one_wants_the_original(
    page: Page, tmp_path: Path, original: bool, size: tuple[int, int]
) -> None:
    person.choose(page, [write(tmp_path, "phone.jpg", large_photograph())])
    page.get_by_label("Send the original files").set_checked(original)
    person.classify(page)
    person.wait_for_result(page)
    expect(page.locator("main")).to_contain_text(re.compile(rf"{size[0]}.{{3}}{size[1]}"))
    shown = page.locator(".job-picture img")
    assert shown.evaluate("image => image.decode().then(() => image.naturalHeight)") == 1024


def test_a_lost_connection_is_told_and_the_upload_goes_on_by_itself(
    page: Page, tmp_path: Path
) -> None:
    person.choose(page, [write(tmp_path, f"{name}.jpg", photograph()) for name in "ab"])
    page.context.set_offline(True)
    person.press_classify(page)
    expect(page.locator("[data-status]")).to_contain_text("There is no connection.")
    page.context.set_offline(False)
    page.wait_for_url(re.compile("/batches/"))
    person.wait_for_batch(page)


def test_one_that_fails_is_retried_alone(page: Page, tmp_path: Path) -> None:
    def cut(route: Route) -> None:
        if b'filename="b.jpg"' in (route.request.post_data_buffer or b""):
            route.fulfill(status=403, body="")
        else:
            route.continue_()

    page.route("**/submit/batch/*", cut)
    person.choose(page, [write(tmp_path, f"{name}.jpg", photograph()) for name in "abc"])
    person.press_classify(page)
    failed = person.tiles(page, "failed")
    expect(failed).to_have_count(1)
    expect(person.tiles(page, "sent")).to_have_count(2)
    expect(page.get_by_role("link", name="Go on to the others")).to_be_visible()
    page.unroute("**/submit/batch/*")
    failed.get_by_role("button", name="Retry b.jpg").click()
    page.wait_for_url(re.compile("/batches/"))
    expect(page.locator("h1")).to_contain_text("3")


def test_closing_the_page_while_it_sends_asks_first(page: Page, tmp_path: Path) -> None:
    asked: list[str] = []

    def refuse(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", refuse)
    page.route("**/submit/picture", lambda route: None)  # never answers
    person.choose(page, [write(tmp_path, "a.jpg", photograph())])
    person.press_classify(page)
    expect(person.tiles(page, "sending")).to_have_count(1)
    page.goto(f"{page.url}jobs/")
    assert asked == ["beforeunload"]


def test_all_of_it_works_by_keyboard(page: Page, tmp_path: Path) -> None:
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/#main")
    page.keyboard.press("Tab")
    expect(page.locator("input[name=images]")).to_be_focused()
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files(write(tmp_path, "cup.jpg", photograph("coffee.png")))
    expect(person.tiles(page, "ready")).to_have_count(1)
    page.locator("[name=top_k]").press("Enter")
    page.wait_for_url(re.compile("/jobs/"))
    person.wait_for_result(page)
