"""What import contracts cannot see: what a running process has really loaded."""

import subprocess
import sys

import pytest

from tests.conftest import REPOSITORY

pytestmark = pytest.mark.timeout(30)  # each starts a process

HEAVY = {"tensorflow", "keras", "ai_edge_litert", "numpy", "skimage"}


def loaded_after(code: str) -> set[str]:
    """Run code in a process of its own and return the modules that it has loaded."""
    script = f"{code}\nimport sys; print(' '.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.split(".")[0] for name in done.stdout.split()}


def test_the_web_process_loads_no_numerics() -> None:
    loaded = loaded_after(
        "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'project.settings.test'\n"
        "import project.wsgi\n"
        "from django.urls import get_resolver; get_resolver().url_patterns",
    )

    assert "django" in loaded
    assert not loaded & HEAVY


def test_the_worker_loads_no_numerics_before_it_forks() -> None:
    loaded = loaded_after(
        "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'project.settings.test'\n"
        "from project.celery import app; app.finalize(); import django; django.setup()\n"
        "import worker.tasks, worker.celery_signals",
    )

    assert "celery" in loaded
    assert not loaded & HEAVY


def test_the_runtime_needs_no_django() -> None:
    loaded = loaded_after("import worker.runtime.model, worker.runtime.engines.litert")

    assert "numpy" in loaded
    assert not loaded & {"django", "celery", "tensorflow"}


def test_files_stay_small() -> None:
    long = {
        str(path.relative_to(REPOSITORY)): count
        for folder in ("project", "accounts", "worker", "classify")
        for path in (REPOSITORY / folder).rglob("*.py")
        if "migrations" not in path.parts and (count := path.read_text().count("\n")) > 400
    }

    assert long == {}


def test_nothing_names_a_package_registry() -> None:
    hits = [
        path.name
        for path in (REPOSITORY / "requirements").iterdir()
        if "--index-url" in path.read_text() or "https://pypi" in path.read_text()
    ]

    assert hits == []


def test_the_locked_lists_agree_and_the_web_has_no_numerics() -> None:
    import re

    versions: dict[str, dict[str, set[str]]] = {}
    for path in (REPOSITORY / "requirements").glob("*.txt"):
        found: dict[str, set[str]] = {}
        for name, version in re.findall(r"^([a-z0-9-]+)==(\S+)", path.read_text(), re.MULTILINE):
            found.setdefault(name, set()).add(version)
        versions[path.stem] = found

    del versions["helm"]  # a program, installed without what its package depends on
    everything = versions["dev"]
    for found in versions.values():
        for name, pinned in found.items():
            # Nobody develops with CUDA: its packages stand in one list only.
            assert pinned <= everything.get(
                name, pinned if name.startswith("nvidia-") else set()
            ), name
    assert not {"numpy", "tensorflow", "tensorflow-cpu", "ai-edge-litert"} & set(versions["web"])
    assert not {"tensorflow", "tensorflow-cpu", "keras"} & set(versions["worker"])
