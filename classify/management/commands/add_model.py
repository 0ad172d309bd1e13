"""``manage.py add_model``: adds a model to the site and has it checked."""

import tarfile
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from classify.applications import APPLICATIONS
from classify.checking import is_unchecked, model_check_next
from classify.labels import classes_read
from classify.model_forms import LONGEST_NAME, OUTPUTS, name_validator
from classify.models import Model, State
from classify.refusals import PROBLEMS, refusal
from classify.registry import ModelError, model_add


class Command(BaseCommand):
    help = (
        "Adds a model: a .tflite or .keras file, a SavedModel (a folder, .zip or .tar.gz), or a "
        "network of keras.applications by name. It is checked here and now; switching it on is "
        "left to an administrator."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("model", metavar="PATH|NAME")
        parser.add_argument("--name", help="default: the file's, or the network's")
        parser.add_argument("--labels", type=Path, metavar="FILE", help="its own classes")
        parser.add_argument("--model-version", default="1", metavar="V")
        parser.add_argument("--licence", default="")
        parser.add_argument("--size", type=int, default=224, help="side of the input in pixels")
        parser.add_argument("--crop", type=float, default=0.875, help="share that is looked at")
        parser.add_argument("--mean", type=float, default=127.5, help="subtracted from values")
        parser.add_argument("--std", type=float, default=127.5, help="what they are divided by")
        parser.add_argument("--output", choices=dict(OUTPUTS), default=OUTPUTS[0][0])
        parser.add_argument("--later", action="store_true", help="leave the check to a worker")

    def handle(self, *args: Any, **options: Any) -> None:
        wanted: str = options["model"]
        application = wanted if wanted in APPLICATIONS else ""
        if not application and not Path(wanted).exists():
            raise CommandError(f"There is no file {wanted}, and no network of this name.")
        name = options["name"] or _name(wanted)
        try:
            name_validator(name)
            if len(name) > LONGEST_NAME:
                raise CommandError(f"{name} is too long for a name. Choose another: --name")
            labels: Path | None = options["labels"]
            classes = classes_read(labels.read_bytes(), model=name) if labels else []
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except OSError as error:
            raise CommandError(str(error)) from error
        recipe = {key: options[key] for key in ("size", "crop", "mean", "std", "output")}
        try:
            with _opened(None if application else Path(wanted)) as upload:
                model_add(
                    name=name,
                    upload=upload,
                    file_name=Path(wanted).name,
                    recipe=recipe,
                    classes=classes,
                    application=application,
                    version=options["model_version"],
                    licence=options["licence"],
                )
        except ModelError as error:
            raise CommandError(str(PROBLEMS[error.code])) from error
        if options["later"]:
            self.stdout.write(f"{name} is added. A worker checks it.")
        else:
            self._check(name)

    def _check(self, name: str) -> None:
        """Check the model, or wait for the worker that was quicker, and say what came of it."""
        self.stdout.write(f"{name} is being checked …")
        self.stdout.flush()
        while is_unchecked(name):
            if not model_check_next(name=name):
                time.sleep(0.5)
        model = Model.objects.get(name=name)
        if model.state != State.READY:
            raise CommandError(f"{name} is refused. {refusal(model.refusal)} {model.detail}")
        report = model.report
        self.stdout.write(
            f"{name} is ready: {report['predict_ms']:g} ms a picture, "
            f"{report['memory_bytes'] / 2**20:.0f} MB. Switch it on in the administration."
        )


def _name(wanted: str) -> str:
    """Return the name that a model has unless it is given one."""
    stem = Path(wanted).name.partition(".")[0]
    return stem.lower().replace("_", "-")


@contextmanager
def _opened(path: Path | None) -> Iterator[BinaryIO | None]:
    """Open a file, or a folder as an archive."""
    if path is None:
        yield None
    elif path.is_dir():
        with tempfile.TemporaryFile() as file:
            with tarfile.open(fileobj=file, mode="w") as archive:
                archive.add(path, path.name)
            file.seek(0)
            yield file
    else:
        with path.open("rb") as file:
            yield file
