"""The description of the API: complete, unchanged unless on purpose, and true of a real server."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from django.test import Client
from jsonschema_rs import Draft202012Validator

from accounts.models import ApiToken, User
from accounts.tokens import token_create
from classify.models import Label, Model, Parent
from project.api.kinds import KINDS
from tests.api.conftest import Server
from tests.conftest import REPOSITORY
from tests.factories import BatchFactory, JobFactory, UserFactory
from worker.webhooks import EVENTS, webhook_create

COMMITTED = REPOSITORY / "schema.yml"


@pytest.fixture
def described() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(COMMITTED.read_text())
    return loaded


@pytest.mark.timeout(30)
def test_it_is_the_one_that_is_committed(tmp_path: Path) -> None:
    """After a wanted change: manage.py spectacular --file schema.yml"""
    made = tmp_path / "schema.yml"
    call_command("spectacular", file=str(made), validate=True, fail_on_warn=True)
    assert made.read_text() == COMMITTED.read_text()


def test_everything_is_described(described: dict[str, Any]) -> None:
    assert described["openapi"].startswith("3.1")
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], (method, path)
            assert operation["description"]
            assert operation["tags"]
            assert set(operation["responses"]) > {"401", "429", "503"}
            for parameter in operation.get("parameters", ()):
                assert parameter["description"], (method, path, parameter)
                schema = parameter["schema"]
                assert "example" in parameter or {"enum", "examples", "$ref"} & {
                    *schema,
                    *schema.get("items", ()),
                }, (method, path, parameter)
    for name, schema in described["components"]["schemas"].items():
        assert schema["description"], name
        for field, inner in schema.get("properties", {}).items():
            assert inner.get("description") or "$ref" in inner, (name, field)
            is_file = "binary" in (inner.get("format"), inner.get("items", {}).get("format"))
            assert is_file or "examples" in inner or "$ref" in inner, (name, field)
    for name, header in described["components"]["headers"].items():
        assert header["description"], name
        assert header["examples"], name


def bodies(described: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the content of everything that is sent and answered."""
    for path, operations in [*described["paths"].items(), *described["webhooks"].items()]:
        for method, operation in operations.items():
            parts = [operation.get("requestBody", {}), *operation["responses"].values()]
            for part in parts:
                yield from ((f"{method} {path}", one) for one in part.get("content", {}).values())
    for name, response in described["components"]["responses"].items():
        yield from ((name, content) for content in response["content"].values())


def test_everything_has_an_example_that_is_right(described: dict[str, Any]) -> None:
    for name, content in bodies(described):
        if content["schema"].get("format") == "binary":
            continue
        assert content.get("examples"), name
        schema = content["schema"] | {"components": described["components"]}
        for example in content["examples"].values():
            errors = list(Draft202012Validator(schema).iter_errors(example["value"]))
            assert not errors, (name, errors)
    page = described["paths"]["/api/v1/jobs"]["get"]["responses"]["200"]
    assert page["content"]["application/json"]["examples"]["OneJob"]["value"]["results"]


def test_problems_tell_all_their_codes(described: dict[str, Any]) -> None:
    for kind in KINDS.values():
        response = described["components"]["responses"].get(f"Problem{kind.status}")
        if response:
            assert (f"`{kind.code}`" in response["description"]) is not kind.of_jobs, kind.code


def test_the_page_on_which_requests_are_tried_fills_in_no_key(described: dict[str, Any]) -> None:
    """It fills in ``example`` and ``examples`` of parameters, and each request would have them."""
    for operations in described["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", ()):
                if not parameter.get("required"):
                    assert not {"example", "examples"} & set(parameter), parameter


def test_it_is_served(client: Client, db: None, described: dict[str, Any]) -> None:
    answer = client.get("/api/v1/schema")
    assert answer["Content-Type"] == "application/vnd.oai.openapi+json"
    assert answer.json()["paths"].keys() == described["paths"].keys()


