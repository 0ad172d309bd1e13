"""``manage.py classify``, as a person runs it: real models, real files, good and bad."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from classify.models import Model
from tests.conftest import REPOSITORY, Broker, environment_of_children

pytestmark = [pytest.mark.model, pytest.mark.timeout(180)]

MODEL = "efficientnet-lite0-fp32"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Photographs, a text file renamed, a truncated JPEG, a 30-megapixel PNG."""
    from skimage import data

    folder = tmp_path / "photos"
    (folder / "deeper").mkdir(parents=True)
    for name in ("chelsea", "coffee"):
        Image.fromarray(getattr(data, name)()).save(folder / f"{name}.jpg", quality=92)
    whole = (folder / "chelsea.jpg").read_bytes()
    (folder / "deeper" / "truncated.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "text.jpg").write_text("not a picture")
    (folder / "notes.txt").write_text("left out of folders")
    Image.new("RGB", (6_000, 5_000), "teal").save(folder / "big.png")
    return folder


def run(*arguments: object, data: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "classify", *map(str, arguments)],
        cwd=REPOSITORY,
        env=os.environ
        | {"DJANGO_SETTINGS_MODULE": "project.settings.local", "DATA_DIR": str(data)}
        | variables,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def data(tmp_path: Path, models_dir: Path) -> Path:
    """A data directory with models and without a database."""
    data = tmp_path / "data"
    data.mkdir()
    (data / "models").symlink_to(models_dir)
    return data


def check_answers(lines: list[str], folder: Path) -> None:
    answers = {Path(answer["file"]).name: answer for answer in map(json.loads, lines)}
    assert set(answers) == {"big.png", "chelsea.jpg", "coffee.jpg", "text.jpg", "truncated.jpg"}
    coffee = answers["coffee.jpg"]
    assert coffee["model"]["name"] == MODEL
    assert [set(p) for p in coffee["predictions"]] == [{"id", "index", "name", "score"}] * 3
    assert coffee["predictions"][0]["id"] == "n07920052"
    assert answers["chelsea.jpg"]["predictions"][0]["id"] in {"n02123045", "n02124075", "n02123159"}
    assert answers["text.jpg"]["error"]["code"] == "unsupported_type"
    assert answers["truncated.jpg"]["error"]["code"] == "broken_image"
    assert "predictions" in answers["big.png"]


def test_it_classifies_a_folder_on_the_spot(folder: Path, data: Path) -> None:
    done = run("--local", "--json", "--top-k", 3, "--model", MODEL, folder, data=data)

    check_answers(done.stdout.splitlines(), folder)
    assert done.returncode == 1
    assert "2 of 5 files could not be classified." in done.stderr
    assert not (data / "vitrina.sqlite3").exists()


def test_one_process_gives_the_same_as_two(folder: Path, data: Path) -> None:
    one = run("--local", "--json", "--model", MODEL, folder, data=data, WORKER_PROCESSES="1")
    two = run("--local", "--json", "--model", MODEL, folder, data=data, WORKER_PROCESSES="2")

    assert one.stdout == two.stdout


def test_it_speaks_spanish(folder: Path, data: Path) -> None:
    done = run("--local", "--lang", "es", folder / "coffee.jpg", folder / "text.jpg", data=data)

    assert "café expreso" in done.stdout
    assert "text.jpg: El archivo no es" in done.stdout or "text.jpg: No es" in done.stdout


def test_without_a_fault_the_status_is_0(folder: Path, data: Path) -> None:
    assert run("--local", folder / "coffee.jpg", data=data).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--local", "--model", "nonsense", "x.jpg"], "build_models nonsense"),
        (["--local", "--model", "../../etc", "x.jpg"], "is not the name of a model"),
        (["--local", "--top-k", "0", "x.jpg"], "--top-k"),
        (["--local"], "PATH"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(data: Path, arguments: list[str], words: str) -> None:
    done = run(*arguments, data=data)

    assert done.returncode != 0
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_file_is_an_error_of_its_own(folder: Path, data: Path) -> None:
    done = run("--local", "--json", "/nowhere.jpg", folder / "coffee.jpg", data=data)

    first, second = map(json.loads, done.stdout.splitlines())
    assert first["error"]["code"] == "unreadable"
    assert "predictions" in second


def test_the_queue_takes_only_installed_models(
    folder: Path, broker: Broker, transactional_db: None
) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "classify", "--model=nonsense", folder],
        cwd=REPOSITORY,
        env=environment_of_children(broker.url),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "There is no model nonsense." in done.stderr


@pytest.mark.processes
def test_it_classifies_a_folder_through_the_queue(
    folder: Path,
    models_dir: Path,
    broker: Broker,
    start: Callable[..., subprocess.Popen[bytes]],
) -> None:
    data = {"TEST_WITH_MODELS": "true", "DATA_DIR": str(models_dir.parent)}
    Model.objects.create(name=MODEL, version="1", sha256="0" * 64, engine="litert", input_size=224)
    start("work", "--processes=1", **data)
    done = subprocess.run(
        [
            sys.executable,
            "manage.py",
            "classify",
            "--json",
            "--top-k=3",
            f"--model={MODEL}",
            folder,
        ],
        cwd=REPOSITORY,
        env=environment_of_children(broker.url) | data,
        capture_output=True,
        text=True,
        check=False,
    )

    check_answers(done.stdout.splitlines(), folder)
    assert done.returncode == 1
