"""What Celery has to be told of Redis, for each kind of address that ``REDIS_URL`` may be.

``redis://`` and ``rediss://``, which is the same through TLS; ``redis+socket://``; and
``sentinel://`` or ``sentinels://`` with the addresses of several sentinels, separated by commas,
which know where the primary is. With TLS, certificates are checked unless told otherwise.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

TLS = {"redis": False, "rediss": True, "redis+socket": False, "sentinel": False, "sentinels": True}
"""Known schemes, and whether they are for TLS."""

_ESCAPE = "In a password, other signs than letters and figures are written as %2F and the like."

SENTINEL_PORT = 26379
SENTINEL_SECONDS = 0.5
"""For so long a sentinel is waited for: three that are silent must not hold up a request."""


@dataclass(frozen=True)
class Trust:
    """What TLS is checked with.

    :ivar check: ``full``; ``ca``, whatever name the certificate has; or ``none``.
    :ivar ca: certificates of the authorities that are trusted beside the system's.
    :ivar certificate: what to show to a server that wants to know who comes, and its key.
    """

    check: str = "full"
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    def options(self) -> dict[str, Any]:
        """Return it in the words of redis-py."""
        paths = {"ca_certs": self.ca, "certfile": self.certificate, "keyfile": self.key}
        return {
            "ssl_cert_reqs": "none" if self.check == "none" else "required",
            "ssl_check_hostname": self.check == "full",
            **{f"ssl_{name}": str(path) for name, path in paths.items() if path},
        }


@dataclass(frozen=True)
class Broker:
    """What goes into Celery's settings of the same names.

    :ivar url: for Celery, which wants a whole address for each sentinel.
    :ivar use_ssl: the options of TLS; nothing without it.
    :ivar transport_options: what comes to those of the queue's settings.
    """

    url: str
    use_ssl: dict[str, Any] | None = None
    transport_options: dict[str, Any] = field(default_factory=dict)


def broker(
    url: str, *, trust: Trust | None = None, primary: str = "mymaster", password: str = ""
) -> Broker:
    """Return what Celery has to be told of an address.

    :param primary: the name that sentinels know the primary by.
    :param password: of the sentinels, if they want one; that in the address is Redis' own.
    :raises ValueError: when the address cannot be understood; it says nothing secret.
    """
    if not url:
        return Broker("")
    parts = urlsplit(url)
    if parts.scheme not in TLS:
        raise ValueError(f"It begins with one of {', '.join(f'{name}://' for name in TLS)}.")
    if "ssl_" in parts.query:
        raise ValueError("What TLS is checked with is in REDIS_CA_FILE and REDIS_TLS_CHECK.")
    use_ssl = (trust or Trust()).options() if TLS[parts.scheme] else None
    if parts.scheme == "redis+socket":
        return Broker(url)
    database = parts.path.strip("/") or "0"
    if not database.isdecimal():
        raise ValueError(f"After the hosts comes the number of a database, or nothing. {_ESCAPE}")
    if not parts.scheme.startswith("sentinel"):
        _host(parts.netloc.rpartition("@")[2], 0)
        return Broker(url, use_ssl)
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    own: dict[str, Any] = {
        "socket_timeout": SENTINEL_SECONDS,
        "socket_connect_timeout": SENTINEL_SECONDS,
        "retry": Retry(NoBackoff(), 0),  # there are others to ask
    }
    if password:
        own["password"] = password
    if use_ssl:
        own |= {"ssl": True, **use_ssl}
    options = {"master_name": primary, "sentinel_kwargs": own}
    return Broker(_each_sentinel(parts, database), use_ssl, options)


def _each_sentinel(parts: SplitResult, database: str) -> str:
    """Return the address that Celery wants: it goes from one to the next when one is away."""
    who, at, hosts = parts.netloc.rpartition("@")
    places = [_host(host, SENTINEL_PORT) for host in hosts.split(",")]
    return ";".join(f"sentinel://{who}{at}{place}/{database}" for place in places)


def _host(text: str, port: int) -> str:
    """Return a host with its port.

    :param port: the one that it has unless it names another.
    :raises ValueError: when it is none; Python's own would tell what stands there.
    """
    try:
        one = urlsplit(f"//{text}")
        name, port = one.hostname, one.port or port
    except ValueError:
        name = None
    if not name:
        raise ValueError(f"It has hosts, each with its port behind a colon. {_ESCAPE}")
    return f"[{name}]:{port}" if ":" in name else f"{name}:{port}"
