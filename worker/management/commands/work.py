"""``manage.py work``: a worker with as many processes as cores, on the right queues."""

import os
import socket
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from project import metrics, traces
from project.celery import app
from worker.models import Lane
from worker.watchdog import own_queue
from worker.webhooks import QUEUE as WEBHOOKS


class Command(BaseCommand):
    help = "Runs jobs until SIGTERM; what runs then is finished first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--processes", type=int, help="default: WORKER_PROCESSES, or cores")
        parser.add_argument(
            "--lane",
            action="append",
            choices=Lane.values,
            help="take jobs from this lane; may be given again (default: from all)",
        )
        parser.add_argument(
            "--webhooks", action="store_true", help="send webhooks instead of running jobs"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["webhooks"]:
            # They wait for other people's servers: threads, and no process that has a model.
            metrics.count_in_files("webhooks")
            traces.start("webhooks")
            pool = ["--pool=threads", f"--concurrency={settings.WEBHOOK_THREADS}"]
            sys.exit(app.worker_main(_arguments([WEBHOOKS], pool)))
        # In a process of its own: an engine must not be loaded before the worker forks.
        if subprocess.run([sys.executable, "manage.py", "check_models"], check=False).returncode:
            sys.exit(os.EX_CONFIG)
        processes = options["processes"]
        pool = [f"--concurrency={processes}"] if processes else []
        sys.exit(app.worker_main(_arguments(options["lane"] or Lane.values, pool)))


def _arguments(queues: Sequence[str], pool: Sequence[str]) -> list[str]:
    """Return Celery's arguments for a worker that takes from some queues and its own."""
    name = f"{socket.gethostname()}:{os.getpid()}"
    return [
        "--quiet",
        "worker",
        f"--hostname={name}",
        f"--queues={','.join([*queues, own_queue(name)])}",
        "--loglevel=INFO",
        # Less pub/sub to go half-open; nothing here uses it.
        "--without-mingle",
        "--without-gossip",
        "--without-heartbeat",
        *pool,
    ]
