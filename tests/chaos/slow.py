"""F23: clients that hardly send, and uploads that break off."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

from tests.chaos.crowd import Finding, share
from tests.chaos.servers import HOST
from tests.chaos.stage import Stage
from tests.chaos.waiting import holds_within

SOCKETS = 200
HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\nCookie: csrftoken=" + 32 * b"a" + b"\r\n"
BOUNDARY = b"--b\r\n"
PART = b'Content-Disposition: form-data; name="images"; filename="a.jpg"\r\n\r\n'
UPLOAD = (
    HEAD
    + b"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 9000000\r\n\r\n"
    + BOUNDARY
    + PART
    + 400_000 * b"x"  # more than is kept in memory
)


def slow_clients(stage: Stage) -> list[Finding]:
    """Clients at a byte a second hinder nobody, and leave nothing when they go."""
    visit_for(stage, 5)
    own = open_files(stage)
    calm = visit_for(stage, 15)
    with trickling(stage):
        holds_within(lambda: open_files(stage) - own >= SOCKETS // 2, seconds=60)
        files = open_files(stage) - own
        crowded = visit_for(stage, 15)
    clean = holds_within(lambda: open_files(stage) == own, seconds=60)
    figure = (
        f"{SOCKETS} clients at a byte a second, half of them within an upload: a page takes "
        f"{1000 * calm:.0f} ms without and {1000 * crowded:.0f} ms with them (p95); of {files} "
        f"half uploads on disk {open_files(stage) - own} are left when they break off"
    )
    kept = crowded <= 1.2 * calm + 0.02 and files >= SOCKETS // 2 and clean
    return [Finding("F23", figure, kept=kept)]


def visit_for(stage: Stage, duration: float) -> float:
    """Open a page again and again; return the time that 95 of 100 take at most."""
    end = time.monotonic() + duration
    seconds = []
    while time.monotonic() < end:
        start = time.monotonic()
        httpx.get(f"{stage.url}/accounts/login/", timeout=30).raise_for_status()
        seconds.append(time.monotonic() - start)
        time.sleep(0.05)
    return share(0.95, seconds)


@contextmanager
def trickling(stage: Stage) -> Iterator[None]:
    """Have many clients send a byte a second: half of them headers, half of them a picture."""
    gone = threading.Event()
    with ExitStack() as opened:
        clients = [
            opened.enter_context(socket.create_connection((HOST, stage.port), timeout=30))
            for _ in range(SOCKETS)
        ]
        for number, client in enumerate(clients):
            client.sendall(UPLOAD if number % 2 else HEAD)

        def trickle() -> None:
            while not gone.wait(1):
                for client in clients:
                    client.send(b"x")

        thread = threading.Thread(target=trickle, name="trickle", daemon=True)
        thread.start()
        try:
            yield
        finally:
            gone.set()
            thread.join()


def open_files(stage: Stage) -> int:
    """Return how many temporary files the web server holds; they have no name."""
    mains = stage.programs("gunicorn")
    processes = [process for main in mains for process in main.children()]
    return sum(
        is_nameless(link)
        for process in processes
        for link in Path(f"/proc/{process.pid}/fd").iterdir()
    )


def is_nameless(link: Path) -> bool:
    """Tell whether an open file has no name any more, or never had one."""
    try:
        return str(link.readlink()).endswith("(deleted)")
    except FileNotFoundError:  # closed meanwhile
        return False
