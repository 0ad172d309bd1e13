"""F13: a web process dies while it stores a job, and the client sends it again."""

import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from django.conf import settings

from accounts.models import Scope
from accounts.tokens import token_create
from tests.api.conftest import Server
from tests.conftest import picture, wait_until
from tests.factories import UserFactory
from worker import strays
from worker.models import Job, Status
from worker.strays import strays_collect

pytestmark = [pytest.mark.processes, pytest.mark.timeout(120)]

Start = Callable[..., subprocess.Popen[bytes]]
Serve = Callable[..., Server]


def stored() -> set[str]:
    """Return the ids of the jobs whose pictures are stored."""
    return {path.parent.name for path in (settings.SCRATCH / "media").rglob("input.*")}


def create_twice(serve: Serve, moment: str, flag: Path) -> httpx.Response:
    """Create a job while the process dies, and once more with the same key."""
    flag.touch()
    server = serve(1, DJANGO_SETTINGS_MODULE="tests.chaos.settings", CHAOS_DIE=f"{moment}:{flag}")
    _, secret = token_create(user=UserFactory.create(), name="test", scopes=Scope.values)

    def create() -> httpx.Response:
        return client.post(
            "/api/v1/services/null/jobs",
            files={"image": ("a.jpg", picture(), "image/jpeg")},
            headers={"Idempotency-Key": "key"},
        )

    with server.client(secret, timeout=30) as client:
        with pytest.raises(httpx.TransportError):
            create()
        assert not flag.exists()
        wait_until(server.answers)
        return create()


def test_before_the_commit_there_is_no_job_and_its_picture_is_collected(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = stored()

    answer = create_twice(serve, "before", tmp_path / "die")

    assert answer.status_code == httpx.codes.ACCEPTED
    job = Job.objects.get()
    left = stored() - before - {str(job.id)}
    assert len(left) == 1
    monkeypatch.setattr(strays, "STRAY_AFTER", timedelta())
    assert strays_collect(folder=left.copy().pop()[-2:]) >= 1
    assert not left & stored()
    assert str(job.id) in stored()


def test_after_the_commit_there_is_one_job_which_runs(
    serve: Serve, start: Start, tmp_path: Path
) -> None:
    answer = create_twice(serve, "after", tmp_path / "die")

    job = Job.objects.get()
    assert answer.headers["Idempotent-Replayed"] == "true"
    assert answer.json()["id"] == str(job.id)
    # Nobody has been told; the sweeper finds out.
    start("work", "--processes=1")
    start("sweeper", TEST_TIME_SCALE="0.1")
    wait_until(lambda: Job.objects.get().status == Status.SUCCEEDED, seconds=60)
