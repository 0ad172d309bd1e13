"""Shows an explanation: the map as cells of a drawing, and in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

HEIGHT = 100.0
"""Of the drawing, in its own unit; its width follows from the picture's shape."""

FAINT = 5
"""Cells of a map (0 to 100) that are weaker are left out."""

MATTERED = 0.1
"""Share of its score that a class has to lose, covered at the worst place, for any single part to
be called important. Below it the map shows differences that mean little."""

NEARLY_AS_MUCH = 0.6
"""Ninths of the picture are named that mattered at least this share of the strongest one."""

NAMED_AT_MOST = 3

_NINTHS = (
    (gettext_lazy("upper left"), gettext_lazy("upper middle"), gettext_lazy("upper right")),
    (gettext_lazy("middle left"), gettext_lazy("centre"), gettext_lazy("middle right")),
    (gettext_lazy("lower left"), gettext_lazy("lower middle"), gettext_lazy("lower right")),
)


@dataclass(frozen=True)
class Cell:
    """A part of the drawing; ``strength`` from 0 to 1."""

    x: float
    y: float
    strength: float


@dataclass(frozen=True)
class Explanation:
    """What a class of a result hangs on.

    :ivar score: of the class, with nothing covered.
    :ivar covered: with the part covered that matters most.
    :ivar decided: whether any single part mattered enough to speak of.
    :ivar areas: the parts that mattered most, in words.
    :ivar frame: left, top, width and height of what the model looks at, in the drawing.
    """

    label: str
    score: float
    covered: float
    decided: bool
    areas: str
    width: float
    height: float
    frame: tuple[float, float, float, float]
    cell: tuple[float, float]
    cells: tuple[Cell, ...]


def explanation_of(output: dict[str, Any]) -> Explanation:
    """Return what an explanation's output says."""
    width, height = HEIGHT * output["aspect"], HEIGHT
    left, top, across, down = output["area"]
    frame = (left * width, top * height, across * width, down * height)
    grid: list[list[int]] = output["grid"]
    cell = (frame[2] / len(grid), frame[3] / len(grid))
    cells = tuple(
        Cell(frame[0] + x * cell[0], frame[1] + y * cell[1], value / 100)
        for y, row in enumerate(grid)
        for x, value in enumerate(row)
        if value >= FAINT
    )
    return Explanation(
        label=output["label"],
        score=output["score"],
        covered=output["covered"],
        decided=output["score"] - output["covered"] >= MATTERED * output["score"],
        areas=get_text_list([str(name) for name in _areas(output["area"], grid)], _("and")),
        width=width,
        height=height,
        frame=frame,
        cell=cell,
        cells=cells,
    )


def _areas(area: Sequence[float], grid: Sequence[Sequence[int]]) -> list[Any]:
    """Return the names of the ninths of the picture that mattered most, the strongest first."""
    left, top, across, down = area
    values: dict[tuple[int, int], list[int]] = {}
    for y, row in enumerate(grid):
        for x, value in enumerate(row):
            across_picture = left + (x + 0.5) / len(grid) * across
            down_picture = top + (y + 0.5) / len(grid) * down
            values.setdefault((int(3 * down_picture), int(3 * across_picture)), []).append(value)
    means = {ninth: sum(found) / len(found) for ninth, found in values.items()}
    most = max(means.values())
    strong = [ninth for ninth in means if means[ninth] >= NEARLY_AS_MUCH * most]
    strong.sort(key=lambda ninth: -means[ninth])
    return [_NINTHS[y][x] for y, x in strong[:NAMED_AT_MOST]] if most else []
