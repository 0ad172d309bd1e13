"""What is kept of people, and for how long."""

from datetime import timedelta

from project import environment

PICTURES_KEPT_DAYS = environment.PICTURES_KEPT_DAYS
"""After so many days pictures are deleted, whatever their owner has chosen; 0: never."""

RETENTION_DAYS_MAX = 3_650
"""Days that somebody can choose."""

CHORE_LIMIT = 500
"""Jobs that one round of a chore treats at most."""

CHORE_PEOPLE = 200
"""People whom one round looks at."""

JOBS_SETTLE = timedelta(minutes=10)
"""After this no job appears any more whose id is older: what stores it has long ended."""

EXPORTS_KEPT = timedelta(days=7)
"""How long an export of everything can be downloaded."""

EXPORTS_PER_DAY = 3
"""Of one person."""

ERASURE_GRACE_DAYS = environment.ERASURE_GRACE_DAYS
"""Days between the wish to have an account deleted, which closes it, and its erasure."""
