"""Rules and dashboard name only metrics that there are, and the rules ring when they should."""

import json
import re
import shutil
import subprocess

import pytest

from tests.conftest import REPOSITORY

MONITORING = REPOSITORY / "docker" / "monitoring"


def documented() -> set[str]:
    """Return the metrics of the docs, which a test holds to the code."""
    table = (REPOSITORY / "docs" / "metrics.md").read_text()
    return set(re.findall(r"^\| `(vitrina_\w+)`", table, re.MULTILINE))


def named(expression: str) -> set[str]:
    """Return the metrics of an expression, histograms without the suffix of their parts."""
    found = re.findall(r"\bvitrina_\w+", expression)
    return {re.sub(r"_(bucket|count|sum)$", "", name) for name in found}


def test_the_dashboard_shows_metrics_that_there_are() -> None:
    dashboard = json.loads((MONITORING / "dashboard.json").read_text())
    shown = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]

    assert len(shown) > 10
    assert set().union(*map(named, shown)) <= documented()


@pytest.mark.parametrize("file", ["alerts.yml", "alerts.test.yml"])
def test_the_rules_look_at_metrics_that_there_are(file: str) -> None:
    assert named((MONITORING / file).read_text()) <= documented()


def test_the_rules_ring_when_they_should() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool (Debian: prometheus) is not installed: the rules are not tried")
    done = subprocess.run(
        [promtool, "test", "rules", str(MONITORING / "alerts.test.yml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_rule_says_what_to_do_and_is_tried() -> None:
    rules, tried = ((MONITORING / name).read_text() for name in ("alerts.yml", "alerts.test.yml"))
    names = re.findall(r"- alert: (\w+)", rules)

    assert rules.count("action:") == len(names) == 10
    assert all(f'{{alertname="{name}"}}' in tried for name in names)
