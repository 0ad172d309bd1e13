"""The check of a model that was added. Workers run it beside their jobs, one at a time each.

The row is claimed with a lease, like a job: when the worker dies, another one checks again. The
model itself is loaded in a process of its own only, :mod:`classify.checker`.
"""

import json
import logging
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.audit import audit_record
from classify.models import UNCHECKED, Label, Model, State
from classify.packages import TEMPORARY_PREFIX, move_in, package_store
from project import environment

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
RENEWED_EVERY = 10.0
MOST_ATTEMPTS = 3

LONGEST = 900.0
"""Seconds. TensorFlow alone takes minutes to start on a slow disk, large weights to download."""

Answer = dict[str, Any]


def model_check_next(*, name: str | None = None) -> bool:
    """Check a model that waits for it, if there is one.

    :param name: only this one.
    """
    model = _claim(name)
    if model is None:
        return False
    logger.info("model %s is being checked", model.name)
    settings.MODELS_DIR.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=TEMPORARY_PREFIX, dir=settings.MODELS_DIR) as place:
        answer = _check(model, Path(place))
        if "refused" in answer:
            _refuse(model, answer["refused"], answer.get("detail", ""))
        else:
            _accept(model, answer, Path(place) / model.name)
    return True


def _claim(name: str | None) -> Model | None:
    """Take the model that waits longest; or one whose check has ended without a word."""
    due = Q(state=State.WAITING) | Q(state=State.CHECKING, check_lease__lt=Now())
    waiting = Model.objects.filter(due, **({"name": name} if name else {})).order_by("created_at")
    for model in waiting[:5]:
        claimed = Model.objects.filter(
            due, name=model.name, check_attempts=model.check_attempts
        ).update(
            state=State.CHECKING,
            check_attempts=F("check_attempts") + 1,
            check_lease=Now() + LEASE,
        )
        if claimed:
            model.check_attempts += 1
            if model.check_attempts <= MOST_ATTEMPTS:
                return model
            _refuse(model, "lost", "")
    return None


def _held(model: Model) -> Any:
    """Return the row, if this attempt still holds it."""
    return Model.objects.filter(
        name=model.name, state=State.CHECKING, check_attempts=model.check_attempts
    )


def _check(model: Model, place: Path) -> Answer:
    """Have the model looked at in a process of its own; return its answer."""
    upload = place / "upload"
    if model.file.name:
        try:
            with model.file.open("rb") as stored, upload.open("wb") as file:
                while chunk := stored.read(2**20):
                    file.write(chunk)
        except FileNotFoundError:
            return {"refused": "file_missing"}
    directory, scratch = place / model.name, place / "scratch"
    directory.mkdir()
    scratch.mkdir()
    task = {
        "name": model.name,
        "version": model.version,
        "upload": str(upload),
        "application": model.application,
        "place": str(directory),
        "classes": [one["id"] for one in model.classes],
        "recipe": model.recipe,
        "licence": model.licence,
        "source": model.source,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "classify.checker"],
        cwd=settings.BASE_DIR,
        env=environment.for_strangers(scratch),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    return _answer(process, model, json.dumps(task))


def _answer(process: "subprocess.Popen[str]", model: Model, task: str) -> Answer:
    """Wait for the process, and hold the row meanwhile."""
    end = time.monotonic() + LONGEST
    said: str | None = task
    with process:
        while True:
            try:
                output, _ = process.communicate(said, timeout=RENEWED_EVERY)
                break
            except subprocess.TimeoutExpired:
                said = None
                held = _held(model).update(check_lease=Now() + LEASE)
                if time.monotonic() > end or not held:
                    process.kill()
                    return {"refused": "too_long"}
            except BaseException:
                process.kill()
                raise
    try:
        answer: Answer = json.loads(output.strip().splitlines()[-1])
    except (IndexError, ValueError):
        text = f"It ended with status {process.returncode}."
        return {"refused": "crashed", "detail": text}
    return answer


@transaction.atomic
def _refuse(model: Model, code: str, detail: str) -> None:
    """Note why a model may not be used."""
    refused = _held(model).update(
        state=State.REFUSED, refusal=code, detail=detail[:1000], checked_at=Now(), check_lease=None
    )
    if refused:
        logger.warning("model %s is refused: %s %s", model.name, code, detail)
        audit_record("model.refused", target=f"model:{model.name}", reason=code)


def _accept(model: Model, answer: Answer, directory: Path) -> None:
    """Keep the model, with what the check has found out; nobody is offered it yet."""
    upload, package = model.file.name, package_store(directory)
    manifest = answer["manifest"]
    with transaction.atomic():
        accepted = _held(model).update(
            state=State.READY,
            file=package,
            sha256=manifest["sha256"],
            engine=manifest["engine"],
            input_size=manifest["preprocessing"]["size"],
            report=answer["report"],
            checked_at=Now(),
            check_lease=None,
            refusal="",
            detail="",
        )
        if accepted:
            _labels_add(model)
            audit_record("model.checked", target=f"model:{model.name}", version=model.version)
    if not accepted:
        default_storage.delete(package)
        return
    if upload:
        default_storage.delete(upload)
    move_in(directory)
    logger.info("model %s is ready: %s", model.name, answer["report"])


def _labels_add(model: Model) -> None:
    """Make rows of the model's own classes; those of ImageNet are there already."""
    Label.objects.bulk_create(
        Label(
            id=own["id"],
            model=model,
            index=index,
            **{f"name_{language}": name for language, name in own["names"].items()},
        )
        for index, own in enumerate(model.classes)
        if own["names"]
    )


def is_unchecked(name: str) -> bool:
    """Tell whether a model still waits for the end of its check."""
    return Model.objects.filter(name=name, state__in=UNCHECKED).exists()
