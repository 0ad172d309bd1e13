"""A light browser: signs in through the real page and posts photographs, at little cost itself."""

import re
import time
import uuid
from http import HTTPStatus
from http.client import HTTPConnection, HTTPResponse
from http.cookies import SimpleCookie
from urllib.parse import urlencode

BOUNDARY = "vitrina-benchmark"
STALE_AFTER = 1.0
"""Seconds after which a connection is opened anew: the server closes idle ones after 2."""


class Browser:
    """One signed-in user with one connection; not for several threads at once."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self._cookies: dict[str, str] = {}
        self._used = 0.0

    def sign_in(self, *, email: str, password: str) -> None:
        """Sign in as a person does.

        :raises RuntimeError: when the site does not let them in.
        """
        self._get("/accounts/login/")
        form = {"login": email, "password": password, "csrfmiddlewaretoken": self._token}
        body = urlencode(form).encode()
        self._post("/accounts/login/", body, "application/x-www-form-urlencoded")

    def submit(self, photograph: bytes, *, model: str) -> uuid.UUID:
        """Post a photograph and return the id of its job.

        :raises RuntimeError: when it is not accepted.
        """
        fields = {"csrfmiddlewaretoken": self._token, "model": model, "top_k": "5"}
        parts = [
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        ]
        file = (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="images"; filename="a.jpg"\r\n'
            "Content-Type: image/jpeg\r\n\r\n"
        )
        body = "".join([*parts, file]).encode() + photograph + f"\r\n--{BOUNDARY}--\r\n".encode()
        place = self._post("/", body, f"multipart/form-data; boundary={BOUNDARY}")
        found = re.search(r"/jobs/([0-9a-f-]{36})/", place)
        if found is None:
            raise RuntimeError(f"a photograph led to {place}")
        return uuid.UUID(found[1])

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    @property
    def _token(self) -> str:
        """Return the token against forged requests: the cookie's value does as the form's."""
        return self._cookies["csrftoken"]

    def _get(self, path: str) -> None:
        """Fetch a page, for its cookies."""
        response, body = self._request("GET", path, None, {})
        if response.status != HTTPStatus.OK:
            raise RuntimeError(f"GET {path} answers {response.status}: {body[:500]!r}")

    def _post(self, path: str, body: bytes, content_type: str) -> str:
        """Post a form and return where the answer leads; the page there is not fetched."""
        response, answer = self._request("POST", path, body, {"Content-Type": content_type})
        if response.status != HTTPStatus.FOUND:
            raise RuntimeError(f"POST {path} answers {response.status}: {answer[:500]!r}")
        return response.headers["Location"]

    def _request(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> tuple[HTTPResponse, bytes]:
        """Send a request with the cookies and keep those that the answer sets."""
        if time.monotonic() - self._used > STALE_AFTER:
            self._connection.close()
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        self._connection.request(method, path, body, headers | {"Cookie": cookies})
        response = self._connection.getresponse()
        answer = response.read()
        self._used = time.monotonic()
        for header in response.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(header).items():
                self._cookies[name] = morsel.value
        return response, answer
