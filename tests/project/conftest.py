"""What helm makes of the chart."""

import pytest
import yaml

from tests.project import helm as program
from tests.project.chart import FULL, Manifest, template


@pytest.fixture(scope="module")
def helm() -> str:
    found = program.found()
    if found is None:
        pytest.skip("no helm (make .venv/.installed-helm): the chart is not rendered")
    return found


@pytest.fixture(scope="module", params=[(), FULL], ids=["default", "full"])
def manifests(request: pytest.FixtureRequest, helm: str) -> list[Manifest]:
    done = template(helm, *request.param)
    assert done.returncode == 0, done.stderr
    return [one for one in yaml.safe_load_all(done.stdout) if one]
