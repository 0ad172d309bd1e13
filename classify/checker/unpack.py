"""Tells what kind of artefact a file is, and puts it into a directory. No archive is trusted.

What an archive says of itself decides nothing: names are checked one by one, files are written by
this module and not by a library, and counted while they are written.
"""

import stat
import tarfile
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from lzma import LZMAError
from pathlib import Path, PurePosixPath
from shutil import copyfile
from typing import IO, Literal

from classify.checker.refused import RefusedError

Kind = Literal["tflite", "keras", "saved_model"]

ARTEFACTS: dict[Kind, str] = {
    "tflite": "model.tflite",
    "keras": "model.keras",
    "saved_model": "saved_model",
}
"""What the artefact of each kind is called in a model's directory."""

MOST_BYTES = 1024**3
"""Of all files in an archive together."""

MOST_ENTRIES = 200
"""A SavedModel has about ten, and one more for each piece of very large weights."""

_CHUNK = 2**20
_SAVED_MODEL_FILES = {"saved_model.pb", "fingerprint.pb", "keras_metadata.pb"}
_BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    LZMAError,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
)


def unpack(upload: Path, place: Path) -> Kind:
    """Put what was handed in into a directory, under the name of its kind.

    :raises RefusedError: when it is none of the kinds, or an archive that is not sound.
    """
    with upload.open("rb") as file:
        head = file.read(8)
    if head[4:8] == b"TFL3":
        copyfile(upload, place / ARTEFACTS["tflite"])
        return "tflite"
    if zipfile.is_zipfile(upload):
        with _faults(), zipfile.ZipFile(upload) as archive:
            entries = archive.infolist()
            if "config.json" in {entry.filename for entry in entries}:
                _check_keras(entries)
                copyfile(upload, place / ARTEFACTS["keras"])
                return "keras"
            with closing(_zip_files(archive)) as files:
                unpack_saved_model(files, place / ARTEFACTS["saved_model"])
            return "saved_model"
    with upload.open("rb") as file:
        is_tar = tarfile.is_tarfile(file)
    if is_tar:
        with _faults(), tarfile.open(upload) as archive:
            with closing(_tar_files(archive)) as files:
                unpack_saved_model(files, place / ARTEFACTS["saved_model"])
            return "saved_model"
    raise RefusedError("unknown_kind")


def unpack_tree(package: Path, place: Path) -> None:
    """Unpack a tar archive with a model's whole directory.

    :raises RefusedError: when it is not sound.
    """
    with _faults(), tarfile.open(package) as archive, closing(_tar_files(archive)) as files:
        _write_all(files, place)


@contextmanager
def _faults() -> Iterator[None]:
    """Refuse what libraries find wrong with an archive."""
    try:
        yield
    except _BROKEN as error:
        raise RefusedError("archive_broken", f"{type(error).__name__}: {error}") from error


def _check_keras(entries: list[zipfile.ZipInfo]) -> None:
    """See that a ``.keras`` file holds what Keras writes, and nothing else.

    :raises RefusedError: when it does not. Assets are files that layers read words from; no layer
        that looks at pictures has any.
    """
    names = sorted(entry.filename for entry in entries if not entry.is_dir())
    if names != ["config.json", "metadata.json", "model.weights.h5"]:
        raise RefusedError("keras_files", ", ".join(name[:100] for name in names[:20]))
    if sum(entry.file_size for entry in entries) > MOST_BYTES:
        raise RefusedError("archive_too_large")


File = tuple[str, bool, int, "IO[bytes] | None"]
"""Name, whether it is a plain file, size by the archive, content."""


def _zip_files(archive: zipfile.ZipFile) -> Generator[File, None, None]:
    """Yield the entries of a zip that are not folders."""
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES:
        raise RefusedError("archive_too_many")
    for entry in entries:
        mode = entry.external_attr >> 16
        plain = stat.S_IFMT(mode) in {0, stat.S_IFREG}
        if entry.is_dir():
            _path(entry.filename)
        else:
            with archive.open(entry) as content:
                yield entry.filename, plain, entry.file_size, content


def _tar_files(archive: tarfile.TarFile) -> Generator[File, None, None]:
    """Yield the members of a tar that are not folders."""
    total = 0
    for number, member in enumerate(archive):
        total += max(0, member.size)
        if number >= MOST_ENTRIES:
            raise RefusedError("archive_too_many")
        if total > MOST_BYTES:
            raise RefusedError("archive_too_large")
        if member.isdir():
            _path(member.name)
            continue
        plain = member.isreg() and not member.issparse()
        yield member.name, plain, member.size, archive.extractfile(member) if plain else None


def _path(name: str) -> PurePosixPath:
    """Return a name in an archive as a path.

    :raises RefusedError: when it leads out of the archive, or is no honest name.
    """
    path = PurePosixPath(name)
    strange = "\\" in name or ":" in name or not name.isprintable() or len(name) > 200
    if strange or path.is_absolute() or ".." in path.parts:
        raise RefusedError("archive_unsafe", name[:200])
    return path


def unpack_saved_model(files: Iterator[File], place: Path) -> None:
    """Write a SavedModel out of an archive, in which it may lie in a folder.

    :raises RefusedError: when there is none, or more than one.
    """
    _write_all(files, place)
    found = list(place.rglob("saved_model.pb"))
    if len(found) != 1:
        raise RefusedError("no_saved_model")
    if found[0].parent != place:
        inner = place.with_name("inner")
        found[0].parent.rename(inner)
        if any(path.is_file() for path in place.rglob("*")):
            raise RefusedError("no_saved_model", "There are files beside its folder.")
        place.rename(place.with_name("outer"))
        inner.rename(place)
    for path in place.rglob("*"):
        name = path.relative_to(place)
        known = name.parts[0] == "variables" or str(name) in _SAVED_MODEL_FILES
        if path.is_file() and not known:
            raise RefusedError("saved_model_files", str(name))
        if path.is_dir() and str(name) not in {"variables", "assets", "assets.extra"}:
            raise RefusedError("saved_model_files", str(name))


def _write_all(files: Iterator[File], place: Path) -> None:
    """Write files below a directory, counting what is really written.

    :raises RefusedError: at the first that is not harmless, or when it is too much.
    """
    place.mkdir()
    left = MOST_BYTES
    for name, plain, size, content in files:
        path = _path(name)
        if not plain or content is None:
            raise RefusedError("archive_unsafe", name[:200])
        if size > left:
            raise RefusedError("archive_too_large")
        target = place / path
        if target.exists():
            raise RefusedError("archive_unsafe", name[:200])
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as out:
            while chunk := content.read(min(_CHUNK, left + 1)):
                left -= len(chunk)
                if left < 0:
                    raise RefusedError("archive_too_large")
                out.write(chunk)
