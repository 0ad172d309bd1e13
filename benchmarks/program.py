"""A program that uses the API, at little cost itself."""

import json
import time
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection, HTTPMessage
from typing import Any

from benchmarks.browser import BOUNDARY, STALE_AFTER

Answer = tuple[int, Any, HTTPMessage]
"""Status, document and headers."""


class Program:
    """A token with one connection; not for several threads at once."""

    def __init__(self, port: int, secret: str) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=90)
        self._headers = {"Authorization": f"Bearer {secret}"}
        self._used = 0.0

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Send a ``GET``."""
        return self._request("GET", path, None, headers or {})

    def create(self, photograph: bytes, *, wait: int = 0) -> Answer:
        """Create a job, and wait for its end if so wished."""
        headers = {"Prefer": f"wait={wait}"} if wait else {}
        return self._post("/api/v1/services/classify/jobs", "image", [photograph], headers)

    def batch(self, photographs: Sequence[bytes]) -> Answer:
        """Create a batch."""
        return self._post("/api/v1/batches", "images", photographs, {})

    def _post(
        self, path: str, name: str, files: Sequence[bytes], headers: Mapping[str, str]
    ) -> Answer:
        """Send files as a form."""
        part = (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="a.jpg"\r\n'
            "Content-Type: image/jpeg\r\n\r\n"
        ).encode()
        body = b"".join(part + file + b"\r\n" for file in files) + f"--{BOUNDARY}--\r\n".encode()
        content_type = f"multipart/form-data; boundary={BOUNDARY}"
        return self._request("POST", path, body, {**headers, "Content-Type": content_type})

    def _request(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> Answer:
        """Send a request.

        :raises RuntimeError: when it is refused.
        """
        if time.monotonic() - self._used > STALE_AFTER:
            self._connection.close()
        self._connection.request(method, path, body, {**self._headers, **headers})
        response = self._connection.getresponse()
        content = response.read()
        self._used = time.monotonic()
        if response.status >= 400:
            raise RuntimeError(f"{method} {path} answers {response.status}: {content[:500]!r}")
        is_json = response.headers.get_content_type() == "application/json"
        return response.status, json.loads(content) if is_json else None, response.headers
