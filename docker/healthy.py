#!/usr/bin/env python3
"""Ends with status 0 when a container does its work: ``healthy web``, ``healthy work``.

The web answers, and its database does; a worker, or the sweeper, has lately touched the file that
it touches when it has done something. A script without Django: it runs every ten seconds.
"""

import os
import sys
import time
import urllib.request
from pathlib import Path

PATIENCE = 90
"""Seconds. Processes that are all busy with slow jobs are not ill: see CANARY_PATIENCE."""


def web() -> bool:
    """Tell whether the site is ready."""
    with urllib.request.urlopen("http://127.0.0.1:8000/health/ready", timeout=4) as answer:
        return bool(answer.status == 200)


def work() -> bool:
    """Tell whether the file is young enough."""
    return time.time() - Path(os.environ["ALIVE_FILE"]).stat().st_mtime < PATIENCE


if __name__ == "__main__":
    sys.exit(0 if {"web": web, "work": work}[sys.argv[1]]() else 1)
