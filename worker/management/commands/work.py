"""``manage.py work``: a worker with as many processes as cores, on the right queues."""

import os
import socket
import subprocess
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from project.celery import app
from worker.models import Lane
from worker.watchdog import own_queue


class Command(BaseCommand):
    help = "Runs jobs until SIGTERM; what runs then is finished first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--processes", type=int, help="default: WORKER_PROCESSES, or cores")

    def handle(self, *args: Any, **options: Any) -> None:
        # In a process of its own: an engine must not be loaded before the worker forks.
        if subprocess.run([sys.executable, "manage.py", "check_models"], check=False).returncode:
            sys.exit(os.EX_CONFIG)
        name = f"{socket.gethostname()}:{os.getpid()}"
        arguments = [
            "--quiet",
            "worker",
            f"--hostname={name}",
            f"--queues={','.join([*Lane.values, own_queue(name)])}",
            "--loglevel=INFO",
            # Less pub/sub to go half-open; nothing here uses it.
            "--without-mingle",
            "--without-gossip",
            "--without-heartbeat",
        ]
        if options["processes"]:
            arguments.append(f"--concurrency={options['processes']}")
        sys.exit(app.worker_main(arguments))
