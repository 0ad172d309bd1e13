"""How gunicorn serves the site; ``gunicorn --config python:project.gunicorn``.

Threads, not an event loop. Measured (``benchmarks/README.md``): a thread that waits costs 100 kB
and no processor; under ASGI the same request takes two fifths more processor time, and four times
the memory while it waits, as every library here is made for threads and runs in one there too.
Requests that work are limited by :mod:`project.api.room`, not by threads.
"""

import signal
from types import FrameType
from typing import Any

from project import environment
from project.settings import api, logs, queue

wsgi_app = "project.wsgi"
bind = f"127.0.0.1:{environment.PORT}"
workers = environment.WEB_PROCESSES
worker_class = "project.endless.Worker"
threads = api.WEB_THREADS
worker_connections = 4 * api.WEB_THREADS
keepalive = 15
timeout = 60
graceful_timeout = int(queue.STOP_GRACE.total_seconds()) - 10
control_socket_disable = True  # nothing here is told anything while it runs
limit_request_line = 8190
loglevel = "warning"
if environment.LOG_FORMAT == "json":
    _loggers = {
        name: {"level": "WARNING", "handlers": ["stderr"], "propagate": False}
        for name in ("gunicorn.error", "gunicorn.access")
    }
    logconfig_dict = logs.LOGGING | {"loggers": _loggers}


def post_worker_init(worker: Any) -> None:
    """Set up a process' places, and have it let go of those who wait before it stops."""
    from project import metrics, traces
    from project.api import room
    from project.edge import at_the_edge
    from worker.api.waiting import watch

    metrics.count_in_files("web")
    traces.start("web")
    room.open_room(api.WEB_PLACES)
    worker.wsgi = at_the_edge(room.at_a_place(worker.wsgi))
    stop = worker.handle_exit

    def let_go_and_stop(number: int, frame: FrameType | None) -> None:
        watch.close()
        stop(number, frame)

    signal.signal(signal.SIGTERM, let_go_and_stop)
