"""The client is a package of its own: it needs nothing of the site's."""

import subprocess
import sys
from dataclasses import fields, is_dataclass

import pytest
import yaml

from tests.conftest import REPOSITORY
from vitrina import shapes

PACKAGE = REPOSITORY / "clients" / "python"
CODE = """
import sys
import vitrina, vitrina.webhooks, vitrina.cli.main
print(*{name.partition(".")[0] for name in sys.modules})
"""


NAMES = {
    "Failure": "JobError",
    "NewWebhook": "WebhookWithSecret",
    "OwnToken": "MeToken",
    "Timings": "JobTimings",
    "UsedModel": "JobModel",
}
"""Shapes that the site's description calls otherwise."""

OWN = {"Event", "Prediction"}
"""What is no part of the description: an event's parts, and what one service ends with."""


def test_its_shapes_have_all_that_the_site_says() -> None:
    described = yaml.safe_load((REPOSITORY / "schema.yml").read_text())["components"]["schemas"]
    for name, shape in vars(shapes).items():
        if is_dataclass(shape) and name not in OWN:
            said = set(described[NAMES.get(name, name)]["properties"])
            assert {field.name for field in fields(shape)} == said, name


@pytest.mark.timeout(30)  # starts a process
def test_it_imports_nothing_of_the_site() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE], cwd=PACKAGE, capture_output=True, text=True, check=True
    )
    imported = set(done.stdout.split())
    assert "httpx" in imported
    assert not imported & {"django", "project", "accounts", "worker", "classify", "tests"}
