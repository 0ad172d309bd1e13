"""Places in the product's code at which a process can be made to die, as if by -9."""

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from worker.dispatch import Ref

if TYPE_CHECKING:
    from worker.models import Job


def die_when_storing(
    moment: str, flag: Path, *, last_words: Callable[[Iterable[object]], None] | None = None
) -> None:
    """Have this process die when it stores a job, as long as a file is there, which goes first.

    :param moment: ``before`` the commit, when the picture is stored and its row is not; or
        ``after`` it, when nobody has been told of the job yet.
    :param last_words: called with the ids of the jobs that are stored, before this process dies.
    """
    from django.db import transaction

    from worker import dispatch, services
    from worker.insertion import job_insert

    publish = dispatch.publish

    def publish_or_die(refs: Sequence[Ref], **options: int) -> bool:
        if flag.exists():
            if last_words:
                last_words([ref.id for ref in refs])
            die(flag)
        return publish(refs, **options)

    def insert_or_die(job: "Job") -> None:
        with transaction.atomic():
            job_insert(job)
            if flag.exists():
                die(flag)

    if moment == "after":
        dispatch.publish = publish_or_die
    else:
        services.job_insert = insert_or_die  # type: ignore[attr-defined]


def die(flag: Path) -> None:
    """End at once, once."""
    flag.unlink()
    os._exit(9)
