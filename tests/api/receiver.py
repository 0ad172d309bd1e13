"""A real server that answers as a test wants and remembers what it was sent."""

import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar


class Receiver(BaseHTTPRequestHandler):
    """Answers with the next of ``answers``, the last one for ever."""

    answers: ClassVar[list[tuple[int, dict[str, str], bytes]]]
    requests: ClassVar[list[tuple[str, str, dict[str, str], bytes]]]
    drip: ClassVar[threading.Event | None] = None

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.requests.append((self.command, self.path, dict(self.headers), body))
        status, headers, content = (
            self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
        )
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.drip is not None:
            for byte in content:
                self.wfile.write(bytes([byte]))
                if self.drip.wait(0.05):
                    return
        else:
            self.wfile.write(content)

    do_GET = do_POST = _answer  # noqa: N815 - the names are the library's

    def log_message(self, *args: Any) -> None:
        """Stay silent."""


@contextmanager
def receiver(
    *answers: tuple[int, dict[str, str], bytes],
    tls: ssl.SSLContext | None = None,
    drip: bool = False,
) -> Iterator[tuple[int, list[tuple[str, str, dict[str, str], bytes]]]]:
    """Run a server; yield its port and what it was sent."""
    stop = threading.Event()
    handler = type(
        "Handler",
        (Receiver,),
        {
            "answers": list(answers) or [(200, {}, b"ok")],
            "requests": [],
            "drip": stop if drip else None,
        },
    )
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server.server_port, handler.requests  # type: ignore[attr-defined]
    finally:
        stop.set()
        server.shutdown()
        thread.join()
        server.server_close()


def certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return what serves and what trusts a certificate for a host."""
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *(
                "-nodes",
                "-days",
                "2",
                "-subj",
                f"/CN={name}",
                "-addext",
                f"subjectAltName=DNS:{name}",
            ),
            *("-keyout", str(key), "-out", str(cert)),
        ],
        check=True,
        capture_output=True,
    )
    serves = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serves.load_cert_chain(cert, key)
    return serves, ssl.create_default_context(cafile=str(cert))
