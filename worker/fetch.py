"""Opens addresses that users give: those on the public internet, and no others.

A name is resolved once, each of its addresses is checked, and the checked address is the one that
is connected to, with the name in TLS and ``Host``: a name that points elsewhere a moment later
changes nothing. Redirects are answers like any other and not followed. Decimal, octal and short
forms of addresses need no care of their own, as the resolver turns them into the real ones.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

MAX_URL = 2000
_PORTS = {"http": 80, "https": 443}
_FIRST_FREE_PORT = 1024
_CHUNK = 64 * 1024
_IPV6_INTERNET = ipaddress.ip_network("2000::/3")
_NOT_FOR_USERS = tuple(
    ipaddress.ip_network(network)
    for network in (
        "168.63.129.16/32",  # a public address that answers inside one cloud only: its metadata
        "192.88.99.0/24",  # relays into IPv6
        "2001::/23",  # Teredo and other protocols that carry IPv4 addresses
        "2002::/16",  # 6to4
    )
)
_USER_AGENT = "Vitrina"

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class FetchError(Exception):
    """An address that is not opened, or does not answer.

    :ivar code: ``url_refused``, ``url_unreachable`` or ``too_large``.
    """

    def __init__(self, code: str, reason: str) -> None:
        self.code = code
        self.reason = reason
        super().__init__(f"{code}: {reason}")


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def fetch(  # noqa: PLR0913 - keyword-only
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    max_bytes: int,
    cut: bool = False,
    seconds: float,
    allow: Collection[str] = (),
    tls: ssl.SSLContext | None = None,
) -> Answer:
    """Send one request and return what is answered, whatever its status.

    :param max_bytes: of the answer's body; what is longer is refused while it is read, or with
        ``cut`` only its beginning is returned.
    :param seconds: for everything together, so that no server can drip its answer for ever.
    :param allow: addresses that are opened although they are private. For tests.
    :param tls: other trust than the system's. For tests.
    :raises FetchError: when it is refused, does not answer in time, or answers too much.
    """
    parts = parse(url, allow)
    end = time.monotonic() + seconds
    address = _resolve(parts, allow)
    connection = _Connection(parts, address, seconds, tls)
    watch = threading.Timer(max(0.0, end - time.monotonic()), connection.cut_off)
    watch.daemon = True
    watch.start()
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, body, _headers(headers))
        with connection.getresponse() as response:
            content = _read(response, max_bytes, cut=cut)
            answer = Answer(response.status, dict(response.getheaders()), content)
    except (OSError, http.client.HTTPException, ValueError) as error:
        too_long = connection.was_cut_off or isinstance(error, TimeoutError)
        reason = "time-out" if too_long else type(error).__name__
        raise FetchError("url_unreachable", reason) from error
    finally:
        watch.cancel()
        connection.close()
    if connection.was_cut_off:  # what was read until then is not all
        raise FetchError("url_unreachable", "time-out")
    return answer


def parse(url: str, allow: Collection[str] = ()) -> SplitResult:
    """Return the parts of an address that may be opened, as far as one sees without resolving.

    :raises FetchError: when it may not.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError as error:
        raise FetchError("url_refused", "malformed") from error
    if len(url) > MAX_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise FetchError("url_refused", "malformed")
    if parts.scheme not in _PORTS or not parts.hostname or "%" in parts.hostname:
        raise FetchError("url_refused", "not a web address")
    if parts.username is not None or parts.password is not None:
        raise FetchError("url_refused", "credentials in the address")
    if port < _FIRST_FREE_PORT and port not in _PORTS.values():
        raise FetchError("url_refused", f"port {port}")
    literal = _literal(parts.hostname)
    if literal is not None and str(literal) not in allow and not is_public(literal):
        raise FetchError("url_refused", "not a public address")
    return parts


def is_public(address: Address) -> bool:
    """Tell whether an address is one of the public internet.

    Of IPv6 only what is given out for that: no mapped or translated IPv4 (``::ffff:0:0/96``,
    ``64:ff9b::/96``), nothing local.
    """
    if isinstance(address, ipaddress.IPv6Address) and address not in _IPV6_INTERNET:
        return False
    if any(address in network for network in _NOT_FOR_USERS):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _literal(host: str) -> Address | None:
    """Return the address that a host is, if it is written as one, in whatever form."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    try:  # decimal, octal, hexadecimal and short forms
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except OSError:
        return None


def _resolve(parts: SplitResult, allow: Collection[str]) -> str:
    """Return an address of the host, after all of its addresses have been checked."""
    host, port = str(parts.hostname), parts.port or _PORTS[parts.scheme]
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FetchError("url_unreachable", "the name is unknown") from error
    addresses = [str(entry[4][0]) for entry in found]
    for address in addresses:
        if address not in allow and not is_public(ipaddress.ip_address(address)):
            raise FetchError("url_refused", "not a public address")
    return addresses[0]


def _headers(headers: Mapping[str, str] | None) -> dict[str, str]:
    return {
        "User-Agent": _USER_AGENT,
        "Accept-Encoding": "identity",
        "Connection": "close",
        **(headers or {}),
    }


def _read(response: http.client.HTTPResponse, max_bytes: int, *, cut: bool) -> bytes:
    """Return the body, and never hold more of it than is allowed."""
    content = bytearray()
    while chunk := response.read(min(_CHUNK, max_bytes + 1 - len(content))):
        content += chunk
        if len(content) > max_bytes:
            if cut:
                break
            raise FetchError("too_large", f"more than {max_bytes} bytes")
    return bytes(content[:max_bytes])


class _Connection(http.client.HTTPConnection):
    """Connects to an address that was checked, under the name that was asked for."""

    was_cut_off = False
    _held: socket.socket | None = None

    def __init__(
        self,
        parts: SplitResult,
        address: str,
        seconds: float,
        tls: ssl.SSLContext | None,
    ) -> None:
        self.default_port = _PORTS[parts.scheme]  # left out of ``Host``
        super().__init__(str(parts.hostname), parts.port or self.default_port, timeout=seconds)
        self._address = address
        self._tls = (tls or ssl.create_default_context()) if parts.scheme == "https" else None

    def connect(self) -> None:
        """Connect, and keep hold of the connection for :meth:`cut_off`.

        :raises TimeoutError: when that took all the time there is.
        """
        self.sock = self._held = socket.create_connection((self._address, self.port), self.timeout)
        if self.was_cut_off:
            raise TimeoutError
        if self._tls is not None:
            self.sock = self._held = self._tls.wrap_socket(
                self.sock,
                server_hostname=self.host,
                do_handshake_on_connect=False,
            )
            self.sock.do_handshake()

    def cut_off(self) -> None:
        """End the connection, from another thread: whatever waits on it fails."""
        self.was_cut_off = True
        if self._held is not None:
            try:
                # Not ``SSLSocket.shutdown``, which takes the other thread's state away.
                socket.socket.shutdown(self._held, socket.SHUT_RDWR)
            except OSError:
                return
