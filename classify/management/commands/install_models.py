"""``manage.py install_models``: takes over the models that the image has brought along."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from classify.built import built_install
from worker.runtime.errors import ModelError


class Command(BaseCommand):
    help = "Copies the models in BUILT_DIR to where models are used, and registers them."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            names = built_install()
        except ModelError as error:
            raise CommandError(f"A model of this image is unusable: {error}") from error
        self.stdout.write(f"Models of this image: {', '.join(names) or 'none'}.")
