"""A real server that stands before the site and does what goes wrong on real ways to it."""

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PASS = "pass"
LOSE = "lose"
"""The site gets the request; its answer is lost."""
DROP = "drop"
"""The request is lost."""

Fault = str | tuple[int, dict[str, str]]
"""One of the above, or a status with headers to answer with."""


@dataclass
class Flaky:
    """What is to happen to the requests that come next, and what has come."""

    port: int
    target: int
    faults: list[Fault] = field(default_factory=list)
    seen: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    most_at_once: int = 0
    at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def next(self) -> Fault:
        with self.lock:
            return self.faults.pop(0) if self.faults else PASS

    def keys(self) -> list[str]:
        """Return the idempotency keys that came, in their order."""
        return [headers["Idempotency-Key"] for _, _, headers in self.seen if is_create(headers)]


def is_create(headers: dict[str, str]) -> bool:
    return "Idempotency-Key" in headers


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    flaky: Flaky

    def _handle(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        if len(body) < length:
            self.close_connection = True
            return  # whoever sent it went away
        fault = self.flaky.next()
        with self.flaky.lock:
            self.flaky.seen.append((self.command, self.path, dict(self.headers)))
            self.flaky.at_once += 1
            self.flaky.most_at_once = max(self.flaky.most_at_once, self.flaky.at_once)
        try:
            self._answer(fault, body)
        finally:
            with self.flaky.lock:
                self.flaky.at_once -= 1

    def _answer(self, fault: Fault, body: bytes) -> None:
        if fault == DROP:
            self.close_connection = True
        elif isinstance(fault, tuple):
            self._send(fault[0], {**fault[1], "Content-Type": "text/html"}, b"<h1>A proxy</h1>")
        else:
            answer = self._forward(body)
            if fault == LOSE:
                self.close_connection = True
            else:
                self._send(*answer)

    def _forward(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.flaky.target, timeout=70)
        connection.request(self.command, self.path, body, dict(self.headers))
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, dict(answer.getheaders()), content

    def _send(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in {"transfer-encoding", "content-length", "connection"}:
                self.send_header(name, value)
        if status not in {204, 304}:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _handle  # noqa: N815 - the library's names

    def log_message(self, *args: Any) -> None:
        """Stay silent."""


@contextmanager
def flaky(target: int, *faults: Fault) -> Iterator[Flaky]:
    """Stand before a site; the first requests meet these faults, in their order."""
    handler = type("Flaky", (Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    state = Flaky(server.server_port, target, list(faults))
    handler.flaky = state  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
