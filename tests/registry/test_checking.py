"""The check of a model, in the process that it really runs in."""

import os
import signal
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import AuditEntry
from classify import checking
from classify.checking import model_check_next
from classify.models import Label, Model, State
from classify.packages import model_fetch
from classify.registry import model_check_again, model_make_default, model_remove, model_switch
from project import environment
from tests.registry.archives import keras_file, tarred, zipped
from tests.registry.conftest import RECIPE, add, checked
from tests.registry.networks import colours
from tests.registry.test_keras_file import LAMBDA, with_layer
from worker.runtime.errors import ModelDamagedError, ModelMissingError
from worker.runtime.manifest import artefact_sha256, verify

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(120)]  # each check starts a process


def test_a_sound_model_becomes_ready_and_is_offered_to_nobody_yet(place: Path) -> None:
    model = add()
    upload = str(model.file.name)
    assert (model.state, model.enabled) == (State.WAITING, False)

    model = checked(model)

    assert (model.state, model.refusal, model.detail) == (State.READY, "", "")
    assert (model.enabled, model.is_default) == (False, False)
    assert (model.engine, model.input_size, model.version) == ("litert", 16, "1")
    assert model.report["predict_ms"] > 0
    assert model.report["memory_bytes"] > 0
    manifest = verify(place / "colours")
    assert manifest.sha256 == model.sha256 == artefact_sha256(place / "colours" / "model.tflite")
    assert manifest.class_ids == ("colours--red", "colours--green", "colours--blue")
    labels = Label.objects.filter(model=model, parent=None)
    assert [(one.index, one.name) for one in labels] == [(0, "red"), (1, "green"), (2, "blue")]
    assert not default_storage.exists(upload)
    assert default_storage.exists(str(model.file.name))
    assert [path.name for path in place.iterdir()] == ["colours"]
    assert {entry.event for entry in AuditEntry.objects.all()} == {"model.added", "model.checked"}
    assert not model_check_next()


REFUSED = {
    "garbage": ({"upload": b"x" * 900}, "unknown_kind"),
    "a broken flatbuffer": ({"upload": b"\x1c\x00\x00\x00TFL3" + b"\xff" * 900}, "?"),
    "half a network": ({"upload": colours()[:400]}, "?"),
    "an operation of TensorFlow": ({"upload": colours(custom="FlexErf")}, "custom_operation"),
    "an operation of its own": ({"upload": colours(custom="Magic")}, "custom_operation"),
    "too few classes": ({"names": ["red", "green"]}, "class_count"),
    "too many classes": ({"names": ["red", "green", "blue", "grey"]}, "class_count"),
    "another size": ({"recipe": RECIPE | {"size": 32}}, "input_shape"),
    "logits that are none": ({"recipe": RECIPE | {"output": "probabilities"}}, "not_probabilities"),
    "one answer for everything": ({"upload": colours(scale=0)}, "always_the_same"),
    "no number": ({"upload": colours(scale=float("nan"))}, "not_finite"),
    "Lambda": ({"upload": keras_file(with_layer(LAMBDA))}, "keras_code"),
    "up and out": ({"upload": tarred({"../saved_model.pb": b""})}, "archive_unsafe"),
    "no SavedModel": ({"upload": zipped({"a.txt": b""})}, "no_saved_model"),
    "three outputs for ImageNet": ({"names": []}, "class_count"),
}


@pytest.mark.parametrize(("fields", "code"), REFUSED.values(), ids=REFUSED)
def test_others_are_refused_with_a_reason(place: Path, fields: dict[str, Any], code: str) -> None:
    model = checked(add(**fields))
    assert model.state == State.REFUSED
    assert model.refusal == code or (
        code == "?" and model.refusal in {"unloadable", "crashed", "input_shape"}
    )
    assert not model_switch(model=model, enabled=True)
    assert list(place.iterdir()) == []
    assert not Label.objects.filter(model=model).exists()
    assert AuditEntry.objects.all()[0].details == {"reason": model.refusal}


def checker_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: str) -> None:
    """Have another program run as the checker."""
    package = tmp_path / "classify" / "checker"
    package.mkdir(parents=True)
    (package.parent / "__init__.py").touch()
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(code)
    monkeypatch.setattr(
        environment, "for_strangers", lambda scratch: {"PYTHONPATH": "", "PATH": os.environ["PATH"]}
    )
    monkeypatch.setattr("django.conf.settings.BASE_DIR", tmp_path)


