"""``manage.py classify``: classifies files and folders, through the queue or on the spot."""

import json
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import slug_re
from django.utils import translation
from django.utils.translation import ngettext
from tqdm import tqdm

from classify import table
from classify.queued import classify_queued
from classify.selectors import DEFAULT_MODEL, models_enabled
from project import environment
from worker.failures import message

PICTURES = {".jpg", ".jpeg", ".png", ".webp"}


class Command(BaseCommand):
    help = (
        "Classifies photographs and folders of photographs. A file that cannot be used gets an "
        "error of its own, and the exit status is 1 then."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
        parser.add_argument(
            "--model", type=_model, default=DEFAULT_MODEL, help="default: %(default)s"
        )
        parser.add_argument("--top-k", type=_top_k, default=5, help="classes a picture (5)")
        parser.add_argument("--lang", default="en", choices=table.languages())
        parser.add_argument("--json", action="store_true", help="one JSON object a line")
        parser.add_argument(
            "--local",
            action="store_true",
            help="in this process and its children, without queue or database",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        translation.activate(options["lang"])
        files = list(_files(options["paths"]))
        if not files:
            raise CommandError("There is no picture in these folders (.jpg, .jpeg, .png, .webp).")
        answers = self._local(files, options) if options["local"] else self._queued(files, options)
        names = table.names(options["lang"])
        failed = 0
        with tqdm(total=len(files), unit="photo", file=sys.stderr, disable=None) as progress:
            for answer in answers:
                failed += "error" in answer
                line = _as_json(answer, names) if options["json"] else _as_text(answer, names)
                with progress.external_write_mode(file=sys.stdout):
                    self.stdout.write(line)
                progress.update()
        if failed:
            sentence = ngettext(
                "%(failed)d of %(count)d file could not be classified.",
                "%(failed)d of %(count)d files could not be classified.",
                len(files),
            )
            self.stderr.write(sentence % {"failed": failed, "count": len(files)})
            sys.exit(1)

    def _local(self, files: list[Path], options: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Classify without queue and database."""
        from classify.local import classify_files
        from worker.runtime.errors import ModelError
        from worker.runtime.manifest import read

        directory = settings.MODELS_DIR / options["model"]
        try:
            manifest = read(directory)
            answers = classify_files(
                files,
                model_dir=directory,
                top_k=options["top_k"],
                processes=environment.WORKER_PROCESSES,
            )
            for answer in answers:
                yield answer | {"model": {"name": manifest.name, "version": manifest.version}}
        except ModelError as error:
            raise CommandError(str(error)) from error

    def _queued(self, files: list[Path], options: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Classify through the queue, as the site does."""
        if not models_enabled().filter(name=options["model"]).exists():
            raise CommandError(
                f"There is no model {options['model']}. "
                "Run manage.py build_models, or choose "
                f"one of: {', '.join(models_enabled().values_list('name', flat=True))}",
            )
        return classify_queued(files, model=options["model"], top_k=options["top_k"])


def _model(text: str) -> str:
    """Parse the name of a model; it becomes part of a path."""
    if not slug_re.fullmatch(text):
        raise ArgumentTypeError(f"{text!r} is not the name of a model")
    return text


def _top_k(text: str) -> int:
    """Parse a number of classes."""
    number = int(text)
    if not 1 <= number <= 1000:
        raise ValueError(text)
    return number


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    """Yield the files that are meant: those named, and the pictures in folders."""
    for path in paths:
        if path.is_dir():
            yield from sorted(
                file
                for file in path.rglob("*")
                if file.suffix.lower() in PICTURES and file.is_file()
            )
        else:
            yield path


def _as_json(answer: dict[str, Any], names: dict[str, table.Name]) -> str:
    """Return an answer as one line of JSON."""
    file = str(answer["file"])
    if "error" in answer:
        error = {"code": answer["error"], "message": str(message(answer["error"]))}
        return json.dumps({"file": file, "error": error}, ensure_ascii=False)
    predictions = [
        {
            "id": prediction["id"],
            "index": prediction["index"],
            "name": names[prediction["id"]].name if prediction["id"] in names else prediction["id"],
            "score": round(prediction["score"], 6),
        }
        for prediction in answer["predictions"]
    ]
    return json.dumps(
        {"file": file, "model": answer["model"], "predictions": predictions},
        ensure_ascii=False,
    )


def _as_text(answer: dict[str, Any], names: dict[str, table.Name]) -> str:
    """Return an answer for a person: the file, then its classes with percentages."""
    if "error" in answer:
        return f"{answer['file']}: {message(answer['error'])}"
    lines = [str(answer["file"])]
    for prediction in answer["predictions"]:
        name = names[prediction["id"]].name if prediction["id"] in names else prediction["id"]
        lines.append(f"  {prediction['score']:6.1%}  {name}")
    return "\n".join(lines)
