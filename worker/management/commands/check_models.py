"""``manage.py check_models``: can this machine run the services' default models?"""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from worker.celery_signals import models_load
from worker.runtime.errors import ModelError


class Command(BaseCommand):
    help = "Loads each service's default model and runs it once."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.PRELOAD_MODELS:
            return
        try:
            models_load()
        except ModelError as error:
            raise CommandError(f"The worker cannot start: {error}") from error
