"""Single faults against real workers, told by what becomes of a job."""

import base64
import json
import os
import resource
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.conftest import REPOSITORY, Broker, environment_of_children, picture, wait_until
from tests.factories import JobFactory, UserFactory
from worker.dispatch import TASK, dispatch
from worker.models import Job, Lane, ServiceState, Status
from worker.services import job_submit

pytestmark = [pytest.mark.processes, pytest.mark.timeout(240)]

Start = Callable[..., subprocess.Popen[bytes]]


def submit(**fields: object) -> Job:
    with (settings.SCRATCH / "photo.jpg").open("w+b") as photo:
        photo.write(picture())
        return job_submit(
            user=UserFactory.create(),
            service="null",
            image=photo,
            name="a.jpg",
            model="null",
            parameters=fields,
        )


def ended(job: Job) -> bool:
    job.refresh_from_db()
    return job.is_finished


def test_a_single_picture_does_not_wait_for_two_thousand(start: Start) -> None:
    """Fair share: between the single job's submission and its end only a window's worth runs."""
    crowd = submit()
    Job.objects.bulk_create(
        JobFactory.build(
            user=crowd.user,
            lane=Lane.BULK,
            input=crowd.input,
            input_sha256=crowd.input_sha256,
            parameters={"sleep": 0.01},
        )
        for _ in range(2_000)
    )
    dispatch()
    start("work", "--processes=1")
    wait_until(lambda: Job.objects.filter(status=Status.SUCCEEDED).count() > 20, seconds=60)

    single = submit()
    wait_until(lambda: ended(single), seconds=60)

    before = Job.objects.filter(
        user=crowd.user,
        finished_at__gt=single.created_at,
        finished_at__lt=single.finished_at,
    )
    assert single.status == Status.SUCCEEDED
    assert before.count() < 3 * settings.DISPATCH_WINDOW


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (Path.unlink, "input_missing"),
        (lambda path: path.write_bytes(path.read_bytes() + b"x"), "input_changed"),
    ],
    ids=["removed", "altered"],
)
def test_a_picture_that_was_tampered_with_fails_its_job_at_once(
    start: Start, harm: Callable[[Path], object], code: str
) -> None:
    state = ServiceState.objects.create(service="null", paused=True)
    job = submit()
    harm(Path(job.input.path))
    state.delete()
    start("work", "--processes=1")
    dispatch()

    wait_until(lambda: ended(job), seconds=60)

    assert (job.status, job.error_code, job.attempts) == (Status.FAILED, code, 1)


