"""The site on a real PgBouncer that pools transactions: no session is the same for two of them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from tests.chaos.servers import PostgresServer
from tests.conftest import REPOSITORY, wait_until
from tests.hosts import pooler
from tests.hosts.conftest import DoctorOn
from tests.hosts.pooler import Pooler

pytestmark = [
    pytest.mark.processes,
    pytest.mark.slow,
    pytest.mark.timeout(120),
    pytest.mark.skipif(
        pooler.program is None or PostgresServer.binaries() is None,
        reason="PgBouncer or PostgreSQL is not installed",
    ),
]

QUEUE = ("at_once", "job", "dispatch", "sweep", "quotas", "lanes", "retry", "batches", "machine")
"""Suites that publish, claim, finish and sweep, and count what a user may hand in."""

CURSORS = (
    "tests/web/test_sign_in.py",
    "tests/web/test_selected.py",
    "tests/accounts/test_erasure.py",
)
"""What Django, allauth and exports read with ``iterator()``."""


@pytest.fixture(scope="module")
def database() -> Iterator[PostgresServer]:
    server = PostgresServer()
    try:
        server.create()
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="module")
def pool(database: PostgresServer) -> Iterator[Pooler]:
    between = Pooler(database)
    yield between
    between.stop()


def run(pool: Pooler, marked: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run tests of this suite in a process of their own, with the pooler as their database."""
    environment = os.environ | {"TEST_DATABASE_URL": pool.url("site")}
    environment.pop("PYTEST_XDIST_WORKER", None)
    # The database stays: PgBouncer has sessions with it that nobody here can end.
    options = ("-q", "--reuse-db", "--no-header", "-p", "no:randomly", "-p", "no:cacheprovider")
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, "-m", marked, *arguments],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_each_transaction_may_have_another_session(pool: Pooler) -> None:
    """What the other tests stand on: without this they would prove nothing."""
    connection = psycopg2.connect(pool.url("postgres"))
    sessions: set[Any] = set()

    def several() -> bool:
        with connection, connection.cursor() as cursor:  # a transaction
            cursor.execute("SELECT pg_backend_pid()")
            sessions.add(cursor.fetchone())
        return len(sessions) > 1

    wait_until(several, seconds=10)  # it opens one after the other
    connection.close()


@pytest.mark.parametrize("suite", [QUEUE, CURSORS], ids=["queue", "cursors"])
def test_suites_run_through_it(pool: Pooler, suite: tuple[str, ...]) -> None:
    paths = [path if "/" in path else f"tests/worker/test_{path}.py" for path in suite]
    assert all(Path(REPOSITORY, path).exists() for path in paths)

    done = run(pool, "not processes", *paths)

    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
    assert left_in_sessions(pool) == {("on", 0, 0)}


def left_in_sessions(pool: Pooler) -> set[Any]:
    """Return what the sessions behind the pooler still have of those who used them."""
    left = set()
    connection = psycopg2.connect(pool.url("test_site"))
    with connection.cursor() as cursor:
        for _ in range(8):
            cursor.execute(
                "SELECT current_setting('synchronous_commit'),"
                " (SELECT count(*) FROM pg_prepared_statements),"
                " (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory')"
            )
            left.add(cursor.fetchone())
            connection.commit()
    connection.close()
    return left


def test_workers_that_are_killed_lose_nothing_through_it(pool: Pooler) -> None:
    chosen = ("tests/worker/test_processes.py", "-k", "jobs_outlive or runs_what")

    done = run(pool, "processes", *chosen)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout


def test_the_doctor_says_that_a_pool_of_statements_is_none(
    database: PostgresServer, doctor_on: DoctorOn
) -> None:
    between = Pooler(database, "statement")
    try:
        url = between.url("postgres")
        done = doctor_on("redis://127.0.0.1:1/0", TEST_DATABASE_URL=url)
        with_options = doctor_on(
            "redis://127.0.0.1:1/0", TEST_DATABASE_URL=f"{url}?options=-c%20statement_timeout=9"
        )
    finally:
        between.stop()

    assert "FIX database: " in done.stdout
    assert "has to pool transactions, not statements" in done.stdout
    assert "unsupported startup parameter" in with_options.stdout
