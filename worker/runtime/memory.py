"""The limit on a process' memory, which a model that is loaded moves."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager

import psutil


@contextmanager
def memory_limit_moves() -> Iterator[None]:
    """Lift the limit on address space, and set it again, higher by what was taken meanwhile.

    A limit counts from what a process has with its first model loaded. Without this a second one,
    or the library that it needs, would count as what a job wants too much.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    if soft == resource.RLIM_INFINITY:
        yield
        return
    before = psutil.Process().memory_info().vms
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
    try:
        yield
    finally:
        taken = max(0, psutil.Process().memory_info().vms - before)
        resource.setrlimit(resource.RLIMIT_AS, (soft + taken, hard))
