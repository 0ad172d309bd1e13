"""Faults of the database and of the stored pictures."""

import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

from tests.chaos.fault import fault
from tests.chaos.faults_processes import submit
from tests.chaos.jobs import promise
from tests.chaos.ledger import Promise, answers
from tests.chaos.stage import Stage
from worker.models import Job, ServiceState


@fault("F11", needs_postgres=True)
def database_is_stopped(stage: Stage, random: Random) -> None:
    """PostgreSQL stops as in a power cut, for 15 seconds."""
    assert stage.postgres is not None
    stage.postgres.stop_at_once()
    time.sleep(15)
    stage.postgres.start()


@fault("F12", needs_postgres=True)
def sessions_are_ended(stage: Stage, random: Random) -> None:
    """All database sessions are ended every half second, for 10 seconds."""
    assert stage.postgres is not None
    for _ in range(20):
        stage.postgres.end_sessions()
        time.sleep(0.5)


@fault("F18")
def disk_is_full(stage: Stage, random: Random) -> None:
    """A picture cannot be stored, as the disk is full: it is refused and leaves nothing."""
    name = f"full-{random.random()}"
    submit(stage, name, "--tries=1", "--largest-file=400")
    said = [answer.said for answer in answers(stage.ledger, name)]
    check(said == ["storage_full"], f"a full disk answers {said}")
    check(not Job.objects.filter(user__email__startswith=name).exists(), "a job without picture")
    check(all(path.stat().st_size > 400 for path in media(stage)), "half a picture is left")


def media(stage: Stage) -> Iterator[Path]:
    """Yield the files that the site has stored."""
    return (path for path in (stage.directory / "media").rglob("*") if path.is_file())


@fault("F19")
def pictures_are_tampered_with(stage: Stage, random: Random) -> None:
    """Of two waiting jobs, one picture is deleted and one has a byte changed."""
    ServiceState.objects.update_or_create(service="null", defaults={"paused": True})
    try:
        missing = promise(stage, expect="input_missing")
        changed = promise(stage, expect="input_changed")
        picture_of(missing).unlink()
        content = bytearray(picture_of(changed).read_bytes())
        content[-5] ^= 1
        picture_of(changed).write_bytes(content)
    finally:
        ServiceState.objects.update(paused=False)


def picture_of(made: Promise) -> Path:
    """Return where a job's picture is stored."""
    return Path(Job.objects.get(id=made.id).input.path)


def check(holds: bool, text: str) -> None:
    """Have the run fail when something does not hold."""
    if not holds:
        raise AssertionError(text)
