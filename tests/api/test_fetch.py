"""The guard that opens users' addresses, with real servers on this machine as the private ones."""

import ipaddress
import shutil
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.api.receiver import certificate, receiver
from worker.fetch import FetchError, fetch, is_public

HERE = {"127.0.0.1"}


def refusal(url: str, **options: Any) -> tuple[str, str]:
    with pytest.raises(FetchError) as caught:
        fetch(url, **({"max_bytes": 1000, "seconds": 2} | options))
    return caught.value.code, caught.value.reason


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "0.0.0.0",  # noqa: S104 - an address to refuse
        "0",
    ],
)
def test_no_form_of_this_machine_is_connected_to(host: str) -> None:
    with receiver() as (port, requests):
        code, _ = refusal(f"http://{host}:{port}/")
        assert code == "url_refused"
        assert requests == []


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "168.63.129.16",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "192.88.99.1",
        "fe80::1",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "::",
        "2001::1",
        "2001:db8::1",
        "64:ff9b::a9fe:a9fe",
        "::ffff:8.8.8.8",
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))
    host = f"[{address}]" if ":" in address else address
    assert refusal(f"http://{host}/")[0] == "url_refused"


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111"])
def test_addresses_that_are(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "http://",
        "http://user@example.com/",
        "http://user:password@example.com/",
        "http://example.com:22/",
        "http://example.com:x/",
        "http://example.com:99999/",
        "http://exa mple.com/",
        "http://example.com/\r\nHost: evil",
        "http://bücher.example/",
        "http://[fe80::1%25eth0]/",
        "http://[",
        "http://example.com/" + "x" * 2000,
    ],
)
def test_what_is_no_web_address(url: str) -> None:
    assert refusal(url)[0] == "url_refused"


def test_a_name_with_one_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*_: Any, **__: Any) -> list[Any]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80))
            for address in ("8.8.8.8", "127.0.0.1")
        ]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert refusal("http://rebinding.example/") == ("url_refused", "not a public address")


def test_the_checked_address_is_the_one_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that points elsewhere at its second look-up is looked up once."""
    real, asked = socket.getaddrinfo, []

    def resolve(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        if host != "rebinding.example":
            return real(host, port, *args, **kwargs)
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with receiver() as (port, requests):
        answer = fetch(
            f"http://rebinding.example:{port}/a?b=c", max_bytes=99, seconds=2, allow=HERE
        )
    assert (answer.status, answer.body) == (200, b"ok")
    assert asked == ["rebinding.example"]
    method, path, headers, _ = requests[0]
    assert (method, path, headers["Host"]) == ("GET", "/a?b=c", f"rebinding.example:{port}")


def test_a_redirect_is_not_followed() -> None:
    with receiver() as (inner, requests):
        elsewhere = {"Location": f"http://127.0.0.1:{inner}/"}
        with receiver((302, elsewhere, b"")) as (port, _):
            answer = fetch(f"http://127.0.0.1:{port}/", max_bytes=99, seconds=2, allow=HERE)
    assert answer.status == 302
    assert requests == []


@pytest.mark.parametrize("headers", [{}, {"Content-Length": "5000"}])
def test_too_much_is_not_read(headers: dict[str, str]) -> None:
    with receiver((200, headers, bytes(5000))) as (port, _):
        url = f"http://127.0.0.1:{port}/"
        assert refusal(url, allow=HERE)[0] == "too_large"
        answer = fetch(url, max_bytes=1000, cut=True, seconds=2, allow=HERE)
    assert len(answer.body) == 1000


def test_a_server_that_drips_is_cut_off() -> None:
    with receiver((200, {}, bytes(1000)), drip=True) as (port, _):
        start = time.monotonic()
        found = refusal(f"http://127.0.0.1:{port}/", seconds=0.4, allow=HERE)
    assert found == ("url_unreachable", "time-out")
    assert time.monotonic() - start < 2


def test_a_server_that_says_nothing_is_cut_off() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        found = refusal(f"http://127.0.0.1:{port}/", seconds=0.3, allow=HERE)
    assert found == ("url_unreachable", "time-out")


def test_what_is_no_http_is_no_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as strange:
        port = strange.getsockname()[1]

        def talk() -> None:
            connection, _ = strange.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"SSH-2.0-OpenSSH\r\n")

        thread = threading.Thread(target=talk)
        thread.start()
        assert refusal(f"http://127.0.0.1:{port}/", allow=HERE)[0] == "url_unreachable"
        thread.join()


def test_names_and_ports_that_do_not_answer() -> None:
    assert refusal("http://nothing.invalid/")[0] == "url_unreachable"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert refusal(f"http://127.0.0.1:{port}/", allow=HERE)[0] == "url_unreachable"


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes its certificates with openssl")
def test_tls_is_for_the_name(tmp_path: Path) -> None:
    serves, trusts = certificate(tmp_path, "localhost")
    with receiver(tls=serves) as (port, requests):
        options: dict[str, Any] = {"max_bytes": 99, "seconds": 2}
        allow = {"127.0.0.1", "::1"}
        # ``localhost`` may be ``::1`` first, where nobody listens.
        if socket.getaddrinfo("localhost", port)[0][4][0] == "127.0.0.1":
            url = f"https://localhost:{port}/"
            assert fetch(url, tls=trusts, allow=allow, **options).status == 200
        else:
            requests.append(("", "", {}, b""))
        assert refusal(f"https://127.0.0.1:{port}/", tls=trusts, allow=HERE)[0] == "url_unreachable"
        assert refusal(f"https://localhost:{port}/", allow=allow)[0] == "url_unreachable"
    assert len(requests) == 1
