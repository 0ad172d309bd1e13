"""A manifest says what a model is; anything that is not exactly so is damaged."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.runtime.manifests import manifest, write_model
from worker.runtime import errors
from worker.runtime.manifest import FILE_NAME, artefact_sha256, read, verify


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return write_model(tmp_path / "tiny")


def change(directory: Path, **values: Any) -> None:
    path = directory / FILE_NAME
    data = json.loads(path.read_text())
    path.write_text(json.dumps({**data, **values}))


def test_what_is_written_is_read(directory: Path) -> None:
    assert verify(directory) == read(directory)
    assert read(directory).class_ids == ("n01", "n02", "n03")
    assert read(directory).input_size == 4
    assert str(read(directory).source) == "tiny-package 1.0"


def test_a_missing_model_is_missing(tmp_path: Path) -> None:
    with pytest.raises(errors.ModelMissingError, match=r"manage\.py build_models tiny"):
        verify(tmp_path / "tiny")


def test_an_altered_artefact_is_damaged(directory: Path) -> None:
    artefact = directory / "model.tflite"
    artefact.write_bytes(artefact.read_bytes() + b"\0")
    with pytest.raises(errors.ModelDamagedError, match=r"manage\.py build_models tiny"):
        verify(directory)


def test_a_missing_artefact_is_damaged(directory: Path) -> None:
    (directory / "model.tflite").unlink()
    with pytest.raises(errors.ModelDamagedError):
        verify(directory)


def test_a_model_under_another_name_is_damaged(directory: Path) -> None:
    with pytest.raises(errors.ModelDamagedError, match="tiny"):
        verify(directory.rename(directory.with_name("other")))


@pytest.mark.parametrize(
    "values",
    [
        {"extra": 1},
        {"name": 5},
        {"engine": "onnx"},
        {"output": "votes"},
        {"artefact": "../elsewhere"},
        {"artefact": ".."},
        {"artefact": "/etc/passwd"},
        {"class_ids": []},
        {"class_ids": [1, 2]},
        {"class_ids": "n01"},
        {"created_by": {"tensorflow": 2}},
        {"source": {}},
        {"source": None},
        {"preprocessing": {}},
        {"preprocessing": {"size": 4, "crop": 0.0, "mean": 1.0, "std": 1.0, "recipe": "?"}},
        {"preprocessing": {"size": "4", "crop": 1.0, "mean": 1.0, "std": 1.0, "recipe": "?"}},
    ],
)
def test_it_is_read_strictly(directory: Path, values: dict[str, Any]) -> None:
    change(directory, **values)
    with pytest.raises(errors.ModelDamagedError):
        read(directory)


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", "{", "[" * 100_000, "\ud800"])
def test_what_is_no_manifest_is_damaged(directory: Path, text: str) -> None:
    (directory / FILE_NAME).write_bytes(text.encode(errors="surrogatepass"))
    with pytest.raises(errors.ModelDamagedError):
        read(directory)


def test_a_directory_has_one_checksum(tmp_path: Path) -> None:
    tree = tmp_path / "saved_model"
    (tree / "variables").mkdir(parents=True)
    (tree / "graph.pb").write_bytes(b"graph")
    (tree / "variables" / "index").write_bytes(b"index")
    before = artefact_sha256(tree)
    # find . -type f -printf '%P\n' | LC_ALL=C sort | xargs sha256sum | sha256sum
    assert before == "6a126da4e282f998e2f71cfe8618fa26861d2630103c495a9b3f7f3f7ad97ecc"

    (tree / "variables" / "index").rename(tree / "index")
    assert artefact_sha256(tree) != before


def test_a_manifest_stays_under_its_name(tmp_path: Path) -> None:
    (tmp_path / "tiny").mkdir()
    replace(manifest(), version="2").write(tmp_path / "tiny")
    assert read(tmp_path / "tiny").version == "2"
