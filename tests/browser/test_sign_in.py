"""Second steps in a real browser with a virtual device, from sign-up to a lost device."""

import re
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import BrowserContext, CDPSession, Page, expect

from tests.browser import person
from tests.browser.marks import ON_THE_SITE
from tests.project.test_run import Site

pytestmark = ON_THE_SITE


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


def confirmation(site: Site) -> str:
    """Return the link of the last message, which a site without a mail server prints."""
    return str(re.findall(r"http\S+/accounts/confirm-email/\S+", site.output())[-1])


def forget_used_codes(site: Site) -> None:
    """Have a code let in again, which does so once: that is, not wait for the next one."""
    path = site.data / "vitrina.sqlite3"
    with closing(sqlite3.connect(path, timeout=20)) as database, database:
        database.execute("DELETE FROM cache WHERE cache_key LIKE '%totp.used%'")


def first_step(page: Page, url: str, email: str) -> None:
    """Enter address and password; the page is then that of the second step."""
    page.goto(f"{url}/accounts/login/")
    page.locator("input[name=login]").fill(email)
    page.locator("input[name=password]").fill(person.PASSWORD)
    page.locator("main form button[type=submit]").click()
    expect(page.locator("input[name=code]")).to_be_visible()


def send_code(page: Page, code: str) -> None:
    page.locator("input[name=code]").fill(code)
    page.locator("input[name=code]").press("Enter")


def test_second_steps_from_sign_up_to_a_lost_device(
    site: Site, visitor: Callable[..., BrowserContext]
) -> None:
    url = site.url.replace("127.0.0.1", "localhost")  # passkeys belong to a name
    page = visitor().new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    devtools, device = add_device(page)
    email = person.sign_up(page, url)
    page.goto(confirmation(site))
    page.locator("main form button[type=submit]").click()
    expect(page.get_by_text(f"{email} is confirmed.")).to_be_visible()

    page.goto(f"{url}/accounts/2fa/totp/activate/")
    page.locator("input[name=password]").fill(person.PASSWORD)
    page.locator("main form button[type=submit]").first.click()
    secret = page.locator("#secret").input_value()
    first = code_for(secret)
    send_code(page, first)
    expect(page.locator(".codes li")).to_have_count(10)
    recovery = re.findall(r"\d{8}", page.locator(".codes").inner_text())[0]

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
        forget_used_codes(site)
    send_code(page, code_for(secret))
    expect(page.locator("[data-submit]")).to_be_visible()
    assert "Two-step sign-in: a passkey was added" in site.output()


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
