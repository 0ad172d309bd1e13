"""What is installed somewhere is looked at each day, and kept up to date."""

import re

import yaml

from tests.conftest import REPOSITORY

PARTS = {"base": "of web and worker", "helm": "one file, for the tests"}
TOOLS = {"audit", "dev", "test"}


def workflow(name: str) -> str:
    return (REPOSITORY / f".github/workflows/{name}.yml").read_text()


def test_every_list_that_serves_somebody_is_audited() -> None:
    lists = {path.stem for path in (REPOSITORY / "requirements").glob("*.txt")}
    jobs = yaml.safe_load(workflow("audit"))["jobs"]

    assert set(jobs["packages"]["strategy"]["matrix"]["list"]) == lists - PARTS.keys() - TOOLS


def test_every_image_is_audited() -> None:
    stages = re.findall(r"FROM runtime AS (\S+)", (REPOSITORY / "docker/Dockerfile").read_text())
    jobs = yaml.safe_load(workflow("audit"))["jobs"]

    assert len(stages) == 3
    assert set(jobs["images"]["strategy"]["matrix"]["target"]) == set(stages)


def test_strangers_actions_are_named_by_their_commit() -> None:
    for path in (REPOSITORY / ".github/workflows").glob("*.yml"):
        for action, version in re.findall(r"uses: ([\w./-]+)@(\S+)", path.read_text()):
            theirs = action.startswith(("actions/", "docker/"))
            assert theirs or re.fullmatch(r"[0-9a-f]{40}", version), f"{action}@{version}"


def test_dependabot_looks_where_something_is() -> None:
    updates = yaml.safe_load((REPOSITORY / ".github/dependabot.yml").read_text())["updates"]
    found = {"docker": "Dockerfile", "docker-compose": "compose.yaml"}

    for update in updates:
        ecosystem, folder = update["package-ecosystem"], update["directory"].strip("/")
        if ecosystem in found:
            assert (REPOSITORY / folder / found[ecosystem]).exists()
