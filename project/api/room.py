"""Many clients, few workplaces: how one web process serves hundreds that only wait.

A request has a thread of its own for as long as it lasts, which costs next to nothing while the
thread waits. What is scarce are the processor and the database's connections. So there are a few
places to work at, each with a connection that stays open, and a thread takes one only while it
works: neither while a client's bytes come in, nor while a job is waited for, does it hold any.

Active in a web server that has called :func:`open_room`; elsewhere every function does nothing.
"""

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

Place = BaseDatabaseWrapper

_places: queue.LifoQueue[Place] | None = None
_here = threading.local()


def open_room(places: int) -> None:
    """Set up the places of this process, each with a connection that is opened on first use."""
    global _places  # noqa: PLW0603 - one room a process
    _places = queue.LifoQueue()
    for _ in range(places):
        place = connections.create_connection(DEFAULT_DB_ALIAS)
        place.inc_thread_sharing()  # one thread after the other, never two at once
        _places.put(place)


@contextmanager
def inside() -> Iterator[None]:
    """Work at a place; wait for one when all are taken."""
    if _places is None or _place() is not None:
        yield
        return
    _enter()
    try:
        yield
    finally:
        _leave()


@contextmanager
def outside() -> Iterator[None]:
    """Let others work at this thread's place meanwhile, unless it is within a transaction."""
    place = _place()
    if place is None or place.in_atomic_block:
        yield
        return
    _leave()
    try:
        yield
    finally:
        _enter()


def _place() -> Place | None:
    """Return the place at which this thread works."""
    return getattr(_here, "place", None)


def _enter() -> None:
    if _places is not None:
        _here.place = _places.get()
        connections[DEFAULT_DB_ALIAS] = _here.place


def _leave() -> None:
    if _places is not None:
        del connections[DEFAULT_DB_ALIAS]
        _places.put(_here.place)
        _here.place = None


class _Input:
    """A request's body; whoever waits for its bytes holds no place."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def read(self, *args: Any) -> bytes:
        """Read some bytes."""
        with outside():
            return bytes(self._stream.read(*args))

    def readline(self, *args: Any) -> bytes:
        """Read a line."""
        with outside():
            return bytes(self._stream.readline(*args))


Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def at_a_place(application: Application) -> Application:
    """Wrap a WSGI application such that it works at a place.

    The answer's body is sent outside: whoever still needs the database for it enters again.
    """

    def wrapped(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ["wsgi.input"] = _Input(environ["wsgi.input"])
        with inside():
            return application(environ, start_response)

    return wrapped
