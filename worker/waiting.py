"""Statements whose commit need not wait for the disk."""

from django.db import connection


def without_waiting() -> str:
    """Return what a statement's RETURNING adds so that its commit does not wait for the disk.

    For marks that a crash of the database may take back: of what is published or claimed, the
    sweeper and the number of the attempt set right what is lost, while no later write can last
    without the earlier one. SQLite does not wait here anyway.
    """
    if connection.vendor != "postgresql":
        return ""
    return ", set_config('synchronous_commit', 'off', true)"
