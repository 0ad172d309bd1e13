"""``manage.py load_classes``: brings the table of classes into the database."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from classify.services import classes_load


class Command(BaseCommand):
    help = "Loads the classes and their names; what was edited in the admin stays."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--overwrite",
            action="store_true",
            help="also replace names that were edited in the admin",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        written = classes_load(overwrite=options["overwrite"])
        if options["verbosity"]:
            self.stdout.write(f"{written} classes written.")
