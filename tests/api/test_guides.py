"""The guides in ``docs/api`` leave nothing out."""

import re
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.test import Client

from project.api.kinds import KINDS
from tests.conftest import REPOSITORY

GUIDES = REPOSITORY / "docs/api"
BESIDE = {"/health/live", "/health/ready", "/metrics", "/api/docs", "/api/errors"}
"""What is no part of the description."""


@pytest.fixture(scope="module")
def operations() -> set[tuple[str, str]]:
    described: dict[str, Any] = yaml.safe_load((REPOSITORY / "schema.yml").read_text())
    return {
        (method.upper(), path) for path, methods in described["paths"].items() for method in methods
    } | {("GET", path) for path in BESIDE}


def test_the_list_of_requests_is_whole(operations: set[tuple[str, str]]) -> None:
    listed = set()
    for row in (GUIDES / "README.md").read_text().splitlines():
        if row.startswith("| `"):
            methods: list[str] = []
            for methods_text, path in re.findall(
                r"((?:`?[A-Z]+`? )*)`?(/[^`]*)`", row.split("|")[1]
            ):
                methods = re.findall("[A-Z]+", methods_text) or methods
                whole = path if path.startswith(("/v2", "/api", *BESIDE)) else f"/api/v1{path}"
                listed |= {(method, whole) for method in methods}
    assert listed == operations


def test_the_tour_calls_everything(operations: set[tuple[str, str]]) -> None:
    """And the tour's own test sees to it that everything answers as it should."""
    tour = (GUIDES / "tour.sh").read_text()
    calls = re.findall(r"\bshow '?[\d|]+'? ([A-Z]+) [\"']?([^\s\"']+)", tour)
    called = {(method, path.partition("?")[0]) for method, path in calls}
    for method, path in operations:
        fits = re.compile(re.sub(r"\{\w+\}", r"(?:\\$[A-Z]+|classify)", path))
        assert any(method == one and fits.fullmatch(other) for one, other in called), (method, path)


def test_every_kind_of_problem_is_explained(client: Client, db: None) -> None:
    client.get("/api/v1/services")
    text = (GUIDES / "errors.md").read_text()
    rows = re.findall(r"^\| (\d+) \| (.*?) \|", text, re.MULTILINE)
    told = {
        (int(status), code) for status, codes in rows for code in codes.replace("`", "").split()
    }
    answers = {(kind.status.value, kind.code) for kind in KINDS.values() if not kind.of_jobs}
    assert told == answers
    assert not [code for code in KINDS if f"`{code}`" not in text]


def test_the_limits_are_those_of_the_settings() -> None:
    text = (GUIDES / "limits.md").read_text()
    for figure in (
        f"| {settings.API_REQUESTS_PER_MINUTE:,} a minute |",
        f"| {settings.API_ANONYMOUS_REQUESTS_PER_MINUTE:,} a minute |",
        f"| {settings.UPLOAD_MAX_FILES} pictures; ",
        f"a zip of {settings.API_ARCHIVE_MAX_BYTES >> 20} MB, packed and unpacked |",
        f"| {settings.UPLOAD_MAX_BYTES >> 20} MB, ",
        f"| {settings.API_TOKENS_PER_USER}, {settings.API_WEBHOOKS_PER_USER} |",
        f"{settings.WEB_THREADS} clients at once, of which {settings.WEB_MAX_WAITING} may wait",
    ):
        assert figure in text, figure
