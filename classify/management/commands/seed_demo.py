"""``manage.py seed_demo``: two months of use, to try the administration and console with."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from classify.demo import demo_seed


class Command(BaseCommand):
    help = "Stores people, jobs, failures and workers that look like two months of use."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--jobs", type=int, default=2_000, help="how many jobs (2000)")

    def handle(self, *args: Any, **options: Any) -> None:
        if not demo_seed(jobs=options["jobs"]):
            raise CommandError("The demo is there already.")
        self.stdout.write(f"{options['jobs']} jobs of ten people are stored.")
