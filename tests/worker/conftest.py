"""What the tests of jobs and their pictures share."""

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def own_storage(settings: Any, tmp_path: Path) -> None:
    """A store of the test's own: the sweeper would take other tests' pictures for strays."""
    own = {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = settings.STORAGES | {"default": own}
