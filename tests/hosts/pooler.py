"""A PgBouncer of our own, which gives each transaction another of the database's sessions."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg2

from tests.chaos.servers import HOST, PostgresServer, free_port
from tests.chaos.waiting import wait_until

program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")

SETTINGS = """
[databases]
* = host={host} port={database} user=chaos
[pgbouncer]
listen_addr = {host}
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = {mode}
; One session after the other, so that nothing that is left in one is there for the next.
server_round_robin = 1
min_pool_size = 4
default_pool_size = 4
reserve_pool_size = 0
server_lifetime = 30
"""


class Pooler:
    """PgBouncer in front of a PostgreSQL."""

    def __init__(self, database: PostgresServer, mode: str = "transaction") -> None:
        self.port = free_port()
        self.directory = Path(tempfile.mkdtemp(prefix="vitrina-pgbouncer-"))
        file = self.directory / "pgbouncer.ini"
        file.write_text(
            SETTINGS.format(host=HOST, database=database.port, port=self.port, mode=mode)
        )
        self.directory.chmod(0o755)
        file.chmod(0o644)
        assert program is not None
        self.log = (self.directory / "log").open("wb")
        self.process = subprocess.Popen(
            [*database.as_user, program, str(file)], stdout=self.log, stderr=self.log
        )
        wait_until(self._answers)

    def url(self, name: str) -> str:
        """Return the address of a database behind it."""
        return f"postgres://chaos@{HOST}:{self.port}/{name}"

    def _answers(self) -> bool:
        try:
            psycopg2.connect(self.url("postgres")).close()
        except psycopg2.OperationalError:
            return False
        return True

    def stop(self) -> None:
        """Stop it and clear it away."""
        self.process.terminate()
        self.process.wait(10)
        self.log.close()
        shutil.rmtree(self.directory)
