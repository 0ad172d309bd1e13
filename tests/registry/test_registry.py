"""What may be done with models, in which state, and that it is audited."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F

from accounts.models import AuditEntry
from classify.models import Model, State
from classify.registry import (
    ModelError,
    model_check_again,
    model_make_default,
    model_remove,
    model_roll_back,
    model_switch,
)
from classify.selectors import model_default_name, models_enabled, models_named, models_to_allow
from tests.factories import JobFactory
from tests.registry.conftest import add

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(30)]

FACTS = {"version": "1", "sha256": "0" * 64, "engine": "litert", "input_size": 224}


@pytest.fixture
def models() -> list[Model]:
    return [
        Model.objects.create(name="a", is_default=True, **FACTS),
        Model.objects.create(name="b", **FACTS),
        Model.objects.create(name="c", enabled=False, file="models/c/c.tar", **FACTS),
    ]


def events() -> list[str]:
    return [entry.event for entry in AuditEntry.objects.order_by("id")]


def a_while_later() -> None:
    """Let a second pass: SQLite's clock counts milliseconds, in which a test does everything."""
    Model.objects.update(was_default_until=F("was_default_until") - timedelta(seconds=1))


def test_the_default_is_switched_and_rolled_back(models: list[Model]) -> None:
    a, b, c = models
    with pytest.raises(ModelError, match="nothing_before"):
        model_roll_back()
    model_make_default(model=b)
    a_while_later()
    model_make_default(model=c)
    assert model_default_name() == "c"
    assert Model.objects.get(name="c").enabled
    a_while_later()
    assert model_roll_back() == b
    a_while_later()
    assert model_default_name() == "b"
    assert model_roll_back() == c
    assert Model.objects.filter(is_default=True).count() == 1
    made, back = ["model.made_default"] * 2, ["model.rolled_back"] * 2
    assert events() == [*made, *back]
    with pytest.raises(ModelError, match="not_ready"):
        model_make_default(model=c)
    assert model_default_name() == "c"
    assert a.name in models_enabled().values_list("name", flat=True)


def test_what_is_not_ready_cannot_be_used(models: list[Model]) -> None:
    model = add()
    assert not model_switch(model=model, enabled=True)
    with pytest.raises(ModelError, match="not_ready"):
        model_make_default(model=model)
    assert model_default_name() == "a"
    assert ("colours", "colours") not in models_to_allow()
    assert "colours" not in models_named()
    assert not model_check_again(model=model)
    with pytest.raises(IntegrityError), transaction.atomic():
        Model.objects.filter(name="colours").update(enabled=True)


def test_a_model_that_is_needed_is_not_removed(models: list[Model]) -> None:
    a, b, c = models
    for model, code in ((a, "still_on"), (b, "still_on")):
        with pytest.raises(ModelError, match=code):
            model_remove(model=model)
    model_switch(model=b, enabled=False)
    with pytest.raises(ModelError, match="comes_with_the_site"):
        model_remove(model=b)
    job = JobFactory.create(service="classify", model="c")
    with pytest.raises(ModelError, match="jobs_wait"):
        model_remove(model=c)
    job.delete()
    model_remove(model=c)
    assert Model.objects.get(name="c").state == State.REMOVED
    assert "c" in models_named()
    assert events()[-1] == "model.removed"


def test_names_are_given_once(models: list[Model]) -> None:
    for taken in ("a", "c", "efficientnet-lite9"):
        with pytest.raises(ModelError, match="name_taken"):
            add(taken)
    add("d")
    with pytest.raises(ModelError, match="name_taken"):
        add("d")
    model_remove(model=models[2])
    with pytest.raises(ModelError, match="name_taken"):
        add("c")
    Model.objects.filter(name="d").update(state=State.REFUSED, refusal="golden")
    assert add("d").state == State.WAITING


def test_a_model_that_was_never_ready_leaves_nothing(models: list[Model]) -> None:
    model_remove(model=add())
    assert not Model.objects.filter(name="colours").exists()
    model = add("seen")
    Model.objects.filter(name="seen").update(state=State.CHECKING)
    with pytest.raises(ModelError, match="being_checked"):
        model_remove(model=model)
