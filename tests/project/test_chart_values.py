"""The chart's values can set all that the code reads, and refuse what is misspelt."""

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
import yaml
from django.conf import settings

from project import __version__
from project.uploads import longest_request
from tests.conftest import REPOSITORY
from tests.project.chart import CHART, SCHEMA, VALUES, template, variables
from worker.models import Lane

OURS = {"ALLOWED_HOSTS", "METRICS_PORT", "WEB_PROCESSES", "WORKER_PROCESSES"}
"""Variables that the chart sets by itself."""

NOT_OURS = {
    "DATA_DIR": "set by the image, as are the next three",
    "ALIVE_FILE": "",
    "BUILT_DIR": "",
    "METRICS_DIR": "",
    "MEDIA_INTERNAL_PATH": "an ingress controller has no volume with pictures",
    "PORT": "of make run",
    "DEBUG": "never on a site that others can reach",
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """Return the default values with one of them changed or added."""
    values = copy.deepcopy(VALUES)
    *way, last = path.split(".")
    place = values
    for step in way:
        place = place.setdefault(step, {})
    place[last] = value
    return values


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("web.replicas", 5),
        ("settings.SIGN_UP", "invitation"),
        ("workers.main.scaling", {"floor": 0, "ceiling": 3, "waitSeconds": 10}),
        ("secrets.ADMIN_PASSWORD", {"name": "a", "key": "b"}),
        ("global", {"of": "another chart"}),
    ],
)
def test_values_that_make_sense_are_admitted(path: str, value: Any) -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    jsonschema.validate(VALUES, SCHEMA)
    jsonschema.validate(changed(path, value), SCHEMA)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("wbe", {}),
        ("web.replicsa", 2),
        ("web.replicas", "two"),
        ("hosts", []),
        ("settings.SIGNUP", "open"),
        ("settings.SIGN_UP", "opne"),
        ("settings.SECRET_KEY", "in the open"),
        ("secrets.SECRET_KEY", "in the open"),
        ("secrets.SECRET_KEY.value", "in the open"),
        ("secrets.SECRETKEY", {"name": "a", "key": "b"}),
        ("storage.claim", ""),
        ("workers", {}),
        ("workers.main.lanes", ["fast"]),
        ("workers.main.image", "web"),
        ("workers.main.scaling", {"floor": 1, "ceiling": 3}),
        ("workers.more", {"replicas": 1}),
        ("networkPolicy.database.form", []),
        ("networkPolicy.ingress.from", [{"podSelektor": {}}]),
    ],
)
def test_a_misspelt_value_is_refused(path: str, value: Any) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(changed(path, value), SCHEMA)


def test_nothing_in_the_schema_lets_unknown_keys_through() -> None:
    def objects(part: Any, path: str) -> Iterator[str]:
        if isinstance(part, list):
            part = dict(enumerate(part))
        if isinstance(part, dict):
            if "properties" in part and part.get("additionalProperties") is not False:
                yield path
            for key, value in part.items():
                yield from objects(value, f"{path}/{key}")

    assert list(objects(SCHEMA, "")) == []


def test_every_variable_can_be_set_and_none_is_made_up() -> None:
    """A variable is added to ``settings`` or ``secrets`` of the schema, or to the sets above."""
    sections = [set(SCHEMA["properties"][name]["properties"]) for name in ("settings", "secrets")]
    parts = [*sections, OURS, set(NOT_OURS)]

    assert set().union(*parts) == variables()
    assert sum(map(len, parts)) == len(variables())


def test_what_the_schema_lists_is_what_the_code_has() -> None:
    worker = SCHEMA["definitions"]["worker"]["properties"]
    assert worker["lanes"]["items"]["enum"] == Lane.values
    source = (REPOSITORY / "project" / "environment.py").read_text()
    modes = re.search(r'"SIGN_UP",.*?OneOf\((\[.*?\])\)', source, re.DOTALL)
    assert modes is not None
    assert SCHEMA["properties"]["settings"]["properties"]["SIGN_UP"]["enum"] == json.loads(modes[1])


def test_the_chart_is_of_this_version() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())

    assert chart["appVersion"] == __version__


def test_the_docs_name_every_value() -> None:
    text = (REPOSITORY / "docs" / "kubernetes.md").read_text()

    assert [name for name in VALUES if f"`{name}" not in text] == []
    assert f"bodies of {longest_request() // 2**20} MB" in text
    assert f"{settings.MODEL_MAX_BYTES // 2**20 + 1} MB at `/admin/classify/model/add/`" in text


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ("web.replicsa=2", "replicsa"),
        ("secrets.SECRET_KEY.value=in-the-open", "value"),
        ("workers.main.lanes={bulk}", "no group of workers takes from the lane interactive"),
        ("workers.main.scaling.floor=1", "ceiling"),
        ("monitoring.podMonitor.enabled=true,secrets.METRICS_TOKEN=null", "METRICS_TOKEN"),
    ],
)
def test_helm_refuses_what_makes_no_sense(helm: str, value: str, complaint: str) -> None:
    done = template(helm, "--set", value)

    assert done.returncode != 0
    assert complaint in done.stderr
