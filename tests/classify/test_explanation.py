"""An explanation in words and as a drawing."""

from typing import Any

import pytest
from django.utils import translation

from classify.explanation import explanation_of


def output(hot: dict[tuple[int, int], int], **fields: Any) -> dict[str, Any]:
    """Return an output whose map is 0 but for some cells (x, y)."""
    grid = [[hot.get((x, y), 0) for x in range(12)] for y in range(12)]
    area = [0.2, 0.1, 0.6, 0.8]
    return {
        "label": "n1",
        "score": 0.8,
        "covered": 0.2,
        "area": area,
        "aspect": 4 / 3,
        "grid": grid,
    } | fields


@pytest.mark.parametrize(
    ("cell", "english", "spanish"),
    [
        ((0, 0), "upper left", "arriba a la izquierda"),
        ((6, 5), "centre", "el centro"),
        ((11, 11), "lower right", "abajo a la derecha"),
    ],
)
def test_it_says_where(cell: tuple[int, int], english: str, spanish: str) -> None:
    with translation.override("en"):
        assert explanation_of(output({cell: 100})).areas == english
    with translation.override("es"):
        assert explanation_of(output({cell: 100})).areas == spanish


def test_it_names_the_strongest_parts_only() -> None:
    both = {(0, 0): 100, (11, 0): 90, (0, 11): 10}
    assert explanation_of(output(both)).areas == "upper left and upper right"


def test_cells_lie_where_the_model_looks() -> None:
    shown = explanation_of(output({(0, 0): 100, (11, 11): 50, (5, 5): 1}))
    assert shown.width == pytest.approx(133.33, abs=0.01)
    assert shown.frame == pytest.approx((26.67, 10, 80, 80), abs=0.01)
    first, last = shown.cells
    assert (first.x, first.y, first.strength) == pytest.approx((26.67, 10, 1), abs=0.01)
    assert last.x + shown.cell[0] == pytest.approx(106.67, abs=0.01)
    assert last.y + shown.cell[1] == pytest.approx(90, abs=0.01)


def test_it_admits_when_no_part_decided() -> None:
    assert explanation_of(output({(0, 0): 100}, covered=0.2)).decided
    assert not explanation_of(output({(0, 0): 100}, covered=0.75)).decided
    nothing = explanation_of(output({}, covered=0.9))
    assert not nothing.decided
    assert nothing.areas == ""
    assert nothing.cells == ()
