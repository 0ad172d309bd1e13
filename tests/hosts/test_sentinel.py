"""Jobs go on when the primary Redis dies and sentinels put its replica in its place."""

import signal
import time
from collections.abc import Iterator

import pytest

from project.celery import app, redis_client
from tests.conftest import connect, wait_until
from tests.factories import submit
from tests.hosts.conftest import DoctorOn, StartOn
from tests.hosts.sentinels import PASSWORD, PRIMARY, SENTINELS_PASSWORD, Sentinels
from worker.models import Job, Status

pytestmark = [pytest.mark.processes, pytest.mark.slow, pytest.mark.timeout(120)]


@pytest.fixture
def sentinels() -> Iterator[Sentinels]:
    servers = Sentinels()
    before: str = app.conf.broker_url
    try:
        servers.start()
        connect(servers.url, primary=PRIMARY, password=SENTINELS_PASSWORD)
        yield servers
    finally:
        connect(before)
        servers.stop()


@pytest.mark.parametrize("what", ["dies", "hangs", "is relieved"])
def test_jobs_go_on_with_the_replica_when_the_primary(
    what: str, sentinels: Sentinels, transactional_db: None, start_on: StartOn
) -> None:
    hurried = sentinels.environment | {"TEST_TIME_SCALE": "0.1"}
    start_on(sentinels.url, "sweeper", **hurried)
    workers = [start_on(sentinels.url, "work", "--processes=1", **hurried)]
    before = [submit(sleep=0.1) for _ in range(20)]
    wait_until(lambda: Job.objects.filter(status=Status.SUCCEEDED).count() > 3)

    if what == "dies":
        sentinels.primary.stop()
    elif what == "hangs":
        sentinels.primary.signal(signal.SIGSTOP)
    else:  # it lives on, as a replica that takes no message
        sentinels.relieve()
    meanwhile = [submit() for _ in range(5)]  # none is refused
    wait_until(lambda: sentinels.is_primary(sentinels.replica), seconds=30)
    after = [submit() for _ in range(5)]

    jobs = Job.objects.filter(id__in=[job.id for job in (*before, *meanwhile, *after)])

    def all_have_ended() -> bool:
        # A worker that hears nothing is ended by its watchdog, and started by a supervisor. With
        # times a tenth as long, it may be while Celery waits before it connects again.
        if workers[-1][0].poll() == 1:
            workers.append(start_on(sentinels.url, "work", "--processes=1", **hurried))
        return jobs.filter(status=Status.SUCCEEDED).count() == 30

    wait_until(all_have_ended, seconds=40)
    assert workers[-1][0].poll() is None
    with redis_client() as client:
        assert client.info("replication")["role"] == "master"
        assert client.connection_pool.get_master_address()[1] == sentinels.replica.port
    for secret in (PASSWORD, SENTINELS_PASSWORD, PASSWORD.replace("/", "%2F")):
        assert not [log for _, log in workers if secret in log()]


def test_sentinels_that_are_away_hold_nobody_up(sentinels: Sentinels) -> None:
    for process in sentinels.processes[:2]:
        process.kill()

    with redis_client() as client:
        assert client.ping()


def test_who_hands_in_does_not_wait_long_for_sentinels_that_hang(
    sentinels: Sentinels, transactional_db: None
) -> None:
    for process in sentinels.processes:
        process.send_signal(signal.SIGSTOP)
    sentinels.primary.signal(signal.SIGSTOP)

    start = time.monotonic()
    job = submit()

    assert time.monotonic() - start < 2.5  # as long as for a Redis that hangs
    assert job.status == Status.QUEUED


def test_doctor_says_what_the_sentinels_know(
    sentinels: Sentinels, transactional_db: None, doctor_on: DoctorOn
) -> None:
    done = doctor_on(sentinels.url, **sentinels.environment)
    sentinels.processes[2].kill()
    after = doctor_on(sentinels.url, **sentinels.environment)

    address = f"127.0.0.1:{sentinels.primary.port}"
    assert f"ok  sentinels: the primary {PRIMARY} is {address}" in done.stdout
    assert "of 3 addresses 3 answer; there are 3 sentinels and 1 replicas" in done.stdout
    assert "FIX sentinels: " in after.stdout
    assert "of 3 addresses 2 answer" in after.stdout
    assert "hunter2" not in done.stdout + done.stderr + after.stdout + after.stderr
