"""A backup holds everything, is told from a damaged one, and becomes a site again."""

import gzip
import io
import os
import subprocess
import sys
import tarfile
import uuid
import zlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg2
import pytest
from django.conf import settings as django_settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection

from accounts.models import User
from accounts.tokens import token_create
from project import environment
from project.backup import tables
from project.backup.archive import BackupError, backup_check, backup_write, restore
from tests.conftest import REPOSITORY
from tests.factories import BatchFactory, JobFactory, UserFactory
from worker.models import Job, Status
from worker.sharing import share_create

pytestmark = pytest.mark.django_db


def nothing(_: str) -> None:
    """Say nothing."""


@pytest.fixture
def models(settings: Any, tmp_path: Path) -> Path:
    """Return a folder of models with a small file in it."""
    directory = tmp_path / "models"
    (directory / "tiny").mkdir(parents=True)
    (directory / "tiny" / "model.tflite").write_bytes(b"a model")
    settings.MODELS_DIR = directory
    return directory


@pytest.fixture
def job(models: Path) -> Job:
    """Return a job with pictures, of somebody who has one of everything."""
    call_command("load_classes", verbosity=0)
    user = UserFactory.create(email="ñandú@example.com")
    token_create(user=user, name="mine", scopes=["jobs:read"])
    batch = BatchFactory.create(user=user)
    job = JobFactory.create(
        user=user,
        batch=batch,
        finished=Status.SUCCEEDED,
        output={"predictions": [{"id": "n02123045", "index": 281, "score": 0.123456789}]},
        score=0.123456789,
        input_name="gato «1».jpg\n",
    )
    job.input.save(f"jobs/{job.id}/input.jpg", ContentFile(b"the picture"))
    JobFactory.create(user=user, source=job)
    share_create(job=job, lifetime=timedelta(days=7))
    return job


def put_back(file: Path) -> None:
    """Restore a backup in place of everything.

    What the test has stored in its transaction is checked before: PostgreSQL empties no table
    while it still owes that.
    """
    connection.check_constraints()
    restore(file, replace=True, say=nothing)


def rows() -> dict[str, bytes]:
    """Return all rows of all tables."""
    found = {}
    for name, model in tables.tables().items():
        file = io.BytesIO()
        tables.rows_write(model, file)
        found[name] = file.getvalue()
    return found


def test_what_was_there_is_there_again(job: Job, models: Path, tmp_path: Path) -> None:
    before, file = rows(), tmp_path / "backup.tar.gz"
    created_at = job.created_at

    backup_write(file, say=nothing)
    User.objects.all().delete()
    UserFactory.create(email="later@example.com")
    default_storage.delete(str(job.input.name))
    (models / "tiny" / "model.tflite").write_bytes(b"another")
    put_back(file)

    assert rows() == before
    assert before["worker.job"].count(b"\n") == 2
    again = Job.objects.get(id=job.id)
    with again.input.open() as picture:
        assert picture.read() == b"the picture"
    assert again.created_at == created_at
    assert (models / "tiny" / "model.tflite").read_bytes() == b"a model"
    assert file.stat().st_mode & 0o777 == 0o600


def test_new_rows_are_numbered_on(job: Job, tmp_path: Path) -> None:
    file = tmp_path / "backup.tar.gz"
    backup_write(file, say=nothing)
    put_back(file)

    try:
        UserFactory.create(email="new@example.com")
    except IntegrityError:  # pragma: no cover
        pytest.fail("its number was taken")


def test_who_was_signed_in_is_not_any_more(job: Job, tmp_path: Path, client: Any) -> None:
    client.force_login(job.user)
    file = tmp_path / "backup.tar.gz"
    backup_write(file, say=nothing)
    put_back(file)

    assert client.get("/jobs/").status_code == 302


def test_nothing_is_replaced_without_being_told(job: Job, tmp_path: Path) -> None:
    file = tmp_path / "backup.tar.gz"
    backup_write(file, say=nothing)
    before = rows()

    with pytest.raises(CommandError, match="--replace"):
        call_command("restore", str(file))

    assert rows() == before


def test_another_version_is_refused(job: Job, tmp_path: Path, monkeypatch: Any) -> None:
    file = tmp_path / "backup.tar.gz"
    backup_write(file, say=nothing)
    here = tables.migrations()
    monkeypatch.setattr(tables, "migrations", lambda: [*here, "worker.9999_new"])

    with pytest.raises(BackupError, match=r"worker\.9999_new"):
        put_back(file)

    assert Job.objects.filter(id=job.id).exists()


@pytest.mark.parametrize("place", [0.2, 0.5, 0.8])
def test_a_damaged_one_changes_nothing(job: Job, tmp_path: Path, place: float) -> None:
    file = tmp_path / "backup.tar.gz"
    backup_write(file, say=nothing)
    content = bytearray(file.read_bytes())
    content[int(len(content) * place)] ^= 0xFF
    file.write_bytes(content)

    with pytest.raises(BackupError):
        put_back(file)

    assert Job.objects.filter(id=job.id).exists()


def unpacked(packed: bytes) -> bytes | None:
    """Return what was packed, or None when that cannot be told."""
    try:
        return gzip.decompress(packed)
    except (OSError, EOFError, zlib.error):
        return None


