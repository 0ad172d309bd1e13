"""``manage.py backup FILE``: a copy of everything that the site holds."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from project.backup.archive import BackupError, backup_check, backup_write


class Command(BaseCommand):
    help = "Writes database, pictures and models to one file, while the site runs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="for instance vitrina.tar.gz")
        parser.add_argument("--without-models", action="store_true")
        parser.add_argument("--check", action="store_true", help="only see whether it is whole")

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        try:
            if options["check"]:
                manifest = backup_check(file)
            else:
                models = not options["without_models"]
                manifest = backup_write(file, models=models, say=self.stdout.write)
        except (BackupError, OSError) as error:
            raise CommandError(str(error)) from error
        pictures = sum(name.startswith("media/") for name in manifest.sha256)
        self.stdout.write(
            f"{file}: {sum(manifest.rows.values())} rows and {pictures} pictures and other files, "
            f"as of {manifest.made_at}, {file.stat().st_size / 1e6:.1f} MB."
        )
