"""Who is let in, how they prove who they are, and how they are shut out, in a real browser."""

import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, expect

from accounts.services import DEMO_ADMIN_EMAIL
from tests.browser import person
from tests.browser.conftest import running
from tests.browser.marks import ON_THE_SITE
from tests.browser.photographs import photograph, write
from tests.project.test_run import Site

pytestmark = [*ON_THE_SITE, pytest.mark.slow]


def add_device(page: Page) -> tuple[CDPSession, str]:
    """Give a browser a device that holds passkeys and says yes; return it with its id."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options: dict[str, Any] = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    added = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return devtools, added["authenticatorId"]


def code_for(secret: str) -> str:
    """Return what an authenticator app shows."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def last_link(site: Site, kind: str) -> str:
    """Return the link of the last such message, which a site without a mail server prints."""
    return str(re.findall(rf"http\S+/accounts/{kind}/\S+", site.output())[-1])


def forget_used_codes(site: Site) -> None:
    """Have a code let in again, which does so once: that is, not wait for the next one."""
    path = site.data / "vitrina.sqlite3"
    with closing(sqlite3.connect(path, timeout=20)) as database, database:
        database.execute("DELETE FROM cache WHERE cache_key LIKE '%totp.used%'")


@pytest.fixture(scope="session")
def guarded(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory, models_dir: Path
) -> Iterator[Site]:
    """A site that lets in who is invited, and after a look whoever else signs up."""
    data = tmp_path_factory.mktemp("guarded")
    (data / "models").symlink_to(models_dir)
    with running(Site(data, SIGN_UP="approval")) as site:
        yield site


def administer(site: Site, visitor: Callable[..., BrowserContext]) -> Page:
    """Sign in as the administrator whom a site begins with."""
    page = visitor().new_page()
    password = (site.data / "demo-password").read_text().strip()
    person.sign_in(page, site.url, DEMO_ADMIN_EMAIL, password)
    return page


def invite(page: Page, site: Site) -> str:
    """Invite somebody in the admin and return their address."""
    email = person.new_address()
    page.goto(f"{site.url}/admin/accounts/invitation/add/")
    page.locator("input[name=email]").fill(email)
    page.locator("button[name=_save]").click()
    expect(page.locator("#result_list")).to_contain_text(email)
    return email


def act(page: Page, url: str, email: str, action: str) -> None:
    """Do something to one user in the admin's list."""
    page.goto(f"{url}/admin/accounts/user/?q={email}")
    page.locator("input[name=_selected_action]").check()
    page.locator("select[name=action]").select_option(action)
    page.locator("button[name=index]").click()
    expect(page.get_by_text("Done for 1 account.")).to_be_visible()


def pause(page: Page, url: str, action: str) -> None:
    """Pause or resume classification in the console."""
    page.goto(f"{url}/console/")
    page.locator(f"button[name=action][value={action}]").first.click()


def make_token(page: Page, url: str) -> str:
    """Make a token on its page, which asks for the password in between."""
    page.goto(f"{url}/accounts/tokens/")
    page.locator("input[name=name]").fill("Import")
    page.locator("main form button.btn-primary").click()
    page.locator("input[name=password]").fill(person.PASSWORD)
    page.locator("main form button[type=submit]").first.click()
    return page.locator("#secret").input_value()


def job_asked_for(site: Site, token: str, job: str) -> httpx.Response:
    """Ask by the API for a job."""
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.get(f"{site.url}/api/v1/jobs/{job}", headers=headers)


def add_app(page: Page, url: str) -> tuple[str, str, str]:
    """Set up an authenticator app; return its secret, the code used, and a recovery code."""
    page.goto(f"{url}/accounts/2fa/totp/activate/")
    page.locator("input[name=password]").fill(person.PASSWORD)
    page.locator("main form button[type=submit]").first.click()
    secret = page.locator("#secret").input_value()
    code = code_for(secret)
    send_code(page, code)
    expect(page.locator(".codes li")).to_have_count(10)
    return secret, code, re.findall(r"\d{8}", page.locator(".codes").inner_text())[0]


def knock(page: Page, url: str, email: str) -> None:
    """Enter address and password, whatever comes of it."""
    page.goto(f"{url}/accounts/login/")
    page.locator("input[name=login]").fill(email)
    page.locator("input[name=password]").fill(person.PASSWORD)
    page.locator("main form button[type=submit]").click()