def test_the_page_lists_every_operation_and_obeys_the_sites_policy(
    client: Client, db: None, described: dict[str, Any]
) -> None:
    page = client.get("/api/docs")
    assert page.status_code == 200
    text = page.text
    for path, operations in described["paths"].items():
        for method in operations:
            assert f"<strong>{method.upper()}</strong> {path}</code>" in text
    assert "The reference is in English" not in text
    spanish = client.get("/api/docs", headers={"Accept-Language": "es"}).text
    assert "La referencia está en inglés" in spanish
    assert "<style" not in text
    assert "style-src 'self'" in page["Content-Security-Policy"]


@pytest.fixture
def world(transactional_db: None) -> User:
    """A user with something of everything."""
    user: User = UserFactory.create()
    parent = Parent.objects.create(slug="drink", name_en="drink", name_es="bebida")
    Label.objects.create(id="n07920052", index=0, name_en="cup", name_es="taza", parent=parent)
    facts = {"version": "1", "sha256": "0" * 64, "engine": "litert", "input_size": 224}
    Model.objects.create(name="fine", is_default=True, **facts)
    JobFactory.create_batch(3, user=user, batch=BatchFactory.create(user=user))
    JobFactory.create(user=user, finished="failed")
    webhook_create(user=user, url="https://example.com/", events=EVENTS)
    return user


PHASES = {"examples,coverage": "60", "fuzzing": "15", "stateful": "20"}
"""Each with its own seconds, so that none takes them from the ones after it."""

ASKED = os.environ.get("SCHEMATHESIS_SECONDS", "")
"""For each of them, to look for longer and at other requests."""


@pytest.mark.processes
@pytest.mark.slow
@pytest.mark.timeout(240 + 2 * len(PHASES) * int(ASKED or 0))
def test_a_real_server_does_what_it_says(
    serve: Callable[..., Server], world: User, tmp_path: Path
) -> None:
    """Schemathesis: examples, coverage, fuzzing and sequences of requests, by two users."""
    server = serve()
    first, secret = token_create(user=world, name="first")
    second, other = token_create(user=UserFactory.create(), name="second")
    users = {"first": secret, "second": other}
    for phases, seconds in PHASES.items():
        done = schemathesis(
            server.url,
            phases,
            seconds=ASKED or seconds,
            users=users,
            own=[first, second],
            folder=tmp_path,
        )
        print(done.stdout[-6000:])
        first.refresh_from_db()
        second.refresh_from_db()
        assert first.revoked_at is second.revoked_at is None  # or the rest of it was 401
        assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
        assert "No tests were run" not in done.stdout


def schemathesis(
    url: str,
    phases: str,
    *,
    seconds: str,
    users: dict[str, str],
    own: list[ApiToken],
    folder: Path,
) -> "subprocess.CompletedProcess[str]":
    """Run some phases against a server.

    :param users: the secrets of those who call, by name, and ``own`` their tokens.
    """
    headers = {name: [bearer(secret)] for name, secret in users.items()}
    auth = [{"name": name, "fixedHeaders": header} for name, header in headers.items()]
    (folder / "users.yaml").write_text(yaml.safe_dump({"auth": auth}))
    choice = [] if ASKED else ["--generation-deterministic"]
    return subprocess.run(
        [
            str(Path(sys.executable).parent / "schemathesis"),
            *("--config-file", str(REPOSITORY / "tests/api/schemathesis.toml")),
            *("run", str(COMMITTED), "--url", url, "--phases", phases),
            # One worker: CPython 3.11 cannot parse in several threads (gh-106905), and a library
            # of Schemathesis does.
            *("--auth-wfc", str(folder / "users.yaml"), "--workers", "1"),
            *("--max-time", seconds, *choice, "--request-timeout", "15", "--warnings", "off"),
            *("--report", "json", "--report-json-path", str(folder / "report.json")),
        ],
        cwd=folder,
        env=os.environ
        | {
            "NO_COLOR": "1",
            "PYTHONPATH": str(REPOSITORY),
            "SCHEMATHESIS_HOOKS": "tests.api.schemathesis_hooks",
            "OWN_TOKENS": " ".join(str(token.id) for token in own),
        },
        capture_output=True,
        text=True,
        check=False,
    )


def bearer(secret: str) -> dict[str, str]:
    return {"name": "Authorization", "value": f"Bearer {secret}"}
