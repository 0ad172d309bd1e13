"""Every sentence is translated into every language of the site."""

import shutil
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.core.management import call_command

from project.translations import catalogues


@pytest.mark.parametrize("path", list(catalogues()), ids=lambda path: path.parts[-3])
def test_nothing_is_missing_or_fuzzy(path: Path) -> None:
    catalogue = polib.pofile(str(path))
    assert len(catalogue) > 100
    assert not [entry.msgid for entry in catalogue if entry.fuzzy or not entry.translated()]
    forms = int(catalogue.metadata["Plural-Forms"].partition("nplurals=")[2].partition(";")[0])
    plurals = [entry for entry in catalogue if entry.msgid_plural]
    assert not [entry.msgid for entry in plurals if len(entry.msgstr_plural) != forms]
    assert not catalogue.obsolete_entries()


def test_each_language_but_the_sources_has_a_catalogue() -> None:
    found = {path.parts[-3] for path in catalogues()}
    assert found == {code for code, _ in settings.LANGUAGES} - {settings.LANGUAGE_CODE}


@pytest.mark.timeout(30)
@pytest.mark.skipif(shutil.which("xgettext") is None, reason="gettext is not installed")
def test_every_sentence_of_the_code_is_in_the_catalogue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ignored = shutil.ignore_patterns(".*", "var", "tests", "static", "*.mo", "data")
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("accounts", "classify", "locale", "project", "templates", "worker"):
        shutil.copytree(settings.BASE_DIR / name, copy / name, ignore=ignored)
    monkeypatch.chdir(copy)
    monkeypatch.setattr(settings, "LOCALE_PATHS", [copy / "locale"])
    call_command("makemessages", all=True, no_obsolete=True, no_wrap=True, verbosity=0)
    for path in catalogues():
        before = polib.pofile(str(path))
        after = polib.pofile(str(copy / path.relative_to(settings.BASE_DIR)))
        assert {entry.msgid for entry in after} == {entry.msgid for entry in before}
