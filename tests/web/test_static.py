"""Static files as production serves them: named by their content, also what scripts import."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.core.management import call_command
from pytest_django import Settings

from tests.conftest import REPOSITORY


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


@pytest.mark.timeout(120)
def test_production_can_collect_all_of_them(tmp_path: Path) -> None:
    """Of every app, as an image's build does: one file that cannot be processed stops it."""
    variables = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "project.settings.production",
        "SECRET_KEY": "none",
        "ALLOWED_HOSTS": "none",
        "REDIS_URL": "redis://none",
        "EMAIL_URL": "console:",
    }
    code = (
        "import sys, django; from django.conf import settings; from pathlib import Path;"
        "settings.STATIC_ROOT = Path(sys.argv[1]); django.setup();"
        "from django.core.management import call_command;"
        "call_command('collectstatic', interactive=False, verbosity=0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=REPOSITORY,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    named = json.loads((tmp_path / "staticfiles.json").read_text())["paths"]
    assert all((tmp_path / name).stat().st_mode & 0o444 == 0o444 for name in named.values())
    loaded = {
        name
        for path in (REPOSITORY / "templates").rglob("*.html")
        for name in re.findall(r'{% static "([^"]+)"', path.read_text())
    }
    assert len(loaded) > 10
    assert loaded <= set(named)
