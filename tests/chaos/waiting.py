"""Waits for conditions, in processes that no test runner watches."""

import time
from collections.abc import Callable


def holds_within(condition: Callable[[], object], *, seconds: float) -> bool:
    """Tell whether something becomes true in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def wait_until(condition: Callable[[], object], *, seconds: float = 60) -> None:
    """Wait for something to become true.

    :raises TimeoutError: when it does not in time.
    """
    if not holds_within(condition, seconds=seconds):
        raise TimeoutError(f"did not happen within {seconds} s")
