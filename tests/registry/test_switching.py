"""A model is added, checked, made the default and rolled back under load, by real processes."""

import subprocess
import uuid
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from classify.models import Model, State
from classify.registry import ModelError, model_make_default, model_remove, model_roll_back
from tests.conftest import Broker, picture, wait_until
from tests.factories import UserFactory
from tests.registry.conftest import add
from tests.registry.networks import colours
from worker.models import Job, Status

pytestmark = [pytest.mark.processes, pytest.mark.timeout(400)]

RED = picture(colour="red")
EACH = 25


def children(worker: subprocess.Popen[bytes]) -> set[int]:
    """Return the processes that run the jobs: the same before and after means no restart."""
    return {child.pid for child in psutil.Process(worker.pid).children() if child.is_running()}


def test_no_job_fails_and_each_names_the_model_that_made_it(
    start: Callable[..., subprocess.Popen[bytes]], broker: Broker, tmp_path: Path, client: Client
) -> None:
    names = {"strongest": colours(), "weakest": colours(negated=True)}
    for name, data in names.items():
        add(name, data)
    # Not in the place of the models that this process knows: the worker's own machine.
    worker = start("work", "--processes=2", DATA_DIR=str(tmp_path / "there"))
    wait_until(lambda: Model.objects.filter(state=State.READY).count() == 2, seconds=150)
    models = {model.name: model for model in Model.objects.all()}
    model_make_default(model=models["strongest"])
    client.force_login(UserFactory.create())

    wanted: dict[str, list[uuid.UUID]] = {name: [] for name in names}

    def submit(name: str) -> None:
        for number in range(EACH):
            upload = SimpleUploadedFile(f"{name}-{number}.jpg", RED, "image/jpeg")
            assert client.post("/", {"images": upload}).status_code == 302
        new = Job.objects.filter(input_name__startswith=name).exclude(id__in=wanted[name])
        wanted[name] += new.values_list("id", flat=True)

    submit("strongest")
    wait_until(lambda: Job.objects.filter(status=Status.SUCCEEDED).exists())
    before = children(worker)
    model_make_default(model=models["weakest"])
    submit("weakest")
    Model.objects.filter(name="strongest").update(enabled=False)
    if Job.objects.filter(model="strongest", finished_at=None).exists():
        with pytest.raises(ModelError, match="jobs_wait"):
            model_remove(model=models["strongest"])
    Model.objects.filter(name="strongest").update(enabled=True)
    assert model_roll_back().name == "strongest"
    submit("strongest")
    wait_until(lambda: not Job.objects.filter(finished_at=None).exists(), seconds=150)

    assert {name: len(jobs) for name, jobs in wanted.items()} == {
        "strongest": 2 * EACH,
        "weakest": EACH,
    }
    for name, ids in wanted.items():
        for job in Job.objects.filter(id__in=ids):
            assert (job.status, job.error_code) == (Status.SUCCEEDED, "")
            assert (job.model, job.model_version) == (name, "1")
            assert job.model_sha256 == models[name].sha256
            # Red is the strongest colour of a red picture, and not the weakest.
            assert (job.label == f"{name}--red") == (name == "strongest")
    assert before
    assert children(worker) == before
