"""Starts processes of the site on servers that a test has set up."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY, environment_of_children

StartOn = Callable[..., tuple[subprocess.Popen[bytes], Callable[[], str]]]
DoctorOn = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def start_on(transactional_db: None, tmp_path: Path) -> Iterator[StartOn]:
    """Start a command of the site with a ``REDIS_URL``; its log comes with it."""
    started: list[subprocess.Popen[bytes]] = []

    def start(
        url: str, *command: str, **extra: str
    ) -> tuple[subprocess.Popen[bytes], Callable[[], str]]:
        file = tmp_path / f"{len(started)}.log"
        with file.open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "manage.py", *command],
                cwd=REPOSITORY,
                env=environment_of_children(url) | extra,
                stdout=log,
                stderr=log,
            )
        started.append(process)
        return process, file.read_text

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def doctor_on() -> DoctorOn:
    """Have the doctor look at a site with a ``REDIS_URL``."""

    def doctor(url: str, **extra: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", "doctor", "--no-color"],
            cwd=REPOSITORY,
            env=environment_of_children(url) | extra,
            capture_output=True,
            text=True,
            check=False,
        )

    return doctor
