"""``manage.py doctor`` says what is wrong and what to do about it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from project.doctor import without_password
from tests.conftest import REPOSITORY, Broker, environment_of_children
from tests.factories import JobFactory

pytestmark = [pytest.mark.timeout(60), pytest.mark.processes]


def doctor(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "doctor", "--no-color"],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_names_what_is_missing(tmp_path: Path) -> None:
    clean = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}

    done = doctor(clean | {"DATA_DIR": str(tmp_path)})

    assert done.returncode == 1
    assert "Run: manage.py migrate" in done.stdout
    assert "Jobs are accepted and wait. Check REDIS_URL." in done.stdout
    assert "Traceback" not in done.stderr


def test_a_database_that_is_away_is_said_without_its_password() -> None:
    url = "postgres://user:hunter2@127.0.0.1:1/name"
    clean = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}

    done = doctor(clean | {"DATABASE_URL": url})

    assert done.returncode == 1
    assert "does not answer" in done.stdout
    assert "hunter2" not in done.stdout + done.stderr


def test_it_sees_the_queue(broker: Broker, transactional_db: None) -> None:
    JobFactory.create()

    done = doctor(environment_of_children(broker.url))

    assert "queue: 1 jobs wait" in done.stdout
    assert "traces" not in done.stdout
    assert "Run: manage.py load_classes" in done.stdout


def test_it_says_where_traces_and_reports_go(broker: Broker, transactional_db: None) -> None:
    given = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://me:hunter2@collector:4318",
        "SENTRY_DSN": "http://hunter2@127.0.0.1:9/1",
    }

    done = doctor(environment_of_children(broker.url) | given)

    assert "reports of errors: go to 127.0.0.1" in done.stdout
    assert "hunter2" not in done.stdout + done.stderr
    assert "traces: go to http://me:…@collector:4318/v1/traces" in done.stdout


def test_a_password_is_not_printed() -> None:
    assert without_password("redis://:secret@host:6379/0") == "redis://:…@host:6379/0"
    assert without_password("redis://host:6379/0") == "redis://host:6379/0"
