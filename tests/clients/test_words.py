"""The catalogues of the command: complete, and with the same placeholders."""

import ast
import re
from collections.abc import Iterator

import polib
import pytest

from tests.conftest import REPOSITORY

PACKAGE = REPOSITORY / "clients" / "python" / "vitrina"
CATALOGUES = sorted((PACKAGE / "locale").glob("*.po"))


def sentences() -> Iterator[str]:
    """Yield what the code hands to ``_()``."""
    for path in (PACKAGE / "cli").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "_":
                yield ast.literal_eval(node.args[0])


def test_there_is_spanish() -> None:
    assert [path.stem for path in CATALOGUES] == ["es"]


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_a_catalogue_is_complete(path: object) -> None:
    entries = polib.pofile(str(path))
    assert {entry.msgid for entry in entries} == set(sentences())
    assert not entries.untranslated_entries()
    assert not entries.fuzzy_entries()


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_placeholders_stay(path: object) -> None:
    for entry in polib.pofile(str(path)):
        wanted, found = (
            set(re.findall(r"\{[^}]*\}", text)) for text in (entry.msgid, entry.msgstr)
        )
        assert found == wanted, entry.msgid
