"""Who spends the processor's time: a site's processes, and the servers that it uses."""

from collections.abc import Iterable

import psutil
from django.db import connection

from project.celery import redis_client

WORKER = "worker's processes"
LEADER = "worker's first process"
WEB, OTHERS, DATABASE, REDIS = "web", "sweeper and webhooks", "PostgreSQL", "Redis"


def processor_seconds(supervisor: psutil.Process) -> dict[str, float]:
    """Return the processor time that each part has used so far.

    :param supervisor: what has started the site. Of PostgreSQL all processes on this machine count,
        whoever asks them; SQLite is part of those that use it.
    """
    found = {WORKER: 0.0, LEADER: 0.0, WEB: 0.0, OTHERS: _seconds([supervisor])}
    for program in supervisor.children():
        family = program.children(recursive=True)
        command = program.cmdline()
        if "gunicorn" in command:
            found[WEB] += _seconds([program, *family])
        elif command[-1] == "work":
            found[LEADER] += _seconds([program])
            found[WORKER] += _seconds(family)
        else:
            found[OTHERS] += _seconds([program, *family])
    with redis_client() as client:
        used = client.info("cpu")
    found[REDIS] = used["used_cpu_user"] + used["used_cpu_sys"]
    if connection.vendor == "postgresql":
        found[DATABASE] = _seconds(psutil.process_iter(["name"]), named="postgres")
    return found


def _seconds(processes: Iterable[psutil.Process], *, named: str = "") -> float:
    """Return what processes have used, with what those had that they have outlived."""
    total = 0.0
    for process in processes:
        if not named or process.info["name"] == named:
            try:
                total += sum(process.cpu_times()[:4])
            except psutil.NoSuchProcess:
                continue  # whoever has outlived it has its time now
    return total
