"""``manage.py doctor``: what is configured, what answers, and what is wrong."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from project.doctor import findings


class Command(BaseCommand):
    help = "Says what is configured, reachable and wrong; the exit status is 1 if anything is."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = 0
        for finding in findings():
            mark = self.style.SUCCESS("ok  ") if finding.well else self.style.ERROR("FIX ")
            self.stdout.write(f"{mark}{finding.subject}: {finding.text}")
            wrong += not finding.well
        if wrong:
            self.stdout.write(f"\n{wrong} to fix.")
            sys.exit(1)
        self.stdout.write("\nAll is well.")
