"""Compiles the translations. Done in Python, as not every machine has gettext."""

from pathlib import Path

import polib

from project.environment import BASE_DIR


def catalogues() -> list[Path]:
    """Return the ``.po`` files of the site."""
    return sorted((BASE_DIR / "locale").glob("*/LC_MESSAGES/*.po"))


def compile_catalogues() -> int:
    """Write each ``.mo`` file that is missing or older than its source; return how many."""
    written = 0
    for source in catalogues():
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            polib.pofile(str(source)).save_as_mofile(str(target))
            written += 1
    return written
