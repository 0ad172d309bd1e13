"""A worker that consumes says so; one that does not, exits; one without a model does not start."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.conftest import REPOSITORY, Broker, environment_of_children, wait_until
from worker.models import WorkerState
from worker.watchdog import own_queue, worker_is_alive

pytestmark = [pytest.mark.processes, pytest.mark.timeout(120)]

Start = Callable[..., subprocess.Popen[bytes]]


def test_a_working_worker_is_seen(start: Start, broker: Broker) -> None:
    worker = start("work", "--processes=1")
    name = f"{socket.gethostname()}:{worker.pid}"

    wait_until(lambda: worker_is_alive(name=name))

    assert WorkerState.objects.get(name=name).seen_at is not None
    asked = subprocess.run(
        [sys.executable, "manage.py", "worker_alive"],
        cwd=REPOSITORY,
        env=environment_of_children(broker.url),
        check=False,
    )
    assert asked.returncode == 0


def test_a_worker_and_a_sweeper_touch_their_files(start: Start, tmp_path: Path) -> None:
    working, sweeping = tmp_path / "working", tmp_path / "sweeping"
    start("work", "--processes=1", ALIVE_FILE=str(working), TEST_TIME_SCALE="0.1")
    start("sweeper", ALIVE_FILE=str(sweeping))

    for file in (working, sweeping):
        wait_until(file.exists)
    first = working.stat().st_mtime_ns
    wait_until(lambda: working.stat().st_mtime_ns > first)


def test_a_host_without_worker_is_not_alive(broker: Broker, transactional_db: None) -> None:
    asked = subprocess.run(
        [sys.executable, "manage.py", "worker_alive"],
        cwd=REPOSITORY,
        env=environment_of_children(broker.url),
        capture_output=True,
        text=True,
        check=False,
    )

    assert asked.returncode == 1
    assert "No worker of this host" in asked.stderr


def test_a_worker_that_consumes_nothing_exits(start: Start, broker: Broker, tmp_path: Path) -> None:
    """Stop its only process with SIGSTOP: canaries are sent, but nothing runs them."""
    file = tmp_path / "alive"
    worker = start("work", "--processes=1", TEST_TIME_SCALE="0.05", ALIVE_FILE=str(file))
    name = f"{socket.gethostname()}:{worker.pid}"
    wait_until(lambda: worker_is_alive(name=name))
    for child in psutil.Process(worker.pid).children():
        child.send_signal(signal.SIGSTOP)

    stopped = time.time()
    assert worker.wait(60) == 1
    assert file.stat().st_mtime < stopped + 2  # two intervals of its canary
    assert broker.client.ttl(own_queue(name)) <= 600


def test_a_worker_without_a_sound_model_says_so_and_stays_away(
    broker: Broker, transactional_db: None, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "work"],
        cwd=REPOSITORY,
        env=environment_of_children(broker.url)
        | {"TEST_WITH_MODELS": "true", "DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == os.EX_CONFIG
    assert "The worker cannot start: The model is not there." in done.stderr
    assert "build_models efficientnet-lite2-int8" in done.stderr
    assert "Traceback" not in done.stderr