def first_step(page: Page, url: str, email: str) -> None:
    """Enter address and password; the page is then that of the second step."""
    knock(page, url, email)
    expect(page.locator("input[name=code]")).to_be_visible()


def send_code(page: Page, code: str) -> None:
    page.locator("input[name=code]").fill(code)
    page.locator("input[name=code]").press("Enter")


def test_second_steps_from_an_invitation_to_a_lost_device(
    guarded: Site, visitor: Callable[..., BrowserContext]
) -> None:
    url = guarded.url.replace("127.0.0.1", "localhost")  # passkeys belong to a name
    administrator = administer(guarded, visitor)
    page = visitor().new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    devtools, device = add_device(page)
    email = invite(administrator, guarded)
    page.goto(last_link(guarded, "invitation").replace("127.0.0.1", "localhost"))
    expect(page.locator("input[name=email]")).to_have_value(email)
    person.choose_password(page)
    expect(page.locator("[data-submit]")).to_be_visible()

    secret, first, recovery = add_app(page, url)
    page.goto(f"{url}/accounts/2fa/webauthn/add/")
    page.locator("#add-passkey").click()
    expect(page.get_by_text("The passkey is added.")).to_be_visible()

    person.sign_out(page, url)
    first_step(page, url, email)
    page.locator("#use-passkey").click()
    expect(page.locator("[data-submit]")).to_be_visible()

    person.sign_out(page, url)
    page.goto(f"{url}/accounts/login/")
    page.locator("#use-passkey").click()
    expect(page.locator("[data-submit]")).to_be_visible()

    devtools.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": device})
    assert not complaints  # of the content security policy, for instance
    person.sign_out(page, url)
    first_step(page, url, email)
    send_code(page, recovery)
    expect(page.locator("[data-submit]")).to_be_visible()

    person.sign_out(page, url)
    first_step(page, url, email)
    if code_for(secret) == first:
        forget_used_codes(guarded)
    send_code(page, code_for(secret))
    expect(page.locator("[data-submit]")).to_be_visible()
    assert "Two-step sign-in: a passkey was added" in guarded.output()

    # All is lost, the codes too: an administrator helps.
    act(administrator, guarded.url, email, "remove_factors")
    person.sign_out(page, url)
    person.sign_in(page, url, email)


def test_who_is_approved_can_sign_in_and_who_is_disabled_has_nothing_left(
    guarded: Site, visitor: Callable[..., BrowserContext], tmp_path: Path
) -> None:
    administrator = administer(guarded, visitor)
    page = visitor(width=390, language="es").new_page()
    email = person.new_address()
    page.goto(f"{guarded.url}/accounts/signup/")
    page.locator("input[name=email]").fill(email)
    person.choose_password(page)
    page.goto(last_link(guarded, "confirm-email"))
    page.locator("main form button[type=submit]").click()
    knock(page, guarded.url, email)
    expect(page.locator("h1")).to_have_text("Tu cuenta espera la aprobación")

    act(administrator, guarded.url, email, "approve")
    person.sign_in(page, guarded.url, email)
    token = make_token(page, guarded.url)
    pause(administrator, guarded.url, "pause")
    try:
        page.goto(guarded.url)
        person.submit(page, [write(tmp_path, "coffee.jpg", photograph("coffee.png"))])
        job = page.url.rstrip("/").rpartition("/")[2]
        assert job_asked_for(guarded, token, job).json()["status"] == "queued"

        act(administrator, guarded.url, email, "disable")
        # The page asks for its job from time to time, and so learns that it is shut out.
        expect(page.locator("input[name=password]")).to_be_visible(timeout=30_000)
        answer = job_asked_for(guarded, token, job)
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")
        administrator.goto(f"{guarded.url}/admin/worker/job/?q={job}")
        expect(administrator.locator("#result_list tbody tr")).to_contain_text("canceled")
        knock(page, guarded.url, email)
        expect(page.locator("h1")).to_have_text("Esta cuenta está cerrada")
    finally:
        pause(administrator, guarded.url, "resume")


def test_a_device_that_says_no_is_told_of(
    site: Site, visitor: Callable[..., BrowserContext]
) -> None:
    url = site.url.replace("127.0.0.1", "localhost")
    page = visitor(language="es").new_page()
    devtools, device = add_device(page)
    devtools.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    page.goto(f"{url}/accounts/login/")
    page.locator("#use-passkey").click()
    expect(page.get_by_text("No ha funcionado. Inténtalo de nuevo.")).to_be_visible()
