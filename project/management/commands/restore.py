"""``manage.py restore FILE``: makes this site what a backup holds."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from project.backup.archive import BackupError, key_mark, restore


class Command(BaseCommand):
    help = "Restores a backup. Stop web, workers and sweeper first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--replace", action="store_true", help="delete what is here; it cannot be undone"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            manifest = restore(options["file"], replace=options["replace"], say=self.stdout.write)
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Restored {sum(manifest.rows.values())} rows of {manifest.made_at}.")
        if manifest.key != key_mark():
            self.stderr.write(
                "The backup is of a site with another SECRET_KEY: API tokens and the secrets of "
                "webhooks are not valid with this one. Set the old one if you have it."
            )
