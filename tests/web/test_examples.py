"""The landing page and what a visitor can try on it."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from classify.examples import Example
from classify.models import Model
from tests.conftest import picture
from tests.web.conftest import PREDICTIONS

pytestmark = pytest.mark.django_db


@pytest.fixture
def examples(data: Path, classes: None) -> Path:
    """One example of which the model is sure, and one of which it is not."""
    folder = data / "examples"
    folder.mkdir()
    guesses = [prediction | {"score": 0.2} for prediction in PREDICTIONS]
    made = [
        Example("coffee", 600, 400, "fine", 14.2, PREDICTIONS),
        Example("puzzle", 600, 400, "fine", 14.2, [guesses[0]]),
    ]
    for example in made:
        (folder / f"{example.slug}.jpg").write_bytes(picture())
        (folder / f"{example.slug}-small.jpg").write_bytes(picture((16, 12)))
    (folder / "examples.json").write_text(json.dumps([asdict(example) for example in made]))
    return folder


def test_the_landing_page_shows_an_example(
    client: Client, examples: Path, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(2):
        page = client.get("/").text
    assert "Espresso" in page or "espresso" in page
    assert "87.4%" in page
    assert 'src="/examples/coffee.jpg"' in page
    assert 'href="/examples/puzzle/"' in page


def test_names_are_in_the_visitors_language(client: Client, examples: Path) -> None:
    page = client.get("/examples/coffee/", headers={"Accept-Language": "es"}).text
    assert "café expreso" in page
    assert "87,4\u00a0%" in page


def test_what_the_model_does_not_know_is_not_said_as_a_fact(client: Client, examples: Path) -> None:
    page = client.get("/examples/puzzle/").text
    assert "Not sure what this shows" in page
    assert "The best guess is “espresso”, with only 20.0%." in page


def test_a_script_gets_the_part_alone(client: Client, examples: Path) -> None:
    response = client.get("/examples/puzzle/", headers={"HX-Request": "true"})
    assert "<html" not in response.text
    assert "The best guess is “espresso”" in response.text
    assert "HX-Request" in response["Vary"]


def test_photographs_are_for_everybody(client: Client, examples: Path) -> None:
    for name in ("coffee.jpg", "coffee-small.jpg"):
        response = client.get(f"/examples/{name}")
        assert response["Content-Type"] == "image/jpeg"
        assert response["Cache-Control"] == "public, max-age=86400"
        assert response.getvalue().startswith(b"\xff\xd8")


@pytest.mark.parametrize("name", ["nothing/", "nothing.jpg", "examples.json", "..%2Fsecret-key"])
def test_there_is_nothing_else_to_be_had(client: Client, examples: Path, name: str) -> None:
    assert client.get(f"/examples/{name}").status_code == 404


def test_a_picture_that_is_gone_is_not_found(client: Client, examples: Path) -> None:
    (examples / "coffee.jpg").unlink()
    assert client.get("/examples/coffee.jpg").status_code == 404


def test_without_examples_the_page_still_says_what_the_site_does(
    client: Client, data: Path
) -> None:
    page = client.get("/").text
    assert "/accounts/signup/" in page
    assert "hero-art" in page
    assert "/examples/" not in page


def test_a_user_may_add_an_example(
    web: Client,
    models: list[Model],
    examples: Path,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    # The whole of the first view of the submit page; two are for limits that are kept for a while.
    with django_assert_max_num_queries(7):
        page = web.get("/").text
    assert 'data-example="/examples/coffee.jpg"' in page


def test_building_needs_the_model(data: Path, settings: Settings) -> None:
    settings.MODELS_DIR = data / "models"
    with pytest.raises(CommandError, match="build_models"):
        call_command("build_examples")


@pytest.fixture
def models_there(models_dir: Path, settings: Settings) -> Path:
    settings.MODELS_DIR = models_dir
    return models_dir


@pytest.mark.model
@pytest.mark.timeout(60)
def test_building_classifies_real_photographs(data: Path, models_there: Path) -> None:
    call_command("build_examples")
    index = json.loads((data / "examples" / "examples.json").read_text())
    best = {example["slug"]: example["predictions"][0]["id"] for example in index}
    assert best["coffee"] == "n07920052"  # espresso
    assert best["cat"] == "n02124075"  # Egyptian cat
    sizes = [path.stat().st_size for path in (data / "examples").glob("*.jpg")]
    assert len(sizes) == 2 * len(index)
    assert max(sizes) < 120_000
