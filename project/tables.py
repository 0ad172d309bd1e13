"""Lines of CSV that no spreadsheet takes for formulas."""

import csv
import io
from collections.abc import Iterable

BOM = "\ufeff".encode()
"""Spreadsheets know a table for UTF-8 by its first bytes."""

_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def csv_line(cells: Iterable[object]) -> bytes:
    """Return a line of a table, in which no text is a formula to a spreadsheet."""
    buffer = io.StringIO()
    csv.writer(buffer).writerow([_inert(cell) for cell in cells])
    return buffer.getvalue().encode()


def _inert(cell: object) -> object:
    """Return a number as it is, and text such that a spreadsheet shows it and no more."""
    if isinstance(cell, int | float):
        return cell
    text = str(cell)
    return f"'{text}" if text.startswith(_BEGINS_A_FORMULA) else text
