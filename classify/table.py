"""The reviewed table of classes in ``classify/data``, read without a database.

``classes.csv`` has what holds in every language: index, WordNet id, parent. Names stand
in ``names.<language>.csv`` and ``parents.<language>.csv``, so that a language is added by
adding two files.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Row:
    """A class: its place in the models' output, its WordNet id and its parent's slug."""

    index: int
    id: str
    parent: str


@dataclass(frozen=True)
class Name:
    """A class' name in one language, and what else people call it."""

    name: str
    synonyms: tuple[str, ...]


def rows() -> list[Row]:
    """Return the classes in the order of the models' output."""
    return [
        Row(int(row["index"]), row["wordnet_id"], row["parent"])
        for row in _read(DATA / "classes.csv")
    ]


def languages() -> list[str]:
    """Return the languages that have a file of names."""
    return sorted(path.name.split(".")[1] for path in DATA.glob("names.*.csv"))


def names(language: str) -> dict[str, Name]:
    """Return each class' names in a language, by WordNet id.

    :raises FileNotFoundError: when there is no file for the language.
    """
    return {
        row["wordnet_id"]: Name(
            row["name"],
            tuple(part.strip() for part in row["synonyms"].split(";") if part.strip()),
        )
        for row in _read(DATA / f"names.{language}.csv")
    }


def parents(language: str) -> dict[str, str]:
    """Return each parent's name in a language, by slug."""
    return {row["parent"]: row["name"] for row in _read(DATA / f"parents.{language}.csv")}


def _read(path: Path) -> list[dict[str, str]]:
    """Return a file's rows by column name."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
