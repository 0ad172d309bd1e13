"""What the doctor finds at a site's edges: mail, metrics, disk, and who comes from where."""

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import AuthResult, LoginPassword
from allauth.account.models import EmailAddress
from django.test import Client
from pytest_django import Settings

from accounts.checks import addresses
from project import doctor, environment
from project.doctor import Finding, findings
from tests.chaos.servers import free_port
from tests.factories import PASSWORD, UserFactory
from tests.hosts import authority
from tests.hosts.authority import Authority
from tests.web.test_accounts import sign_in, signed_in

pytestmark = pytest.mark.django_db


def finding(subject: str) -> Finding:
    (found,) = (one for one in findings() if one.subject == subject)
    return found


@pytest.fixture
def mail(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Controller]:
    """A mail server that wants encryption and a password, and the site's settings for it."""
    if not authority.is_possible:
        pytest.skip("no openssl")
    signer = Authority(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*signer.sign("mail", "IP:127.0.0.1"))
    server = Controller(
        Sink(),
        hostname="127.0.0.1",
        port=free_port(),
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=authenticate,
    )
    server.start()
    monkeypatch.setenv("SSL_CERT_FILE", str(signer.certificate))
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_USE_TLS = True
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "site", "hunter2"
    yield server
    server.stop()


def authenticate(*given: object) -> AuthResult:
    told = given[-1]
    right = isinstance(told, LoginPassword) and told.password == b"hunter2"
    return AuthResult(success=right, handled=False)


def test_mail_that_is_taken(mail: Controller) -> None:
    found = finding("e-mail")

    assert (found.well, found.text) == (True, f"goes through 127.0.0.1:{mail.port}")


def test_mail_that_the_server_refuses_to_take_from_us(mail: Controller, settings: Settings) -> None:
    settings.EMAIL_HOST_PASSWORD = "hunter3"

    found = finding("e-mail")

    assert not found.well
    assert "535" in found.text
    assert "Check EMAIL_URL." in found.text
    assert "hunter" not in found.text


def test_mail_to_a_server_that_is_not_who_it_says(
    mail: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")

    found = finding("e-mail")

    assert not found.well
    assert "certificate" in found.text


def test_mail_without_encryption_is_said(mail: Controller, settings: Settings) -> None:
    server = Controller(Sink(), hostname="127.0.0.1", port=free_port())
    server.start()
    settings.EMAIL_PORT, settings.EMAIL_USE_TLS = server.port, False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    try:
        found = finding("e-mail")
    finally:
        server.stop()

    assert found.well
    assert "without encryption" in found.text


@pytest.mark.usefixtures("mail")
def test_mail_to_nobody(settings: Settings) -> None:
    settings.EMAIL_PORT = free_port()

    found = finding("e-mail")

    assert not found.well
    assert "Nobody can confirm an address." in found.text


def test_a_silent_mail_server_is_not_waited_for(mail: Controller, settings: Settings) -> None:
    assert settings.EMAIL_TIMEOUT == 10
    settings.EMAIL_TIMEOUT = 0.2
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.EMAIL_PORT = silent.getsockname()[1]

        found = finding("e-mail")

    assert not found.well
    assert "timed out" in found.text


def test_metrics_that_nobody_may_read(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.METRICS_TOKEN = ""
    assert finding("metrics").well

    monkeypatch.setattr(environment, "METRICS_PORT", 9100)
    found = finding("metrics")
    assert (found.well, found.text) == (
        False,
        "are not served on port 9100: set METRICS_TOKEN too.",
    )

    settings.METRICS_TOKEN = "hunter2"
    found = finding("metrics")
    assert found.well
    assert "hunter2" not in found.text


def test_metrics_that_cannot_be_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    monkeypatch.setattr(environment, "METRICS_DIR", in_the_way / "metrics")

    found = finding("metrics")

    assert not found.well
    assert "Set METRICS_DIR to a folder" in found.text


def test_a_disk_with_little_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "FREE_SPACE_WANTED", 2**60)

    found = finding("disk")

    assert not found.well
    assert "PICTURES_KEPT_DAYS" in found.text


def test_a_disk_on_which_nothing_was_written_yet(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path / "not" / "made"

    found = finding("disk")

    assert f"GB free in {settings.DATA_DIR}" in found.text
    assert not settings.DATA_DIR.exists()


def come(addresses: list[str]) -> None:
    """Sign in somebody from each address, by way of one proxy in front of the site."""
    for address in addresses:
        client = Client(REMOTE_ADDR="172.18.0.5", headers={"x-forwarded-for": address})
        user = UserFactory.create()
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        sign_in(client, user.email, PASSWORD)
        assert signed_in(client)


def test_a_proxy_that_hides_who_comes(settings: Settings) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 0
    come(["203.0.113.5", "198.51.100.7"])
    assert list(addresses()) == []  # two may be a couple

    come(["203.0.113.9"])
    (found,) = addresses()

    assert not found.well
    assert "the last 3 people all came from 172.18.0.5" in found.text
    assert "Set TRUSTED_PROXIES" in found.text


def test_a_proxy_that_says_who_comes(settings: Settings) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    come(["203.0.113.5", "198.51.100.7", "203.0.113.9"])

    (found,) = addresses()

    assert (found.well, found.text) == (True, "3 people are told apart (TRUSTED_PROXIES=1)")
