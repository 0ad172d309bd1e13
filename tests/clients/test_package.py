"""The client is a package of its own: it needs nothing of the site's."""

import subprocess
import sys

import pytest

from tests.conftest import REPOSITORY

PACKAGE = REPOSITORY / "clients" / "python"
CODE = """
import sys
import vitrina, vitrina.webhooks, vitrina.cli.main
print(*{name.partition(".")[0] for name in sys.modules})
"""


@pytest.mark.timeout(30)  # starts a process
def test_it_imports_nothing_of_the_site() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE], cwd=PACKAGE, capture_output=True, text=True, check=True
    )
    imported = set(done.stdout.split())
    assert "httpx" in imported
    assert not imported & {"django", "project", "accounts", "worker", "classify", "tests"}
