"""Writes to classes and feedback, and jobs that are made from others."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from classify import table
from classify.models import Feedback, Label, Parent
from worker.derived import job_derive
from worker.models import TERMINAL, Job, Status

if TYPE_CHECKING:
    from accounts.models import User


CLASSIFY, EXPLAIN, COMPARE = "classify", "explain", "compare"
"""The slugs of the services of this app."""


@transaction.atomic
def classes_load(*, overwrite: bool = False) -> int:
    """Bring the table of classes into the database, in every language that has a file.

    What an administrator has edited stays, unless ``overwrite`` is given; empty names are
    filled in, which is how a new language arrives.

    :returns: the number of classes that were written.
    """
    languages = [code for code, _ in settings.LANGUAGES if code in table.languages()]
    _parents_load(languages, overwrite=overwrite)
    names = {language: table.names(language) for language in languages}
    known = Label.objects.in_bulk()
    written = 0
    for row in table.rows():
        label = known.get(row.id)
        values = {"index": row.index, "parent_id": row.parent}
        for language in languages:
            name = names[language][row.id]
            values[f"name_{language}"] = name.name
            values[f"synonyms_{language}"] = "\n".join(name.synonyms)
        written += _write(label or Label(id=row.id), values, overwrite=overwrite or label is None)
    return written


def _parents_load(languages: Sequence[str], *, overwrite: bool) -> None:
    """Bring the parents into the database."""
    names = {language: table.parents(language) for language in languages}
    known = Parent.objects.in_bulk()
    for slug in names[settings.LANGUAGE_CODE]:
        values = {f"name_{language}": names[language][slug] for language in languages}
        parent = known.get(slug)
        _write(parent or Parent(slug=slug), values, overwrite=overwrite or parent is None)


def _write(row: Label | Parent, values: Mapping[str, object], *, overwrite: bool) -> bool:
    """Set what is empty, or everything with ``overwrite``; save if that changed the row."""
    changed = [
        field
        for field, value in values.items()
        if (overwrite or getattr(row, field) in (None, "")) and getattr(row, field) != value
    ]
    for field in changed:
        setattr(row, field, values[field])
    if changed:
        row.save()
    return bool(changed)


def feedback_set(*, job: Job, correct: bool, label: Label | None = None) -> Feedback | None:
    """Note what its owner says of a result; what was said before is forgotten.

    :param label: the right class, if they know it; the best one of the result makes it correct.
    :returns: ``None`` when there is no result to speak of.
    """
    if job.service != CLASSIFY or job.status != Status.SUCCEEDED:
        return None
    correct = correct or (label is not None and label.id == job.label)
    feedback, _ = Feedback.objects.update_or_create(
        job=job,
        defaults={"correct": correct, "label": None if correct else label},
    )
    return feedback


def feedback_clear(*, job: Job) -> None:
    """Forget what its owner said of a result."""
    Feedback.objects.filter(job=job).delete()


def job_rerun(*, user: "User", job: Job, model: str) -> Job:
    """Have another model look at a job's picture, as a new job.

    :raises JobRefusedError: when quotas do not admit it, or the picture is gone.
    """
    return job_derive(user=user, job=job, service=CLASSIFY, model=model, parameters=job.parameters)


def explanation_request(*, user: "User", job: Job, label: str) -> Job:
    """Have it found out what a class of a job's result hangs on; once for each class.

    :raises JobRefusedError: when quotas do not admit it, or the picture is gone.
    """
    known = Job.objects.filter(source=job, service=EXPLAIN, parameters__label=label)
    ended_badly = set(TERMINAL) - {Status.SUCCEEDED}
    return known.exclude(status__in=ended_badly).first() or job_derive(
        user=user, job=job, service=EXPLAIN, model=job.model, parameters={"label": label}
    )
