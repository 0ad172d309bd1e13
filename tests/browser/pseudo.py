"""A made-up translation: every letter accented, every sentence longer.

What still reads as English was never translated; what overflows has no room for a language of
long words.
"""

import re
import sqlite3
from pathlib import Path

import polib

from project.environment import BASE_DIR

LANGUAGE = "eo"
"""Any that Django knows and the site does not speak."""

_LETTERS = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "àƀçđéƒĝĥîĵķļɱñöþǫŕšţûṽŵẋýžÀƁÇĐÉƑĜĤÎĴĶĻṀÑÖÞǪŔŠŢÛṼŴẊÝŽ",
)
_KEPT = re.compile(r"(%\(\w+\)[sd]|%%|%[sd]|\{\w+\}|<[^>]+>|&\w+;|https?://\S*)")


def pseudo(sentence: str) -> str:
    """Translate a sentence; what is filled in, and markup, stay."""
    parts = [
        part if _KEPT.fullmatch(part) else part.translate(_LETTERS)
        for part in _KEPT.split(sentence)
    ]
    longer = " ~" * (len(sentence) // 12 + 1)
    return "".join(parts) + (longer if sentence.strip() and "\n" not in sentence else "")


def source() -> polib.POFile:
    """Return every sentence of the site."""
    return polib.pofile(str(BASE_DIR / "locale" / "es" / "LC_MESSAGES" / "django.po"))


def vocabulary() -> set[str]:
    """Return the English words of the site's sentences."""
    sentences = [
        _KEPT.sub(" ", text) for entry in source() for text in (entry.msgid, entry.msgid_plural)
    ]
    return {word.lower() for text in sentences for word in re.findall(r"[A-Za-z]{3,}", text)}


def write_catalogue(folder: Path) -> None:
    """Store the translation of all sentences below a folder, as Django wants it."""
    catalogue = source()
    for entry in catalogue:
        if entry.msgid_plural:
            entry.msgstr_plural = {0: pseudo(entry.msgid), 1: pseudo(entry.msgid_plural)}
        else:
            entry.msgstr = pseudo(entry.msgid)
    catalogue.metadata["Plural-Forms"] = "nplurals=2; plural=(n != 1);"
    target = folder / LANGUAGE / "LC_MESSAGES"
    target.mkdir(parents=True)
    catalogue.save_as_mofile(str(target / "django.mo"))


def name_classes(database: Path) -> None:
    """Translate the names of the classes, as somebody would in the admin."""
    with sqlite3.connect(database, timeout=20) as connection:
        connection.create_function("pseudo", 1, pseudo)
        for table in ("classify_label", "classify_parent"):
            connection.execute(f"UPDATE {table} SET name_{LANGUAGE} = pseudo(name_en)")  # noqa: S608
    connection.close()
