"""A clock that is off: ``python -m tests.chaos.clock HOURS COMMAND…`` runs a command by it."""

import sys
import time
from datetime import timedelta


def clock_is_off(*, hours: float) -> None:
    """Have this process believe in another time, before Django is set up."""
    import django.utils.timezone as zone

    true_time, true_now = time.time, zone.now
    time.time = lambda: true_time() + hours * 3600
    zone.now = lambda: true_now() + timedelta(hours=hours)


def main() -> None:
    """Run a management command with a clock that is off."""
    from django.core.management import execute_from_command_line

    clock_is_off(hours=float(sys.argv[1]))
    execute_from_command_line(["manage.py", *sys.argv[2:]])


if __name__ == "__main__":
    main()