def test_a_damaged_byte_is_noticed_wherever_it_is(job: Job, tmp_path: Path) -> None:
    """Also where no file is: between them, and after the last one.

    Now and then a damaged byte unpacks to the same: zeros are copied from other zeros.
    """
    file = tmp_path / "backup.tar.gz"
    backup_write(file, say=nothing)
    content = file.read_bytes()
    whole, noticed = unpacked(content), 0

    for place in [*range(len(content) // 100, len(content), len(content) // 40), len(content) - 1]:
        damaged = bytearray(content)
        damaged[place] ^= 0xFF
        if unpacked(bytes(damaged)) == whole:
            continue
        file.write_bytes(damaged)
        with pytest.raises(BackupError):
            backup_check(file)
        noticed += 1

    assert noticed > 30


def test_one_that_was_cut_short_is_refused(job: Job, tmp_path: Path) -> None:
    file = tmp_path / "backup.tar.gz"
    backup_write(file, say=nothing)
    file.write_bytes(file.read_bytes()[:-200])

    with pytest.raises(BackupError):
        backup_check(file)
    with pytest.raises(BackupError):
        backup_check(tmp_path / "there is none")


def rewritten(file: Path, change: Any) -> None:
    """Write an archive anew with each member changed."""
    with tarfile.open(file) as archive:
        members = [(member, archive.extractfile(member)) for member in archive]
        contents = [(member, stream.read() if stream else b"") for member, stream in members]
    with tarfile.open(file, "w:gz") as archive:
        for member, content in contents:
            changed, bytes_ = change(member, content)
            changed.size = len(bytes_)
            archive.addfile(changed, io.BytesIO(bytes_))


def renamed(name: str) -> Any:
    """Return a change that gives the pictures another name."""

    def change(member: tarfile.TarInfo, content: bytes) -> tuple[tarfile.TarInfo, bytes]:
        if member.name.startswith("media/"):
            member.name = name
        return member, content

    return change


def linked(member: tarfile.TarInfo, content: bytes) -> tuple[tarfile.TarInfo, bytes]:
    """Make the pictures links to a file outside."""
    if member.name.startswith("media/"):
        member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
        return member, b""
    return member, content


@pytest.mark.parametrize(
    "change",
    [
        renamed("media/../../../tmp/outside"),
        renamed("/etc/outside"),
        renamed("elsewhere/a"),
        linked,
    ],
)
def test_what_would_lead_outside_is_refused(job: Job, tmp_path: Path, change: Any) -> None:
    file = tmp_path / "backup.tar.gz"
    backup_write(file, say=nothing)
    rewritten(file, change)

    with pytest.raises(BackupError, match="does not belong"):
        put_back(file)


def test_a_row_that_was_changed_is_found(job: Job, tmp_path: Path) -> None:
    file = tmp_path / "backup.tar.gz"
    backup_write(file, say=nothing)
    rewritten(
        file,
        lambda member, content: (member, content.replace("ñandú".encode(), b"mallory")),
    )

    with pytest.raises(BackupError, match="damaged"):
        put_back(file)


def test_a_picture_that_goes_meanwhile_is_listed(
    job: Job, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr("project.backup.archive._stored", lambda: iter(["jobs/gone.jpg"]))
    file = tmp_path / "backup.tar.gz"

    assert backup_write(file, say=nothing).missing == ["jobs/gone.jpg"]
    assert backup_check(file).missing == ["jobs/gone.jpg"]


def test_half_a_backup_is_not_left(job: Job, tmp_path: Path, monkeypatch: Any) -> None:
    def full(*_: Any) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("project.backup.archive.Manifest", full)
    with pytest.raises(CommandError, match="No space"):
        call_command("backup", str(tmp_path / "backup.tar.gz"))

    assert [path for path in tmp_path.iterdir() if path.name != "models"] == []


@pytest.fixture
def postgres() -> Iterator[str]:
    """Yield an empty database on the PostgreSQL of the tests."""
    url = environment.TEST_DATABASE_URL
    if not url.startswith("postgres"):
        pytest.skip("TEST_DATABASE_URL names no PostgreSQL")
    name = f"vitrina_restore_{uuid.uuid4().hex[:8]}"
    connection = psycopg2.connect(url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
        yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
        cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    connection.close()


def test_from_sqlite_to_postgresql(postgres: str, tmp_path: Path) -> None:
    """The commands themselves, as they move a site from one machine to another."""

    def manage(data: str, database: str, *command: str) -> str:
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        done = subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=REPOSITORY,
            env=kept
            | {
                "DATA_DIR": str(tmp_path / data),
                "DATABASE_URL": database,
                "SECRET_KEY": "the same",
                "DJANGO_SETTINGS_MODULE": "project.settings.local",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    sqlite = f"sqlite:///{tmp_path / 'old.sqlite3'}"
    manage("old", sqlite, "migrate", "--verbosity=0")
    manage("old", sqlite, "load_classes")
    manage("new", postgres, "migrate", "--verbosity=0")
    script = "from tests.factories import UserFactory; UserFactory.create(email='a@example.com')"
    manage("old", sqlite, "shell", "--no-imports", "--command", script)
    file = str(tmp_path / "backup.tar.gz")
    manage("old", sqlite, "backup", file)

    assert "Restored" in manage("new", postgres, "restore", file)
    manage("new", postgres, "backup", str(tmp_path / "again.tar.gz"))
    one, other = backup_check(Path(file)), backup_check(tmp_path / "again.tar.gz")
    assert one.rows == other.rows
    assert one.rows["accounts.user"] == 1
    assert one.rows["classify.label"] == 1000


def test_every_table_is_in_it_but_sessions() -> None:
    assert django_settings.AUTH_USER_MODEL.lower() in tables.tables()
    assert {name for name in tables.tables() if "session" in name} == set()
