"""Every table that belongs to a person is in a part of what is exported and erased."""

from collections.abc import Iterator

from django.apps import apps
from django.db.models import Model

from accounts.models import User
from accounts.personal import personal_parts


def pointing_at(models: set[type[Model]]) -> Iterator[type[Model]]:
    """Yield the tables with a foreign key to one of some others, those between two as well."""
    for model in apps.get_models(include_auto_created=True):
        targets = {field.remote_field.model for field in model._meta.fields if field.remote_field}
        if targets & models:
            yield model


def test_no_table_of_a_person_is_forgotten() -> None:
    theirs: set[type[Model]] = {User}
    while more := set(pointing_at(theirs)) - theirs:
        theirs |= more
    declared = [table for part in personal_parts() for table in part.tables]
    assert {model._meta.label for model in theirs} == set(declared)
    assert len(declared) == len(set(declared))


def test_the_parts_are_those_of_the_apps() -> None:
    assert [part.slug for part in personal_parts()] == ["accounts", "worker", "classify"]
