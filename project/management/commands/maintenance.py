"""``manage.py maintenance on|off``: tells everybody that the site is being worked on."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from project.maintenance import maintenance_set


class Command(BaseCommand):
    help = "Closes the site for maintenance, or opens it again. Health checks and workers go on."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("state", choices=("on", "off"))

    def handle(self, *args: Any, **options: Any) -> None:
        maintenance_set(on=options["state"] == "on")
        self.stdout.write(f"Maintenance is {options['state']}.")
