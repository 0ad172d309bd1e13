"""``manage.py build_models``: builds and verifies the model artefacts."""

from argparse import ArgumentParser
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from classify.registry import model_register
from worker.runtime.errors import ModelError

if TYPE_CHECKING:
    from classify.builder.build import Progress


class Command(BaseCommand):
    help = (
        "Builds the default models, or those named, from the weights in their packages. One that "
        "is there and sound is kept."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        from classify.builder.build import MODEL_NAMES

        names = ", ".join(MODEL_NAMES)
        parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {names}")
        parser.add_argument("--force", action="store_true", help="build what is sound as well")

    def handle(self, *args: Any, **options: Any) -> None:
        from classify.builder.build import build

        try:
            manifests = build(
                options["names"],
                settings.MODELS_DIR,
                force=options["force"],
                report=self._report,
            )
        except ValueError as error:
            raise CommandError(str(error)) from error
        except ModelError as error:
            raise CommandError(f"A built model failed its check: {error}") from error
        try:
            for manifest in manifests:
                model_register(manifest=manifest)
        except DatabaseError as error:
            raise CommandError(
                f"The models are built, but not registered: {error}. Run manage.py migrate, "
                "then this command again.",
            ) from error

    def _report(self, progress: "Progress") -> None:
        """Say what the build is doing."""
        text = {"kept": "there and sound", "building": "building …", "built": "built and tried"}
        self.stdout.write(
            f"[{progress.done}/{progress.total}] {progress.name}: {text[progress.step]}",
        )
        self.stdout.flush()
