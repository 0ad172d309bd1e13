"""Models that were added, as they lie in the site's storage, and their way to a machine.

The storage has one package each, a tar archive of the model's directory; every machine with workers
unpacks what it needs into ``MODELS_DIR``, and checks it against the database.
"""

import shutil
import tarfile
import tempfile
import uuid
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage

from classify.models import Model, State
from worker.runtime.errors import ModelDamagedError, ModelMissingError
from worker.runtime.manifest import FILE_NAME, verify

TEMPORARY_PREFIX = ".checking-"


def package_store(directory: Path) -> str:
    """Put a model's directory into the storage; return under which name."""
    with tempfile.TemporaryFile() as file:
        with tarfile.open(fileobj=file, mode="w") as archive:
            for path in sorted(directory.rglob("*")):
                archive.add(path, path.relative_to(directory).as_posix(), recursive=False)
        file.seek(0)
        name = f"models/{directory.name}/{uuid.uuid4().hex}.tar"
        return default_storage.save(name, File(file))


def model_fetch(name: str) -> None:
    """Bring a model to this machine, if it is not there and the site's storage has it.

    :raises ModelMissingError: when it cannot be had.
    :raises ModelDamagedError: when it is another than the one that was checked.
    """
    directory = settings.MODELS_DIR / name
    if (directory / FILE_NAME).exists():
        return
    model = Model.objects.filter(name=name, state=State.READY).exclude(file="").first()
    if model is None:
        return  # whoever loads it says what is missing, and what to run
    from classify.checker.refused import RefusedError
    from classify.checker.unpack import unpack_tree

    try:
        settings.MODELS_DIR.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            prefix=TEMPORARY_PREFIX, dir=settings.MODELS_DIR
        ) as folder:
            temporary = Path(folder)
            package = temporary / "package.tar"
            with model.file.open("rb") as stored, package.open("wb") as file:
                shutil.copyfileobj(stored, file)
            unpack_tree(package, temporary / name)
            if verify(temporary / name).sha256 != model.sha256:
                raise ModelDamagedError(f"{name} in the storage is not what was checked.")
            move_in(temporary / name)
    except (OSError, RefusedError) as error:
        raise ModelMissingError(f"{name} cannot be brought here: {error}") from error


def move_in(directory: Path) -> None:
    """Move a finished directory to its place; when another process was quicker, it is as good."""
    with suppress(OSError):
        directory.rename(settings.MODELS_DIR / directory.name)


def directory_remove(name: str) -> None:
    """Delete a model's directory from this machine."""
    directory = settings.MODELS_DIR / name
    away = directory.with_name(f"{TEMPORARY_PREFIX}{uuid.uuid4().hex}")
    with suppress(OSError):
        directory.rename(away)  # at once, for those who look now
        shutil.rmtree(away, ignore_errors=True)
