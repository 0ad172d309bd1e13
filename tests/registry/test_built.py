"""Models that an image has brought along become the site's, on every machine that runs it."""

import shutil
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from classify.builder.__main__ import MODEL
from classify.examples import directory
from classify.models import Label, Model
from classify.selectors import DEFAULT_MODEL
from classify.service import ClassifyService
from tests.registry.conftest import add, checked
from worker.runtime.manifest import verify

pytestmark = pytest.mark.django_db


@pytest.fixture
def image(settings: Settings, tmp_path: Path, place: Path) -> Path:
    """An image with a sound model, which this machine does not have yet."""
    checked(add())
    built = tmp_path / "built"
    built.mkdir()
    place.rename(built / "models")
    Label.objects.filter(model__isnull=False).delete()
    Model.objects.all().delete()
    settings.BUILT_DIR = built
    return built / "models"


def test_they_are_registered_and_copied(image: Path, place: Path) -> None:
    call_command("install_models")

    assert Model.objects.get().sha256 == verify(place / "colours").sha256
    assert not (place / "colours").is_symlink()
    assert [path.name for path in place.iterdir()] == ["colours"]


def test_another_machine_takes_them_from_its_own_image(image: Path, place: Path) -> None:
    call_command("install_models")
    shutil.rmtree(place)

    ClassifyService().model_fetch("colours")

    assert verify(place / "colours") == verify(image / "colours")


def test_an_upgrade_replaces_what_an_older_image_brought(image: Path, place: Path) -> None:
    call_command("install_models")
    shutil.rmtree(place / "colours")
    (place / "colours").mkdir()
    (place / "colours" / "manifest.json").write_text("{}")

    ClassifyService().model_fetch("colours")

    assert verify(place / "colours") == verify(image / "colours")


def test_what_the_site_uses_instead_stays(image: Path, place: Path) -> None:
    """After a backup was restored, the database names that model and not the image's."""
    call_command("install_models")
    (place / "colours" / "mine").touch()
    Model.objects.update(sha256="0" * 64)

    ClassifyService().model_fetch("colours")

    assert (place / "colours" / "mine").exists()


def test_a_damaged_one_stops_the_start(image: Path) -> None:
    (image / "colours" / "manifest.json").write_text("{}")

    with pytest.raises(CommandError, match="of this image"):
        call_command("install_models")


def test_outside_of_an_image_nothing_happens(settings: Settings) -> None:
    settings.BUILT_DIR = None
    call_command("install_models")

    assert not Model.objects.exists()


def test_examples_come_from_the_image_too(image: Path) -> None:
    assert directory() == image.parent / "examples"


def test_the_examples_are_of_the_default_model() -> None:
    assert MODEL == DEFAULT_MODEL
