"""Where a site is and how to ask it: what both clients take."""

import os
import platform
from dataclasses import dataclass, field
from typing import Any

import httpx

from vitrina.errors import VitrinaError
from vitrina.flow import Request

RETRIES = 4
TIMEOUT = 30.0


VERSION = "0.1.0"
USER_AGENT = f"vitrina-client/{VERSION} Python/{platform.python_version()}"


def _is_address(text: str) -> bool:
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        return False
    return url.scheme in {"http", "https"} and bool(url.host)


@dataclass(frozen=True)
class Site:
    """An address with a token, which no ``repr()`` shows."""

    url: str
    token: str = field(repr=False)
    lang: str | None = None
    timeout: float = TIMEOUT

    @classmethod
    def of(cls, url: str | None, token: str | None, lang: str | None, timeout: float) -> "Site":
        """Return a site, by default the one of ``VITRINA_URL`` and ``VITRINA_TOKEN``.

        :raises VitrinaError: when there is none.
        """
        address = (url or os.environ.get("VITRINA_URL", "")).strip().rstrip("/")
        if not _is_address(address):
            raise VitrinaError(
                f"{address!r} is not the address of a site: give url=, or set VITRINA_URL, "
                "for instance https://vitrina.example"
            )
        secret = (os.environ.get("VITRINA_TOKEN", "") if token is None else token).strip()
        if not secret.isascii() or not secret.isprintable():
            raise VitrinaError("The token has characters that no token has.")
        return cls(address, secret, lang, timeout)

    def address(self, path: str) -> str:
        """Return the address of a path of the API."""
        return f"{self.url}/api/v1/{path}"

    def headers(self) -> dict[str, str]:
        """Return what every request says."""
        headers = {"User-Agent": USER_AGENT, "Accept": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if self.lang:
            headers["Accept-Language"] = self.lang
        return headers

    def arguments(self, request: Request) -> dict[str, Any]:
        """Return what httpx takes for a request, but for its content."""
        return {
            "method": request.method,
            "url": self.address(request.path),
            "params": request.query or None,
            "headers": {**self.headers(), **request.headers},
            "timeout": httpx.Timeout(self.timeout, read=self.timeout + request.wait, pool=None),
            "follow_redirects": False,
        }
