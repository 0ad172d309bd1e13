"""A place to measure in: data directory, database and Redis of its own, gone afterwards."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg2
import redis

REPOSITORY = Path(__file__).parent.parent
STOP_SECONDS = 60
_KEPT = ("PATH", "HOME", "LANG", "TMPDIR")


class NotAvailableError(Exception):
    """What a row needs does not answer here; the text says what."""


def postgres_url() -> str:
    """Return the address of the PostgreSQL server to measure on.

    :raises NotAvailableError: when none is named, or it does not answer.
    """
    url = os.environ.get("BENCH_DATABASE_URL") or os.environ.get("TEST_DATABASE_URL", "")
    if not url.startswith("postgres"):
        raise NotAvailableError("no PostgreSQL: BENCH_DATABASE_URL names none")
    try:
        psycopg2.connect(url, connect_timeout=3).close()
    except psycopg2.OperationalError as error:
        raise NotAvailableError(f"PostgreSQL does not answer: {error}") from error
    return url


@contextmanager
def place(*, database: str, models: Path, scratch: Path) -> Iterator[dict[str, str]]:
    """Yield the environment of processes that share a new, prepared place.

    :param database: ``postgresql`` or ``sqlite``.
    :param models: where the built models are.
    :param scratch: of this run; a place with SQLite is prepared in it once, and copied.
    :raises NotAvailableError: when there is no PostgreSQL.
    """
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vitrina-bench-")))
        environment = _environment(directory)
        redis_url = stack.enter_context(_redis(directory))
        if database == "postgresql":
            environment["DATABASE_URL"] = stack.enter_context(_postgres_database())
            _prepare(directory, models, environment)
        else:
            prepared = scratch / "prepared"
            if not prepared.exists():
                prepared.mkdir()
                _prepare(prepared, models, _environment(prepared))
            shutil.copytree(prepared, directory, symlinks=True, dirs_exist_ok=True)
        yield environment | {"REDIS_URL": redis_url}


def _environment(directory: Path) -> dict[str, str]:
    """Return what the processes of a place with SQLite are told."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | {
        "DATA_DIR": str(directory),
        "DATABASE_URL": f"sqlite:///{directory / 'bench.sqlite3'}",
        "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
    }


def _prepare(directory: Path, models: Path, environment: dict[str, str]) -> None:
    """Migrate the database and make all else that a site needs."""
    (directory / "models").symlink_to(models)
    subprocess.run(
        [sys.executable, "manage.py", "prepare"],
        cwd=REPOSITORY,
        env=environment,
        check=True,
        stdout=subprocess.DEVNULL,
    )


@contextmanager
def _postgres_database() -> Iterator[str]:
    """Create a database, and drop it afterwards, whoever is still connected."""
    server = postgres_url()
    name = f"vitrina_bench_{uuid.uuid4().hex[:12]}"
    _execute(server, f'CREATE DATABASE "{name}"')
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        _execute(server, f'DROP DATABASE "{name}" WITH (FORCE)')


def _execute(url: str, sql: str) -> None:
    """Run a statement outside a transaction."""
    connection = psycopg2.connect(url)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql)
    finally:
        connection.close()


@contextmanager
def _redis(directory: Path) -> Iterator[str]:
    """Yield the address of an empty Redis database, or of an embedded Valkey."""
    server = os.environ.get("TEST_REDIS_URL", "")
    if not server:
        with _valkey(directory / "valkey" / "valkey.sock") as url:
            yield url
        return
    url = _empty_database(server)
    try:
        yield url
    finally:
        with _client(url) as client:
            client.flushdb()


def _client(url: str) -> Any:
    """Return a client; typed loosely, as its own types know no context."""
    return redis.Redis.from_url(url)


def _empty_database(server: str) -> str:
    """Return the address of a database in which nothing is, and mark it as taken.

    :raises NotAvailableError: when there is none.
    """
    for number in range(15, 0, -1):
        url = urlunsplit(urlsplit(server)._replace(path=f"/{number}"))
        with _client(url) as client:
            if client.dbsize() == 0 and client.set("vitrina-bench", "taken", nx=True):
                return url
    raise NotAvailableError("none of the databases 1 to 15 of TEST_REDIS_URL is empty")


@contextmanager
def _valkey(socket: Path) -> Iterator[str]:
    """Run a Valkey as ``manage.py run`` does."""
    with process([sys.executable, "-m", "project.embedded", str(socket)]) as valkey:
        wait_until(socket.exists, seconds=20, what="Valkey", process=valkey)
        yield f"redis+socket://{socket}"


@contextmanager
def process(
    command: list[str],
    *,
    environment: dict[str, str] | None = None,
    log: Path | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process in a session of its own; stop it politely, with all that it has started.

    :param log: takes what it says; nobody does without.
    """
    with (log or Path(os.devnull)).open("ab") as output:
        started = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield started
    finally:
        started.terminate()
        try:
            started.wait(STOP_SECONDS)
        finally:
            _kill_session(started.pid)
            started.wait()


def _kill_session(pid: int) -> None:
    """Kill what is left of a process' session."""
    try:
        os.killpg(pid, 9)
    except ProcessLookupError:
        return


def wait_until(
    condition: Any,
    *,
    seconds: float,
    what: str,
    process: subprocess.Popen[bytes] | None = None,
    pause: float = 0.02,
) -> None:
    """Wait for something to become true.

    :raises RuntimeError: when it does not in time, or the process that should do it has died.
    """
    end = time.monotonic() + seconds
    while not condition():
        if process is not None and process.poll() is not None:
            raise RuntimeError(f"{what} ended with status {process.returncode}")
        if time.monotonic() > end:
            raise RuntimeError(f"{what}: nothing within {seconds:g} s")
        time.sleep(pause)
