"""Archives are told apart by content, and none of them writes anywhere but into its place."""

import pickle
import tarfile
from pathlib import Path

import pytest

from classify.checker import unpack as unpacking
from classify.checker.refused import RefusedError
from classify.checker.unpack import unpack
from tests.registry.archives import (
    SAVED_MODEL,
    keras_file,
    tar_with,
    tarred,
    zip_with_link,
    zipped,
)
from tests.registry.networks import colours


def unpacked(data: bytes, tmp_path: Path) -> str:
    """Unpack in a directory of its own, and see that nothing has come to lie beside it."""
    upload, place = tmp_path / "upload", tmp_path / "a" / "place"
    upload.write_bytes(data)
    place.mkdir(parents=True)
    try:
        return unpack(upload, place)
    finally:
        assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "upload"]
        assert [path.name for path in (tmp_path / "a").iterdir()] == ["place"]


def test_kinds_are_told_by_content(tmp_path: Path) -> None:
    inside = {f"export/1/{name}": data for name, data in SAVED_MODEL.items()}
    for number, (data, kind) in enumerate(
        [
            (colours(), "tflite"),
            (keras_file(), "keras"),
            (zipped(SAVED_MODEL), "saved_model"),
            (zipped(inside), "saved_model"),
            (tarred(inside), "saved_model"),
            (tarred(SAVED_MODEL, "w"), "saved_model"),
            (tarred(SAVED_MODEL, "w:xz"), "saved_model"),
        ]
    ):
        own = tmp_path / str(number)
        own.mkdir()
        assert unpacked(data, own) == kind
        if kind == "saved_model":
            place = own / "a" / "place" / "saved_model"
            found = {
                path.relative_to(place).as_posix(): path.read_bytes()
                for path in place.rglob("*")
                if path.is_file()
            }
            assert found == SAVED_MODEL


PB = {"saved_model.pb": b"pb"}

HOSTILE = {
    "nothing": (b"", "unknown_kind"),
    "garbage": (b"\x00garbage" * 50, "unknown_kind"),
    "a pickle named .keras": (pickle.dumps({"weights": [1, 2]}), "unknown_kind"),
    "an HDF5 file named .keras": (b"\x89HDF\r\n\x1a\n" + bytes(500), "unknown_kind"),
    "a pickle inside .keras": (keras_file(**{"evil.pkl": pickle.dumps(1)}), "keras_files"),
    "assets in .keras": (keras_file(assets__vocabulary=b"x"), "keras_files"),
    "a path in .keras": (keras_file(**{"../../evil": b"x"}), "keras_files"),
    "up and out, zip": (zipped(PB | {"variables/../../../evil": b"x"}), "archive_unsafe"),
    "absolute, zip": (zipped(PB | {"/evil": b"x"}), "archive_unsafe"),
    "backslashes, zip": (zipped(PB | {"..\\evil": b"x"}), "archive_unsafe"),
    "a link, zip": (zip_with_link(), "archive_unsafe"),
    "up and out, tar": (tarred(PB | {"../evil": b"x"}), "archive_unsafe"),
    "absolute, tar": (tarred(PB | {"/evil": b"x"}), "archive_unsafe"),
    "a link, tar": (tar_with(tarfile.SYMTYPE), "archive_unsafe"),
    "a hard link, tar": (tar_with(tarfile.LNKTYPE, target="../upload"), "archive_unsafe"),
    "a device, tar": (tar_with(tarfile.CHRTYPE), "archive_unsafe"),
    "a pipe, tar": (tar_with(tarfile.FIFOTYPE), "archive_unsafe"),
    "one name twice": (tarred(PB, "w")[:1024] + tarred(PB, "w"), "archive_unsafe"),
    "no SavedModel": (zipped({"readme.txt": b"x"}), "no_saved_model"),
    "two SavedModels": (zipped({"a/saved_model.pb": b"", "b/saved_model.pb": b""}), "no_saved"),
    "a file beside it": (zipped({"a/saved_model.pb": b"", "b.py": b""}), "no_saved_model"),
    "a program in it": (zipped(PB | {"run.py": b"x"}), "saved_model_files"),
    "words in it": (zipped(PB | {"assets/words.txt": b"x"}), "saved_model_files"),
    "many files": (zipped({f"variables/{n}": b"" for n in range(300)}), "archive_too_many"),
    "a cut zip": (zipped(SAVED_MODEL)[:-60], "unknown_kind"),
    "a cut tar": (tarred(SAVED_MODEL)[:-30], "archive_broken"),
}


@pytest.mark.parametrize(("data", "code"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_archives_are_refused(tmp_path: Path, data: bytes, code: str) -> None:
    with pytest.raises(RefusedError) as refused:
        unpacked(data, tmp_path)
    assert refused.value.code.startswith(code)


@pytest.mark.parametrize("form", ["zip", "tar"])
def test_a_bomb_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    monkeypatch.setattr(unpacking, "MOST_BYTES", 2**20)
    files = PB | {"variables/zeros": bytes(2**22)}
    data = zipped(files, deflate=True) if form == "zip" else tarred(files)
    assert len(data) < 2**14
    with pytest.raises(RefusedError, match="archive_too_large"):
        unpacked(data, tmp_path)
    written = sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file())
    assert written <= 2**20 + len(data)


def test_a_zip_that_lies_about_its_size_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpacking, "MOST_BYTES", 2**20)
    data = bytearray(zipped(PB | {"variables/zeros": bytes(2**22)}, deflate=True))
    real = (2**22).to_bytes(4, "little")
    while (at := data.find(real)) >= 0:
        data[at : at + 4] = (1000).to_bytes(4, "little")
    with pytest.raises(RefusedError, match=r"archive_(too_large|broken)"):
        unpacked(bytes(data), tmp_path)
