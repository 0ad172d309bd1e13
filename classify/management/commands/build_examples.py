"""``manage.py build_examples``: photographs for the landing page, classified beforehand."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from classify.examples import INDEX, directory
from classify.selectors import model_default_name
from worker.runtime.errors import ModelError


class Command(BaseCommand):
    help = "Makes the examples of the landing page with the default model."

    def handle(self, *args: Any, **options: Any) -> None:
        from classify.builder.examples import examples_build
        from worker.runtime.model import Model

        try:
            model = Model.open(settings.MODELS_DIR / model_default_name())
        except ModelError as error:
            raise CommandError(f"{error} Run manage.py build_models first.") from error
        examples_build(model, directory() / INDEX)
