"""What the sweeper does beside its sweeps, without haste: short rounds that can be repeated."""

from dataclasses import dataclass

from accounts.erasure import erasures_carry_out
from accounts.exporting import export_make_next, exports_expire
from accounts.tidying import stale_forget
from worker.retention import retention_carry_out
from worker.tallying import tally_carry_out


@dataclass(frozen=True)
class Done:
    """What one round did: in jobs, in accounts, and in exports."""

    expired: int
    erased: int
    exports_gone: int
    counted: int


def chores() -> Done:
    """Do some of everything that is due."""
    stale_forget()
    return Done(
        expired=retention_carry_out(),
        erased=erasures_carry_out(),
        exports_gone=exports_expire(),
        counted=tally_carry_out(),
    )


def long_chores() -> bool:
    """Do one of those that take minutes; ``False`` when there is none."""
    return export_make_next()
