"""Models that a container's image has brought along, and their way to where models are used.

They are copied, as an image cannot be written to: models that are added, and those of a backup,
lie beside them or take their place. The database says which one the site uses.
"""

import shutil
import tempfile
from pathlib import Path

from django.conf import settings

from classify.models import Model
from classify.packages import TEMPORARY_PREFIX, directory_remove, move_in
from classify.registry import model_register
from worker.runtime.errors import ModelError
from worker.runtime.manifest import FILE_NAME, read, verify


def built_install() -> list[str]:
    """Make the models of the image those of the site; return their names.

    :raises worker.runtime.errors.ModelError: when one is damaged.
    """
    names = []
    for file in sorted(_built().glob(f"*/{FILE_NAME}")):
        model_register(manifest=verify(file.parent))
        built_take(file.parent.name)
        names.append(file.parent.name)
    return names


def built_take(name: str) -> None:
    """Copy a model out of the image, if it is what the site uses and is not here."""
    if not (_built() / name / FILE_NAME).exists():
        return
    used = Model.objects.filter(name=name).values_list("sha256", flat=True).first()
    if used != _sha256(_built() / name) or used == _sha256(settings.MODELS_DIR / name):
        return
    settings.MODELS_DIR.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=TEMPORARY_PREFIX, dir=settings.MODELS_DIR) as folder:
        copy = Path(folder) / name
        shutil.copytree(_built() / name, copy)
        directory_remove(name)
        move_in(copy)


def _built() -> Path:
    """Return where the image has its models; outside of an image that is nowhere."""
    return (settings.BUILT_DIR or Path("/nonexistent")) / "models"


def _sha256(directory: Path) -> str:
    """Return the checksum in a model's manifest; nothing where there is none."""
    try:
        return read(directory).sha256
    except ModelError:
        return ""
