"""``manage.py worker_alive``: does the worker of this host consume? For health checks."""

import socket
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from worker.watchdog import worker_is_alive


class Command(BaseCommand):
    help = "Ends with status 0 when a worker of this host ran a message lately, else with 1."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            alive = worker_is_alive(name=f"{socket.gethostname()}:")
        except DatabaseError as error:
            raise CommandError(f"The database does not answer: {error}") from error
        if not alive:
            raise CommandError("No worker of this host has run a message lately.")
        self.stdout.write("alive")
