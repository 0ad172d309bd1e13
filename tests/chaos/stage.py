"""The whole site on private servers, with handles to hurt each part of it."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import django
import httpx
import psutil

from tests.chaos.proxy import Proxy
from tests.chaos.servers import HOST, PostgresServer, RedisServer, free_port
from tests.chaos.waiting import holds_within, wait_until

REPOSITORY = Path(__file__).parent.parent.parent


class Stage:
    """A site and all that it stands on.

    :ivar hurried: whether time limits are shortened.
    :ivar postgres: ``None`` where PostgreSQL is not installed; the site runs on SQLite then.
    """

    def __init__(self, *, hurried: bool, log: Path | None = None) -> None:
        self.hurried = hurried
        self.directory = Path(tempfile.mkdtemp(prefix="vitrina-chaos-"))
        self.ledger = self.directory / "ledger"
        self.redis = RedisServer(self.directory / "redis")
        self.postgres = PostgresServer() if PostgresServer.binaries() else None
        self.proxy = Proxy(self.redis.port)
        self.port = free_port()
        self.site: psutil.Popen | None = None
        self.log = (log or self.directory / "log").open("ab")
        self.helpers: list[subprocess.Popen[bytes]] = []

    @property
    def url(self) -> str:
        """The site's address."""
        return f"http://{HOST}:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What all processes of the site, and this one, find in their environment."""
        settings = "hurried" if self.hurried else "settings"
        database = f"sqlite:///{self.directory / 'db.sqlite3'}"
        return {
            "DJANGO_SETTINGS_MODULE": f"tests.chaos.{settings}",
            "TEST_DATABASE_URL": self.postgres.url if self.postgres else database,
            # Everybody but this process reaches Redis through the proxy.
            "TEST_REDIS_URL": f"redis://{HOST}:{self.proxy.port}/0",
            "TEST_DIR": str(self.directory),
            "METRICS_DIR": str(self.directory / "metrics"),
            "PORT": str(self.port),
            "WEB_PROCESSES": "1",
        }

    def set(self) -> None:
        """Start everything, and set Django up in this process."""
        self.redis.start()
        if self.postgres:
            self.postgres.create()
            self.postgres.start()
        os.environ.update(self.environment)
        django.setup()
        for command in (["migrate", "--verbosity=0"], ["createcachetable"]):
            self.run(sys.executable, "manage.py", *command)
        self.start_site()

    # --- Processes ----------------------------------------------------------------
    def run(self, *command: str) -> int:
        """Run a process of ours to its end."""
        return self.start(*command).wait(120)

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """Start a process of ours; it is stopped with the stage at the latest."""
        process = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )
        self.helpers.append(process)
        return process

    def start_site(self) -> None:
        """Start web, workers and sweeper, and wait until they serve."""
        self.site = psutil.Popen(
            [sys.executable, "-m", "tests.chaos.site"],
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )
        wait_until(lambda: self.answers() and len(self.workers()) > 1, seconds=120)

    def answers(self) -> bool:
        """Tell whether the site is ready."""
        try:
            return httpx.get(f"{self.url}/health/ready", timeout=5).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def programs(self, *words: str) -> list[psutil.Process]:
        """Return the supervised processes whose command line holds all the words."""
        found = []
        try:
            children = self.site.children() if self.site else []
        except psutil.NoSuchProcess:
            return []
        for child in children:
            try:
                if set(words) <= set(child.cmdline()):
                    found.append(child)
            except psutil.Error:
                continue
        return found

    def workers(self) -> list[psutil.Process]:
        """Return the main processes of the workers that have started their pool."""
        return [main for main in self.programs("manage.py", "work") if pool(main)]

    def processes(self) -> list[psutil.Process]:
        """Return every process of the site, the supervisor first."""
        if self.site is None or not self.site.is_running():
            return []
        return [psutil.Process(self.site.pid), *self.site.children(recursive=True)]

    def kill_site(self) -> None:
        """Kill every process of the site with -9, the supervisor first."""
        processes = self.processes()
        for process in processes:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(processes, timeout=20)
        if self.site is not None:
            self.site.wait()
            self.site = None

    def strike(self) -> None:
        """Stop everything and clear it away; keep nothing running, whatever happened."""
        if self.redis.process:
            self.redis.signal(signal.SIGCONT)
        for process in self.processes():
            with_no_error(process.resume)
        if self.site is not None and self.site.is_running():
            self.site.terminate()
            holds_within(lambda: self.site is None or self.site.poll() is not None, seconds=60)
        self.kill_site()
        for helper in self.helpers:
            if helper.poll() is None:
                helper.kill()
            helper.wait()
        self.redis.stop()
        if self.postgres:
            self.postgres.remove()
        self.log.close()
        shutil.rmtree(self.directory, ignore_errors=True)


def pool(main: psutil.Process) -> list[psutil.Process]:
    """Return the pool's processes of a worker; none while it only starts."""
    try:
        return [
            child
            for child in main.children()
            if child.cmdline()[1:3] == main.cmdline()[1:3]  # forked, not another program
        ]
    except psutil.Error:
        return []


def with_no_error(action: object) -> None:
    """Do something to a process that may be gone."""
    assert callable(action)
    try:
        action()
    except psutil.Error:
        return


@contextmanager
def frozen(processes: Sequence[psutil.Process]) -> Iterator[None]:
    """Stop processes with SIGSTOP for a while, as a machine does that is moved."""
    for process in processes:
        with_no_error(process.suspend)
    try:
        yield
    finally:
        for process in reversed(processes):
            with_no_error(process.resume)


@contextmanager
def staged(*, hurried: bool, log: Path | None = None) -> Iterator[Stage]:
    """Set the stage, and strike it after."""
    stage = Stage(hurried=hurried, log=log)
    try:
        stage.set()
        yield stage
    finally:
        stage.strike()
