"""A model's own classes, from a file: a name in each line, or a table with names in each language.

The table is CSV with a heading: ``index``, which may be left out, and ``name_en``, ``name_es`` …
for each language of the site that it has names in.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from classify import table

MOST_BYTES = 1024 * 1024
MOST_CLASSES = 5_000
LONGEST_NAME = 100
LONGEST_ID = 64

OwnClass = dict[str, Any]
"""``{"id": …, "names": {"en": …, "es": …}}``"""


def classes_read(data: bytes, *, model: str) -> list[OwnClass]:
    """Return the classes in a file, in the order of the model's outputs.

    :param model: begins the identifiers of the classes.
    :returns: an empty list when the file names ImageNet's 1,000 in their order.
    :raises ValidationError: when the file makes no sense; it says why.
    """
    if len(data) > MOST_BYTES:
        raise ValidationError(_("The list of classes is too long."))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValidationError(_("The list of classes is not text in UTF-8.")) from error
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise ValidationError(_("The list of classes is empty."))
    if len(lines) > MOST_CLASSES + 1:
        raise ValidationError(_("The list of classes is too long."))
    imagenet = [row.id for row in table.rows()]
    if lines == imagenet:
        return []
    if set(lines) <= set(imagenet):
        _differ(lines)
        return [{"id": line, "names": {}} for line in lines]
    heading = [cell.strip() for cell in lines[0].split(",")]
    if any(cell.startswith("name_") for cell in heading):
        return _with_ids(_rows(text), model)
    return _with_ids([{settings.LANGUAGE_CODE: line} for line in lines], model)


def _rows(text: str) -> list[dict[str, str]]:
    """Return the names in a table.

    :raises ValidationError: when its columns or indexes make no sense.
    """
    rows = list(csv.DictReader(io.StringIO(text), skipinitialspace=True, strict=True))
    languages = [code for code, _name in settings.LANGUAGES if f"name_{code}" in rows[0]]
    if f"name_{settings.LANGUAGE_CODE}" not in rows[0] or any(None in row for row in rows):
        raise ValidationError(
            _("The table of classes needs the columns index, name_en and name_es.")
        )
    if "index" in rows[0]:
        try:
            rows.sort(key=lambda row: int(row["index"]))
            indexes = [int(row["index"]) for row in rows]
        except (TypeError, ValueError):
            indexes = []
        if indexes != list(range(len(rows))):
            raise ValidationError(_("The indexes of the classes must be 0, 1, 2 and so on."))
    return [
        {code: (row[f"name_{code}"] or "").strip() for code in languages if row[f"name_{code}"]}
        for row in rows
    ]


def _with_ids(rows: Sequence[dict[str, str]], model: str) -> list[OwnClass]:
    """Give each class an identifier that one can read.

    :raises ValidationError: when a name is missing, too long, or there twice.
    """
    if len(rows) < 2:
        raise ValidationError(_("A model tells at least two classes apart."))
    names = [row.get(settings.LANGUAGE_CODE, "") for row in rows]
    for row in rows:
        for name in row.values():
            if len(name) > LONGEST_NAME or not name.isprintable():
                raise ValidationError(
                    _("A name of a class may have 100 characters, all of them visible.")
                )
    if not all(names):
        raise ValidationError(_("Each class needs a name."))
    _differ(names)
    classes: list[OwnClass] = []
    taken: set[str] = set()
    for index, row in enumerate(rows):
        word = slugify(names[index]) or str(index)
        label_id = f"{model}--{word}"[:LONGEST_ID]
        if label_id in taken:
            tail = f"-{index}"
            label_id = f"{label_id[: LONGEST_ID - len(tail)]}{tail}"
        taken.add(label_id)
        classes.append({"id": label_id, "names": row})
    return classes


def _differ(names: Iterable[str]) -> None:
    """Refuse a name that is there twice."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValidationError(_("The class “%(name)s” is there twice."), params={"name": name})
        seen.add(name)
