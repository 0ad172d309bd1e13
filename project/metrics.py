"""What the processes of a host count, for Prometheus.

Each process counts in files of its own below ``METRICS_DIR``, and whichever is asked adds up those
of all: one answer for a host, whatever runs on it. A process takes the first number that no living
one has, and goes on with its files, so that nothing that was counted is lost with a process and
the files do not become more. What the database knows is asked for when somebody wants to know it.
"""

import fcntl
import hmac
import logging
import os
import struct
import threading
from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import IO

import psutil
from django.conf import settings
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram
from prometheus_client import values as prometheus_values
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from project import environment

logger = logging.getLogger(__name__)

__all__ = ["CONTENT_TYPE_LATEST", "REGISTRY", "count_in_files", "exposition", "serve"]

Collect = Callable[[], Iterable[Metric]]

REGISTRY = CollectorRegistry()
"""All counters and histograms. A process that keeps no files has them in memory."""

REQUESTS = Counter(
    "vitrina_http_requests",
    "Requests that were answered, by the name of their route.",
    ["route", "method", "status"],
    registry=REGISTRY,
)
REQUEST_SECONDS = Histogram(
    "vitrina_http_request_duration_seconds",
    "From a request's head to its answer's; those that wait for a job, do.",
    ["route", "method"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60),
    registry=REGISTRY,
)

ROOM = 1024 * 1024
"""Bytes of a file, written at once: one that grew on a full disk would end its process."""

_kept: list[IO[bytes]] = []
_collects: list[Collect] = []


def register(collect: Collect) -> None:
    """Add what an app knows of the whole site: read when it is asked for, and by the web only."""
    _collects.append(collect)


def count_in_files(program: str) -> None:
    """Have this process count in files. Called by those that live long, after they have forked.

    Where they cannot be written, it counts for itself alone, and the site goes on.
    """
    directory = environment.METRICS_DIR
    try:
        directory.mkdir(parents=True, exist_ok=True)
        name = _free_name(directory, program)
        for kind in ("counter", "histogram"):
            _make_room(directory / f"{kind}_{name}.db")
    except OSError as error:
        logger.warning("metrics of this process are not kept: %s", error)
        return
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(directory)  # the library has no other door
    prometheus_values.ValueClass = prometheus_values.MultiProcessValue(lambda: name)


def _free_name(directory: Path, program: str) -> str:
    """Return the first name that no living process has; the lock lasts as long as this one."""
    for number in count():
        name = f"{program}-{number}"
        lock = (directory / f"{name}.lock").open("wb")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
        else:
            _kept.append(lock)
            return name
    raise AssertionError


def _make_room(path: Path) -> None:
    """Make a file, unless there is one that can be read."""
    try:
        list(MmapedDict.read_all_values_from_file(path))
    except (OSError, RuntimeError, ValueError, struct.error):
        new = path.with_suffix(".new")
        new.write_bytes(bytes(ROOM))
        new.rename(path)  # whole, as somebody may be reading


class _Everything(Collector):
    """Puts together what is counted on this host and, if wished, what is known of the site."""

    def __init__(self, *, site: bool) -> None:
        self.site = site

    def collect(self) -> Iterator[Metric]:
        """Yield all metrics."""
        # A worker's first process counts nothing itself: those that it has forked do.
        if _kept or any(environment.METRICS_DIR.glob("*.db")):
            yield from MultiProcessCollector(None, str(environment.METRICS_DIR)).collect()
        else:
            yield from REGISTRY.collect()
        if self.site:
            yield _web_memory()
            for collect in _collects:
                yield from collect()


def exposition(*, site: bool) -> bytes:
    """Return the metrics as text.

    :param site: whether with those of the whole site, which are the same wherever they are asked.
    """
    registry = CollectorRegistry()
    registry.register(_Everything(site=site))
    return generate_latest(registry)


def _web_memory() -> Metric:
    text = "Resident memory of the web processes of this host, shared pages counted in each."
    return GaugeMetricFamily("vitrina_web_memory_bytes", text, value=family_memory())


def family_memory() -> int:
    """Return the bytes that this process takes, with its parent and its siblings."""
    parent = psutil.Process().parent()
    taken = 0
    for process in [parent, *parent.children()] if parent else [psutil.Process()]:
        try:
            taken += process.memory_info().rss
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return taken


def may_read(authorization: str | None) -> bool:
    """Tell whether a request's header ``Authorization`` opens the metrics."""
    wanted = f"Bearer {settings.METRICS_TOKEN}".encode()
    given = (authorization or "").encode("utf-8", "surrogateescape")
    return bool(settings.METRICS_TOKEN) and hmac.compare_digest(given, wanted)


class _Handler(BaseHTTPRequestHandler):
    """Answers ``GET /metrics`` to whoever has the token."""

    timeout = 10

    def do_GET(self) -> None:
        """Answer."""
        if self.path != "/metrics":
            self.send_error(HTTPStatus.NOT_FOUND)
        elif not may_read(self.headers.get("Authorization")):
            self.send_response(HTTPStatus.UNAUTHORIZED)
            self.send_header("WWW-Authenticate", "Bearer")
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            body = exposition(site=False)
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", CONTENT_TYPE_LATEST)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Stay silent."""


def serve() -> None:
    """Serve what is counted on this host, from a thread, where a port is configured.

    One process of a host is enough: where the port is taken, another one does it.
    """
    port = environment.METRICS_PORT
    if not port:
        return
    if not settings.METRICS_TOKEN:
        logger.warning("metrics are not served on port %d: set METRICS_TOKEN too", port)
        return
    try:
        server = ThreadingHTTPServer(("", port), _Handler)
    except OSError as error:
        logger.info("metrics are not served on port %d by this process: %s", port, error)
        return
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
