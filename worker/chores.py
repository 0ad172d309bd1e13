"""What the sweeper does beside its sweeps, without haste: short rounds that can be repeated."""

from dataclasses import dataclass

from worker.retention import retention_carry_out


@dataclass(frozen=True)
class Done:
    """What one round did."""

    expired: int


def chores() -> Done:
    """Do some of everything that is due."""
    return Done(expired=retention_carry_out())
