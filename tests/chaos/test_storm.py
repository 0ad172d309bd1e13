"""A short storm over a whole site: web, two workers, sweeper, Redis, PostgreSQL if there is one."""

import subprocess
import sys

import pytest

from tests.conftest import REPOSITORY


@pytest.mark.processes
@pytest.mark.timeout(480)
def test_every_accepted_job_ends_once_in_a_storm() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.chaos", "--short", "--seeds=1", "--jobs=300"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Everything promised was kept." in done.stdout
