"""Static files as production serves them: named by their content, also what scripts import."""

import re
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.core.management import call_command
from pytest_django import Settings


@pytest.mark.timeout(60)
def test_scripts_import_files_that_may_be_kept_for_ever(settings: Settings, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STATICFILES_DIRS = [configured.BASE_DIR / "project" / "static"]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STORAGES = configured.STORAGES | {
        "staticfiles": {"BACKEND": "project.storage.StaticFilesStorage"}
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    hashed = [
        path for path in tmp_path.rglob("*.js") if re.search(r"\.[0-9a-f]{12}\.js$", path.name)
    ]
    imports = [
        (path, name)
        for path in hashed
        for name in re.findall(r'^import (?:.+ from )?"(.+)";$', path.read_text(), re.MULTILINE)
    ]
    assert len(imports) > 8
    for path, name in imports:
        assert re.search(r"\.[0-9a-f]{12}\.js$", name), (path.name, name)
        assert (path.parent / name).exists()
