"""Has two models looked at on the same pictures. Writes only."""

from accounts.audit import audit_record
from classify.comparison import jobs_to_compare
from classify.services import COMPARE
from worker.derived import jobs_look_again

JOBS_MAX = 100
"""Pictures that are looked at for one press of a button."""


def comparison_start(*, first: str, second: str) -> int:
    """Have the second model look at what the first one has classified last; return how many.

    Pictures that both have seen already are left out.
    """
    jobs = jobs_to_compare(first=first, second=second)[:JOBS_MAX]
    count = jobs_look_again(jobs=jobs, service=COMPARE, model=second)
    if count:
        audit_record("models.compared", target=f"model:{second}", other=first, count=count)
    return count
