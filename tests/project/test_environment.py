"""The environment is read strictly, in one place, and the docs list what it may hold."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

pytestmark = pytest.mark.timeout(30)  # each starts a process


def read(**variables: str) -> subprocess.CompletedProcess[str]:
    """Import the settings in a process of its own and print some of them."""
    code = (
        "from project import environment as e;"
        "print(e.DEBUG, e.PORT, e.SECRET_KEY, e.DATABASE['ENGINE'], e.DATABASE['NAME'])"
    )
    clean = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME"}}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        env=clean | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_variables_it_has_defaults() -> None:
    done = read()

    assert done.returncode == 0, done.stderr
    path = REPOSITORY / "var" / "vitrina.sqlite3"
    assert done.stdout.split() == ["False", "8000", "django.db.backends.sqlite3", str(path)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", "ture"),
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("WORKER_PROCESSES", "0"),
        ("WORKER_MEMORY_MB", "0"),
        ("SIGN_UP", "opne"),
        ("SIGN_IN_PROVIDERS", '[{"provider": "x"}]'),
        ("MEDIA_INTERNAL_PATH", "/internal/media"),
        ("LOG_FORMAT", "xml"),
        ("OTEL_SDK_DISABLED", "ture"),
        ("REDIS_URL", "http://host"),
        ("REDIS_URL", "redis://:hunter2/x@host/0"),
        ("REDIS_URL", "rediss://host/0?ssl_cert_reqs=none"),
        ("REDIS_URL", "sentinel://:hunter2@one,two:x/0"),
        ("REDIS_URL", "sentinel://one,,two"),
        ("REDIS_TLS_CHECK", "some"),
        ("REDIS_CA_FILE", "/nowhere/ca.crt"),
        ("DATABASE_CA", "-----BEGIN CERTIFICATE-----"),
    ],
)
def test_a_value_that_cannot_be_understood_stops_the_start(name: str, value: str) -> None:
    done = read(**{name: value})

    assert done.returncode != 0
    assert name in done.stderr
    assert "hunter2" not in done.stderr


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("from-a-file\n")

    assert "from-a-file" in read(SECRET_KEY_FILE=str(secret)).stdout


def test_a_database_may_come_from_a_file(tmp_path: Path) -> None:
    url = tmp_path / "url"
    url.write_text("postgres://user:pass@host:5432/name\n")

    assert "postgresql name" in read(DATABASE_URL_FILE=str(url)).stdout


def test_a_secret_file_that_is_not_there_stops_the_start() -> None:
    done = read(SECRET_KEY_FILE="/nowhere/secret")

    assert done.returncode != 0
    assert "SECRET_KEY_FILE" in done.stderr


@pytest.mark.parametrize("missing", ["SECRET_KEY", "ALLOWED_HOSTS", "REDIS_URL", "EMAIL_URL"])
def test_production_wants_everything_configured(missing: str) -> None:
    variables = {
        "SECRET_KEY": "x" * 50,
        "ALLOWED_HOSTS": "example.com",
        "REDIS_URL": "redis://localhost",
        "EMAIL_URL": "smtp://localhost",
    }
    del variables[missing]
    done = subprocess.run(
        [sys.executable, "-c", "import project.settings.production"],
        cwd=REPOSITORY,
        env={"PATH": os.environ["PATH"]} | variables,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode != 0
    assert f"Set {missing}" in done.stderr


def test_the_docs_list_exactly_the_variables_that_are_read() -> None:
    source = (REPOSITORY / "project" / "environment.py").read_text()
    read_in_code = set(re.findall(r'(?:env\.\w+|_database|_file)\(\s*"([A-Z0-9_]+)"', source))
    table = (REPOSITORY / "docs" / "configuration.md").read_text()

    assert set(re.findall(r"^\| `([A-Z0-9_]+)` \|", table, re.MULTILINE)) == read_in_code


def test_one_module_reads_the_environment() -> None:
    allowed = {"project/environment.py", "project/supervisor.py", "project/wsgi.py", "manage.py"}
    allowed |= {"project/celery.py", "project/metrics.py"}
    readers = {
        str(path.relative_to(REPOSITORY))
        for folder in ("project", "accounts", "worker", "classify")
        for path in (REPOSITORY / folder).rglob("*.py")
        if "os.environ" in path.read_text() or "getenv" in path.read_text()
    }

    assert readers <= allowed
