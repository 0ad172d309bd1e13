"""The Helm chart, as its tests look at it."""

import json
import re
import subprocess
from typing import Any

import yaml

from tests.conftest import REPOSITORY

CHART = REPOSITORY / "chart"
VALUES: dict[str, Any] = yaml.safe_load((CHART / "values.yaml").read_text())
SCHEMA: dict[str, Any] = json.loads((CHART / "values.schema.json").read_text())
FULL = "--is-upgrade", "--namespace=vit", f"--values={CHART / 'ci' / 'full-values.yaml'}"

Manifest = dict[str, Any]


def variables() -> set[str]:
    """Return the names that the environment module reads, but for those of tests."""
    source = (REPOSITORY / "project" / "environment.py").read_text()
    names = re.findall(r'(?:env\.\w+|_database|_file)\(\s*"([A-Z0-9_]+)"', source)
    return {name for name in names if not name.startswith("TEST_")}


def template(helm: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [helm, "template", "site", str(CHART), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def of_kind(manifests: list[Manifest], *kinds: str) -> list[Manifest]:
    return [one for one in manifests if one["kind"] in kinds]


def pods(manifests: list[Manifest]) -> dict[str, Manifest]:
    """Return the templates of pods, by the name of their one container."""
    templates = [one["spec"]["template"] for one in of_kind(manifests, "Deployment", "Job")]
    return {one["spec"]["containers"][0]["name"]: one for one in templates}


def containers(manifests: list[Manifest]) -> dict[str, dict[str, Any]]:
    return {name: one["spec"]["containers"][0] for name, one in pods(manifests).items()}


def environment_of(container: dict[str, Any]) -> dict[str, str]:
    return {one["name"]: one.get("value", "") for one in container["env"]}
