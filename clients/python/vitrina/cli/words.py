"""The language of what the command says: that of ``--lang``, else of the environment.

The catalogues in ``vitrina/locale`` are read as translators write them, so that nothing has to be
compiled before the package is used.
"""

import gettext as standard
import io
import os
from pathlib import Path

CATALOGUES = Path(__file__).parent.parent / "locale"

_translations: standard.NullTranslations = standard.NullTranslations()


def system_language() -> str:
    """Return the code of the environment's language; empty when it says none."""
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            code = value.split(":")[0].split(".")[0].split("_")[0].lower()
            return "" if code in {"c", "posix"} else code
    return ""


def activate(language: str) -> None:
    """Speak a language; English where there is no catalogue of it."""
    global _translations  # noqa: PLW0603 - one language a process
    path = CATALOGUES / f"{language}.po"
    if language.isalpha() and path.exists():
        import polib

        _translations = standard.GNUTranslations(io.BytesIO(polib.pofile(str(path)).to_binary()))
    else:
        _translations = standard.NullTranslations()


def gettext(message: str) -> str:
    """Return a sentence in the active language."""
    return _translations.gettext(message)


activate(system_language())
