"""Writes to classes and models."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from classify import table
from classify.models import Label, Model, Parent
from classify.selectors import DEFAULT_MODEL

if TYPE_CHECKING:
    from worker.runtime.manifest import Manifest


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


@transaction.atomic
def model_register(*, manifest: "Manifest") -> Model:
    """Note in the database that an artefact is installed; the first default becomes default."""
    model, _ = Model.objects.update_or_create(
        name=manifest.name,
        defaults={
            "version": manifest.version,
            "sha256": manifest.sha256,
            "engine": manifest.engine,
            "input_size": manifest.input_size,
            "licence": manifest.licence,
            "source": str(manifest.source),
        },
    )
    no_default = not Model.objects.filter(is_default=True).exists()
    if no_default and model.name == DEFAULT_MODEL:
        model.is_default = True
        model.save(update_fields=["is_default"])
    return model


@transaction.atomic
def model_make_default(*, model: Model) -> None:
    """Have a model run the jobs that name none from now on."""
    Model.objects.filter(is_default=True).update(is_default=False)
    Model.objects.filter(name=model.name).update(is_default=True, enabled=True)
