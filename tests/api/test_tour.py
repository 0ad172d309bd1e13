"""The tour of the API with curl, on a real site with a real model."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from accounts.tokens import token_create
from classify.models import Model
from classify.services import classes_load
from tests.api.conftest import Server
from tests.conftest import REPOSITORY, picture
from tests.factories import UserFactory


@pytest.mark.model
@pytest.mark.processes
@pytest.mark.timeout(150)
@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_everything_answers_as_expected(
    serve: Callable[..., Server], start: Callable[..., Any], tmp_path: Path, models_dir: Path
) -> None:
    classes_load()
    facts = {"version": "1", "sha256": "0" * 64, "engine": "litert", "input_size": 260}
    Model.objects.create(name="efficientnet-lite2-int8", is_default=True, **facts)
    user: User = UserFactory.create()
    _, secret = token_create(user=user, name="tour")
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(picture((500, 375)))
    server = serve(processes=1)
    data = str(models_dir.parent)
    start("work", "--processes=1", TEST_WITH_MODELS="true", DATA_DIR=data)

    done = subprocess.run(
        [str(REPOSITORY / "docs/api/tour.sh"), str(photo)],
        env=os.environ | {"SITE": server.url, "TOKEN": secret},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assert "Everything answered as expected." in done.stdout
    assert secret not in done.stdout
