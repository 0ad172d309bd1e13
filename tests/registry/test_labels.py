"""Lists of classes: what is understood, what is refused, and how classes are called."""

import pytest
from django.core.exceptions import ValidationError

from classify import table
from classify.labels import LONGEST_ID, MOST_BYTES, classes_read


def ids(text: str, model: str = "birds") -> list[str]:
    return [own["id"] for own in classes_read(text.encode(), model=model)]


def test_a_line_is_a_class() -> None:
    own = classes_read(b"\xef\xbb\xbfHouse sparrow\r\n\r\nRobin\r\n", model="birds")
    assert own == [
        {"id": "birds--house-sparrow", "names": {"en": "House sparrow"}},
        {"id": "birds--robin", "names": {"en": "Robin"}},
    ]


def test_a_table_has_names_in_each_language_and_its_own_order() -> None:
    own = classes_read(
        'index,name_en,name_es\n1,robin,petirrojo\n0,"sparrow, house",gorrión\n'.encode(),
        model="birds",
    )
    assert [one["names"] for one in own] == [
        {"en": "sparrow, house", "es": "gorrión"},
        {"en": "robin", "es": "petirrojo"},
    ]


def test_the_thousand_of_imagenet_are_the_sites_own() -> None:
    rows = [row.id for row in table.rows()]
    assert classes_read("\n".join(rows).encode(), model="x") == []
    some = classes_read("\n".join(rows[5:8]).encode(), model="x")
    assert [(one["id"], one["names"]) for one in some] == [(row, {}) for row in rows[5:8]]


def test_identifiers_differ_and_are_short() -> None:
    assert ids("猫\n犬") == ["birds--0", "birds--1"]
    found = ids("\n".join(f"{'long ' * 15}{number}" for number in range(12)), "m" * 40)
    assert len(set(found)) == 12
    assert max(map(len, found)) <= LONGEST_ID
    assert ids("a b\na-b\nA B") == ["birds--a-b", "birds--a-b-1", "birds--a-b-2"]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b" \n\n", "empty"),
        (b"\xff\xfe", "UTF-8"),
        (b"one", "two classes"),
        (b"cat\ndog\ncat", "twice"),
        (b"cat\nd\x00g", "visible"),
        ("cat\nd\u202eog".encode(), "visible"),
        (b"cat\n" + b"x" * 101, "100 characters"),
        (b"index,name_es\n0,gato\n1,perro", "columns"),
        (b"index,name_en\n0,cat\n2,dog", "indexes"),
        (b"index,name_en\nzero,cat\none,dog", "indexes"),
        (b"name_en,name_es\ncat,gato\n,perro", "needs a name"),
        (b"name_en\ncat,too,many\ndog", "columns"),
        (b"x\n" * 6000, "too long"),
        (b"x" * (MOST_BYTES + 1), "too long"),
    ],
)
def test_what_makes_no_sense_is_told(data: bytes, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        classes_read(data, model="birds")
