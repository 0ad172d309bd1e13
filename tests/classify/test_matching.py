"""Finding classes by what people call them."""

import pytest

from classify.matching import labels_meant, labels_offered, words
from classify.models import Label
from classify.selectors import labels_to_choose
from classify.services import classes_load

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def table(db: None) -> None:
    """The real table of classes."""
    classes_load()


def names(ids: tuple[str, ...]) -> list[str]:
    known = Label.objects.in_bulk(ids)
    return [known[label_id].name for label_id in ids]


@pytest.mark.parametrize(
    ("query", "closest"),
    [
        ("espresso", "espresso"),
        ("CAFÉ EXPRESO", "espresso"),
        ("cafe expreso", "espresso"),
        ("aguila", "bald eagle"),
        ("golden carp", "goldfish"),
        ("Carassius auratus", "goldfish"),
        ("coches de bomberos", "fire truck"),
        ("león", "lion"),
        ("zebras", "zebra"),
    ],
)
def test_it_finds_names_and_synonyms_in_every_language(query: str, closest: str) -> None:
    assert names(labels_meant(query))[0] == closest
    assert names(labels_offered(query, limit=5))[0] == closest


@pytest.mark.parametrize("query", ["dog", "dogs", "Perro", "perros"])
def test_a_concept_stands_for_its_classes_and_nothing_else(query: str) -> None:
    found = Label.objects.in_bulk(labels_meant(query)).values()
    assert len(found) > 100
    assert {label.parent_id for label in found} == {"dog"}


def test_a_word_of_a_name_is_enough() -> None:
    assert {"table lamp", "pool table"} <= set(names(labels_meant("table")))


def test_the_beginning_of_a_word_is_enough_when_nothing_else_fits() -> None:
    assert "espresso" in names(labels_meant("espr"))


def test_a_synonym_does_not_hide_names_with_the_word() -> None:
    assert {"teacup", "coffee mug"} <= set(names(labels_meant("taza")))


@pytest.mark.parametrize(
    "query", ["", "   ", "!?", "zzzz", "%", "_", "' OR 1=1", "\x00", "x" * 9999]
)
def test_it_finds_nothing_for_nonsense(query: str) -> None:
    assert labels_meant(query) == ()
    assert labels_offered(query, limit=5) == ()


def test_few_are_offered_at_a_time() -> None:
    assert len(labels_to_choose("dog")) == 12


def test_words_lose_accents_case_and_plural() -> None:
    assert words("Los LEONES árticos") == words("los león ártico")
    assert words("hot-dog") == ("hot", "dog")
