"""What is said of a result in one sentence."""

import pytest

from classify.models import Parent
from classify.selectors import Shown
from classify.verdict import LOOKED_AT, verdict_of

CAT, DOG = Parent(slug="cat"), Parent(slug="dog")


def shown(score: float, parent: Parent | None = None) -> Shown:
    return Shown(id=f"n{score}", index=0, name="?", score=score, parent=parent)


def test_a_likely_class_is_said() -> None:
    verdict = verdict_of([shown(0.5, CAT), shown(0.49, DOG)])
    assert verdict
    assert (verdict.certainty, verdict.score, verdict.parent) == ("sure", 0.5, CAT)


def test_classes_that_agree_on_the_concept_let_it_be_said() -> None:
    verdict = verdict_of([shown(0.3, DOG), shown(0.29, CAT), shown(0.25, CAT)])
    assert verdict
    assert (verdict.certainty, verdict.parent) == ("parent", CAT)
    assert verdict.score == pytest.approx(0.54)


def test_otherwise_nothing_is_said() -> None:
    verdict = verdict_of([shown(0.3, DOG), shown(0.2, CAT), shown(0.2)])
    assert verdict
    assert (verdict.certainty, verdict.parent, verdict.score) == ("unsure", None, 0.3)


def test_a_long_tail_makes_no_concept_likely() -> None:
    tail = [shown(0.09 - number / 1000, CAT) for number in range(LOOKED_AT + 5)]
    verdict = verdict_of(tail)
    assert verdict
    assert verdict.certainty == "unsure"


def test_classes_without_concept_are_no_concept() -> None:
    verdict = verdict_of([shown(0.4), shown(0.3)])
    assert verdict
    assert verdict.certainty == "unsure"


def test_without_classes_there_is_nothing_to_say() -> None:
    assert verdict_of([]) is None
