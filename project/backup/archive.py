"""Writes a backup, checks one, and makes a site of it."""

import gzip
import hashlib
import io
import json
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils import timezone

from project.backup import tables

FORMAT = 1
MANIFEST = "manifest.json"
TABLES, MEDIA, MODELS = "tables", "media", "models"

Progress = Callable[[str], None]


class BackupError(Exception):
    """A backup cannot be used; the text says why, and what to do."""


@dataclass
class Manifest:
    """What a backup holds.

    :ivar made_at: when the rows were read, in ISO 8601.
    :ivar key: tells whether another key signs: see :func:`key_mark`.
    :ivar migrations: what its tables look like.
    :ivar columns: by table, in the order of a row's values.
    :ivar rows: by table, how many.
    :ivar sha256: of each file in the archive, in hex.
    :ivar missing: pictures that were deleted while the backup was being made.
    """

    made_at: str
    key: str
    migrations: list[str]
    columns: dict[str, list[str]] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    sha256: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    format: int = FORMAT


def key_mark() -> str:
    """Return a mark of the secret key from which nobody gets the key."""
    text = b"backup:" + settings.SECRET_KEY.encode()
    return hashlib.scrypt(text, salt=b"vitrina backup", n=2**14, r=8, p=1, dklen=16).hex()


def backup_write(path: Path, *, models: bool = True, say: Progress) -> Manifest:
    """Write a backup; a file appears under its name only when it is whole.

    The rows are of one moment. Pictures are never changed once they are stored, so that those
    which are read after belong to it; one that was deleted in between is listed as missing.

    :param models: whether to include the models, which can also be built again or added.
    """
    unfinished = path.with_name(f".{path.name}.part")
    unfinished.touch(mode=0o600)
    try:
        with tarfile.open(unfinished, "w:gz", compresslevel=1) as archive:
            manifest = _write(archive, models=models, say=say)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return manifest


def _write(archive: tarfile.TarFile, *, models: bool, say: Progress) -> Manifest:
    manifest = Manifest(timezone.now().isoformat(), key_mark(), tables.migrations())
    say("rows …")
    with _one_moment():
        for name, model in tables.tables().items():
            manifest.columns[name] = tables.columns(model)
            with tempfile.TemporaryFile() as rows:
                manifest.rows[name] = tables.rows_write(model, rows)
                _add(archive, manifest, f"{TABLES}/{name}.jsonl", rows)
    say("pictures …")
    for name in _stored():
        try:
            with default_storage.open(name) as stored:
                _add(archive, manifest, f"{MEDIA}/{name}", stored)
        except FileNotFoundError:
            manifest.missing.append(name)
    if models:
        say("models …")
        for file in sorted(settings.MODELS_DIR.rglob("*")):
            if file.is_file() and not file.is_symlink():
                name = file.relative_to(settings.MODELS_DIR).as_posix()
                with file.open("rb") as stored:
                    _add(archive, manifest, f"{MODELS}/{name}", stored)
    text = io.BytesIO(json.dumps(asdict(manifest)).encode())
    _add(archive, manifest, MANIFEST, text)
    return manifest


@contextmanager
def _one_moment() -> Iterator[None]:
    """Have everything read as it was at one moment, while others go on writing."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if connection.vendor == "postgresql" and outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def _stored(folder: str = "") -> Iterator[str]:
    """Return the names of all files in the storage."""
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in sorted(files):
        yield str(PurePosixPath(folder, name))
    for name in sorted(folders):
        yield from _stored(str(PurePosixPath(folder, name)))


def _add(archive: tarfile.TarFile, manifest: Manifest, name: str, file: Any) -> None:
    """Add a file, and note its checksum."""
    file.seek(0)
    manifest.sha256[name] = _sha256(file)
    member = tarfile.TarInfo(name)
    member.size, member.mode = file.tell(), 0o600
    file.seek(0)
    archive.addfile(member, file)


def _sha256(file: Any) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(2**20):
        digest.update(chunk)
    return digest.hexdigest()


def backup_check(path: Path) -> Manifest:
    """Read a whole backup, and return what it holds.

    :raises BackupError: when it is none, or anything in it is not as it was written.
    """
    found: dict[str, str] = {}
    manifest = None
    try:
        for name, file in _members(path):
            if name == MANIFEST:
                manifest = Manifest(**json.load(file))
            else:
                found[name] = _sha256(file)
    except (OSError, EOFError, tarfile.TarError, zlib.error, ValueError, TypeError) as error:
        raise BackupError(f"{path} is damaged, or no backup: {error}") from error
    if manifest is None:
        raise BackupError(f"{path} is not whole: it has no {MANIFEST}.")
    if manifest.format != FORMAT:
        raise BackupError(f"{path} is of another version of Vitrina (format {manifest.format}).")
    expected = {name: digest for name, digest in manifest.sha256.items() if name != MANIFEST}
    wrong = sorted(
        name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name)
    )
    if wrong:
        raise BackupError(f"{path} is damaged: {', '.join(wrong[:5])}")
    return manifest


def _members(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """Return the files of an archive; anything else in it, or outside its folders, is refused."""
    with gzip.open(path) as whole, tarfile.open(fileobj=whole, mode="r|") as archive:
        for member in archive:
            parts = PurePosixPath(member.name).parts
            inside = parts[:1] in ((TABLES,), (MEDIA,), (MODELS,)) and len(parts) > 1
            sound = member.isreg() and ".." not in parts and not member.name.startswith("/")
            if not sound or not (inside or member.name == MANIFEST):
                raise BackupError(f"{path} holds {member.name!r}, which does not belong there.")
            file = archive.extractfile(member)
            if file is not None:
                yield member.name, file
        while whole.read(2**20):  # the checksum of everything stands at the end
            pass


def restore(path: Path, *, replace: bool, say: Progress) -> Manifest:
    """Make this site what a backup holds. All rows change at once, or none does.

    :param replace: whether what is here may be deleted.
    :raises BackupError: when the backup is not sound, its tables look otherwise than those here,
        or there is something here; nothing has changed then.
    """
    say("checking …")
    manifest = backup_check(path)
    here = tables.migrations()
    if manifest.migrations != here:
        differ = sorted(set(manifest.migrations) ^ set(here))
        raise BackupError(
            f"The backup is of a site of another version (they differ in {', '.join(differ[:3])}). "
            "Install the version that made it, restore there, and upgrade then."
        )
    if not replace and _has_people():
        raise BackupError("There are accounts here. With --replace everything here is deleted.")
    say("rows and files …")
    with transaction.atomic():
        tables.tables_empty()
        for name, file in _members(path):
            _restore_one(name, file, manifest)
        tables.sequences_set()
    return manifest


def _has_people() -> bool:
    people: Any = get_user_model()
    return bool(people.objects.exists())


def _restore_one(name: str, file: IO[bytes], manifest: Manifest) -> None:
    """Put back one file of a backup."""
    kind, _, rest = name.partition("/")
    if kind == TABLES:
        table = rest.removesuffix(".jsonl")
        tables.rows_read(tables.tables()[table], manifest.columns[table], file)
    elif kind == MEDIA:
        default_storage.delete(rest)
        with tempfile.SpooledTemporaryFile(
            max_size=2**20
        ) as whole:  # a bucket wants to go back in it
            shutil.copyfileobj(file, whole)
            whole.seek(0)
            default_storage.save(rest, File(whole))
    elif kind == MODELS:
        target = settings.MODELS_DIR / rest
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as copy:
            while chunk := file.read(2**20):
                copy.write(chunk)
        Path(copy.name).replace(target)
