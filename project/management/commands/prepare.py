"""``manage.py prepare``: everything that must be there before the site can run."""

import io
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from accounts.services import demo_accounts_create
from project.translations import compile_catalogues


class Command(BaseCommand):
    help = "Migrates the database, loads the classes, builds the models, makes demo accounts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--site",
            action="store_true",
            help="in a container: take the models of its image, make the first administrator",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        settings.DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not options["site"]:
            compile_catalogues()
        call_command("migrate", interactive=False, verbosity=0)
        # A language that was added to LANGUAGES needs columns for the names of the classes.
        call_command("sync_translation_fields", interactive=False, stdout=io.StringIO())
        call_command("createcachetable", verbosity=0)
        call_command("load_classes", verbosity=0)
        if options["site"]:
            call_command("install_models", stdout=self.stdout)
            call_command("first_admin", stdout=self.stdout)
            return
        call_command("build_models")
        call_command("build_examples")
        demo_accounts_create(password_file=settings.DATA_DIR / "demo-password")