@pytest.fixture
def small_files() -> Iterator[None]:
    """As on a full disk: no file can grow beyond 8 MB, so that the database still can."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8 * 2**20, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("small_files", "transactional_db")
def test_a_full_disk_refuses_and_leaves_no_trace() -> None:
    from worker.failures import JobRefusedError

    photo = settings.SCRATCH / "large.jpg"
    with photo.open("w+b") as large:
        large.write(picture())
        large.truncate(8 * 2**20)
    # Larger than what can be stored, though not than what is accepted.
    content = photo.read_bytes() + b"\0" * 2**20
    stored = set((settings.SCRATCH / "media").rglob("input*"))
    import io

    with pytest.raises(JobRefusedError) as refusal:
        job_submit(
            user=UserFactory.create(),
            service="null",
            image=io.BytesIO(content),
            name="large.jpg",
            model="null",
            parameters={},
        )

    assert (refusal.value.code, refusal.value.retry_after) == ("storage_full", 60)
    assert not Job.objects.exists()
    assert set((settings.SCRATCH / "media").rglob("input*")) == stored


def test_a_worker_without_its_model_says_so_and_does_not_start(
    broker: Broker, transactional_db: None, tmp_path: Path
) -> None:
    worker = subprocess.run(
        [sys.executable, "manage.py", "work"],
        cwd=REPOSITORY,
        env=environment_of_children(broker.url)
        | {"DATA_DIR": str(tmp_path), "TEST_WITH_MODELS": "true"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert worker.returncode == os.EX_CONFIG
    said = [line for line in worker.stderr.splitlines() if "cannot start" in line]
    assert len(said) == 1
    assert "Traceback" not in worker.stderr


def message(**changes: object) -> bytes:
    """Return a message as Celery writes it, with some parts changed."""
    body = base64.b64encode(json.dumps([[[]], {}, {}]).encode()).decode()
    properties = {
        "correlation_id": "1",
        "delivery_mode": 2,
        "delivery_info": {"exchange": "", "routing_key": "interactive"},
        "priority": 0,
        "body_encoding": "base64",
        "delivery_tag": "1",
    }
    envelope = {
        "body": body,
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": {"lang": "py", "task": TASK, "id": "1", "argsrepr": "", "kwargsrepr": ""},
        "properties": properties,
    }
    return json.dumps(envelope | changes).encode()


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


def encoded(body: object) -> str:
    return base64.b64encode(json.dumps(body).encode()).decode()


PICKLE = "application/x-python-serialize"

GARBAGE = {
    "empty": b"",
    "binary": b"\xff\xfe",
    "no JSON": b"not json",
    "a number": b"7",
    "null": b"null",
    "a list": b"[]",
    "an object": b"{}",
    "nested": nested(100_000),
    "no body": message(body="!!!"),
    "body of null": message(body=None),
    "body without arguments": message(body=encoded(7)),
    "body of two parts": message(body=encoded([[], {}])),
    "pickle": message(
        **{"content-type": PICKLE, "body": base64.b64encode(b"cos\nsystem\n").decode()}
    ),
    "unknown content type": message(**{"content-type": "text/x-unheard-of"}),
    "unknown encoding": message(**{"content-encoding": "unheard-of"}),
    "headers of a list": message(headers=[]),
    "no headers": message(headers={}),
    "name of a list": message(headers={"lang": "py", "task": [], "id": "1"}),
    "unknown task": message(headers={"lang": "py", "task": "worker.tasks.gone", "id": "1"}),
    "no id": message(headers={"lang": "py", "task": TASK}),
    "no time limits": message(headers={"task": TASK, "id": "1", "timelimit": 7}),
    "bad time limits": message(headers={"task": TASK, "id": "1", "timelimit": ["a", "b"]}),
    "a date": message(headers={"task": TASK, "id": "1", "eta": "2999-01-01T00:00:00"}),
    "bad expiry": message(headers={"task": TASK, "id": "1", "expires": "never"}),
    "bad compression": message(headers={"task": TASK, "id": "1", "compression": "x"}),
    "properties of null": message(properties=None),
    "no properties": message(properties={}),
    "no delivery": message(properties={"delivery_tag": "1", "body_encoding": "base64"}),
    "no list of jobs": message(body=encoded([[7], {}, {}])),
    "too many arguments": message(body=encoded([[1, 2, 3], {}, {}])),
    "no pairs": message(body=encoded([[[7]], {}, {}])),
    "no id of a job": message(body=encoded([[[["x", 0]]], {}, {}])),
    "id of null": message(body=encoded([[[[None, 0]]], {}, {}])),
    "attempts in words": message(body=encoded([[[[str(uuid.uuid4()), "three"]]], {}, {}])),
    "endless attempts": message(body=encoded([[[[str(uuid.uuid4()), 10**30]]], {}, {}])),
    "unknown job": message(body=encoded([[[[str(uuid.uuid4()), 0]]], {}, {}])),
}


def run_a_job(worker: subprocess.Popen[bytes]) -> None:
    """Check that a worker which is still there runs jobs."""
    job = submit()
    wait_until(lambda: ended(job) or worker.poll() is not None, seconds=60)

    assert worker.poll() is None
    assert job.status == Status.SUCCEEDED


def test_a_message_that_is_none_does_not_stop_the_worker(start: Start, broker: Broker) -> None:
    """Each is followed by a job, which the same worker still runs; nothing is put back."""
    worker = start("work", "--processes=1")
    for garbage in GARBAGE.values():
        broker.client.lpush(Lane.INTERACTIVE, garbage)
        run_a_job(worker)

    broker.client.lpush(Lane.INTERACTIVE, *GARBAGE.values())
    run_a_job(worker)

    wait_until(lambda: not broker.client.exists("unacked", *Lane.values))


def test_redis_that_hangs_for_a_while_does_not_stop_the_worker(
    start: Start, broker: Broker
) -> None:
    """It hangs when a job ends, so that nobody can be told that its message is done."""
    worker = start("work", "--processes=1")
    first = submit(sleep=1)
    wait_until(lambda: Job.objects.filter(status=Status.RUNNING).exists(), seconds=60)
    broker.client.client_pause(5_000, all=True)
    wait_until(lambda: ended(first), seconds=60)
    broker.client.ping()  # answers when the pause is over

    run_a_job(worker)
