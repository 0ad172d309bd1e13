"""A primary, a replica and three sentinels, which put the replica in the place of the primary."""

import shutil
import subprocess
import tempfile
from functools import partial
from pathlib import Path

import redis
from redis.exceptions import RedisError

from tests.chaos.servers import HOST, RedisServer, free_port
from tests.chaos.waiting import wait_until

PRIMARY = "site"
PASSWORD = "hunter2/of:redis"
SENTINELS_PASSWORD = "hunter2-of-sentinels"

SETTINGS = """
port {port}
bind {host}
dir {directory}
requirepass {own}
sentinel sentinel-pass {own}
sentinel monitor {name} {host} {primary} 2
sentinel auth-pass {name} {password}
sentinel down-after-milliseconds {name} 1000
sentinel failover-timeout {name} 5000
"""


class Sentinels:
    """All five, each a process of its own."""

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="vitrina-sentinel-"))
        secret = ("--requirepass", PASSWORD, "--masterauth", PASSWORD)
        self.primary = RedisServer(self.directory / "one", *secret, password=PASSWORD)
        follow = ("--replicaof", HOST, str(self.primary.port))
        self.replica = RedisServer(self.directory / "two", *secret, *follow, password=PASSWORD)
        self.ports = [free_port() for _ in range(3)]
        self.processes: list[subprocess.Popen[bytes]] = []

    @property
    def url(self) -> str:
        """What an operator would set."""
        hosts = ",".join(f"{HOST}:{port}" for port in self.ports)
        return f"sentinel://:{PASSWORD.replace('/', '%2F')}@{hosts}/0"

    @property
    def environment(self) -> dict[str, str]:
        """What belongs to the address."""
        return {
            "REDIS_SENTINEL_MASTER": PRIMARY,
            "REDIS_SENTINEL_PASSWORD": SENTINELS_PASSWORD,
        }

    def start(self) -> None:
        """Start all, and wait until they know each other."""
        self.primary.start()
        self.replica.start()
        for port in self.ports:
            self.processes.append(self._sentinel(port))
        for port in self.ports:
            wait_until(partial(self._knows_all, port))

    def _sentinel(self, port: int) -> subprocess.Popen[bytes]:
        directory = self.directory / str(port)
        directory.mkdir()
        file = directory / "sentinel.conf"
        file.write_text(
            SETTINGS.format(
                port=port,
                host=HOST,
                directory=directory,
                own=SENTINELS_PASSWORD,
                name=PRIMARY,
                primary=self.primary.port,
                password=PASSWORD,
            )
        )
        command = [self.primary.binary, str(file), "--sentinel"]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)

    def _state(self, port: int) -> dict[str, object]:
        with redis.Redis(port=port, password=SENTINELS_PASSWORD) as client:
            return dict(client.sentinel_masters()[PRIMARY])

    def _knows_all(self, port: int) -> bool:
        try:
            state = self._state(port)
        except RedisError:
            return False
        return (state["num-other-sentinels"], state["num-slaves"]) == (2, 1)

    def relieve(self) -> None:
        """Have the replica take over from a primary that is well."""
        with redis.Redis(port=self.ports[0], password=SENTINELS_PASSWORD) as client:
            client.sentinel_failover(PRIMARY)

    def is_primary(self, server: RedisServer) -> bool:
        """Tell whether most sentinels take a server for the primary, and so does it."""
        agreed = [port for port in self.ports if self._state(port)["port"] == server.port]
        return len(agreed) >= 2 and server.client.info("replication")["role"] == "master"

    def stop(self) -> None:
        """Kill all and clear them away."""
        for process in self.processes:
            process.kill()
            process.wait()
        self.primary.stop()
        self.replica.stop()
        shutil.rmtree(self.directory)