def test_a_crash_ends_the_check_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    checker_is(monkeypatch, tmp_path, "import ctypes; ctypes.string_at(0)")
    model = checked(add())
    assert (model.state, model.refusal) == (State.REFUSED, "crashed")
    assert str(-signal.SIGSEGV) in model.detail


def test_a_check_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    checker_is(monkeypatch, tmp_path, "import time; time.sleep(600)")
    monkeypatch.setattr(checking, "LONGEST", 1.0)
    monkeypatch.setattr(checking, "RENEWED_EVERY", 0.5)
    assert checked(add()).refusal == "too_long"


def test_the_check_knows_no_secret_and_has_limits(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SECRET_KEY", "hush")
    monkeypatch.setenv("DATABASE_URL", "postgres://hush")
    found = environment.for_strangers(tmp_path)
    assert "hush" not in str(found)
    assert found["HOME"] == str(tmp_path)
    checker_is(
        monkeypatch,
        tmp_path,
        "import importlib.util, resource, json, sys\n"
        f"sys.path.insert(0, {str(Path(__file__).parent.parent.parent)!r})\n"
        "for name in [n for n in sys.modules if n.startswith('classify')]: del sys.modules[name]\n"
        "from classify.checker.__main__ import limit, write_nothing\n"
        "limit(); write_nothing()\n"
        "try:\n"
        "    with open('written', 'w') as file: file.write('x')\n"
        "    first = ''\n"
        "except OSError: first = 'EFBIG'\n"
        "try: bytearray(2**40); second = ''\n"
        "except MemoryError: second = 'MemoryError'\n"
        "print(json.dumps({'refused': 'broken', 'detail': first + ' ' + second}))",
    )
    assert checked(add()).detail == "EFBIG MemoryError"


def test_a_check_whose_worker_died_is_done_by_another() -> None:
    model = add()
    long_ago = timezone.now() - timedelta(hours=1)
    dead = {"state": State.CHECKING, "check_attempts": 1}
    Model.objects.update(**dead, check_lease=timezone.now() + timedelta(hours=1))
    assert not model_check_next()
    Model.objects.update(check_lease=long_ago)
    assert checked(model).state == State.READY

    again = add("again")
    Model.objects.filter(name="again").update(
        state=State.CHECKING, check_attempts=checking.MOST_ATTEMPTS, check_lease=long_ago
    )
    assert not model_check_next()
    again.refresh_from_db()
    assert (again.state, again.refusal) == (State.REFUSED, "lost")
    assert model_check_again(model=again)
    assert checked(again).state == State.READY


def test_what_comes_too_late_changes_nothing(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    model = add()

    def meanwhile(*args: object) -> dict[str, object]:
        Model.objects.update(check_attempts=2)
        return {"refused": "golden"}

    monkeypatch.setattr(checking, "_check", meanwhile)
    assert model_check_next()
    model.refresh_from_db()
    assert (model.state, model.refusal, model.check_attempts) == (State.CHECKING, "", 2)


def test_a_machine_without_the_model_fetches_it(place: Path) -> None:
    model = checked(add())
    (place / "colours").rename(place / "elsewhere")
    model_fetch("colours")
    assert verify(place / "colours").sha256 == model.sha256
    model_fetch("colours")
    model_fetch("unknown")

    (place / "colours").rename(place / "elsewhere2")
    Model.objects.update(sha256="0" * 64)
    with pytest.raises(ModelDamagedError):
        model_fetch("colours")
    default_storage.delete(str(model.file.name))
    with pytest.raises(ModelMissingError):
        model_fetch("colours")
    assert not (place / "colours").exists()


def test_a_removed_model_is_gone_but_for_its_name(
    place: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    model = checked(add())
    package = str(model.file.name)
    with django_capture_on_commit_callbacks(execute=True):
        model_remove(model=model)
    model.refresh_from_db()
    assert (model.state, model.file.name) == (State.REMOVED, "")
    assert list(place.iterdir()) == []
    assert not default_storage.exists(package)
    assert Label.objects.filter(model=model).count() == 3


def test_a_ready_model_is_switched_made_default_and_kept() -> None:
    model = checked(add())
    assert model_switch(model=model, enabled=True)
    model_make_default(model=model)
    model.refresh_from_db()
    assert (model.enabled, model.is_default) == (True, True)
