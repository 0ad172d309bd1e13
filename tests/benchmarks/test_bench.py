"""``make bench`` with tiny amounts: that every row can be measured, not how fast anything is."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from benchmarks.photographs import LARGE_SIZE, SIZE, photographs_make, photographs_read
from tests.conftest import REPOSITORY

pytestmark = [pytest.mark.processes, pytest.mark.model, pytest.mark.slow, pytest.mark.timeout(400)]


def test_it_measures_every_row_and_leaves_nothing_behind(tmp_path: Path, models_dir: Path) -> None:
    answer = tmp_path / "bench.json"
    # A short path: the embedded Valkey's socket lies under it.
    with tempfile.TemporaryDirectory() as scratch:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks", "--tiny", "--json", str(answer)],
            cwd=REPOSITORY,
            env=os.environ | {"TMPDIR": scratch, "DATA_DIR": str(models_dir.parent)},
            capture_output=True,
            text=True,
            check=False,
        )
        left = list(Path(scratch).iterdir())

    assert done.returncode == 0, done.stderr
    assert left == []
    measured = json.loads(answer.read_text())["measured"]
    assert {figure["row"] for figure in measured} == set("abcdefgh")
    assert all(figure["value"] >= 0 for figure in measured if "above" not in figure["name"])
    assert all(figure["name"] in done.stdout for figure in measured)


def test_the_photographs_are_distinct(tmp_path: Path) -> None:
    import io

    from PIL import Image

    photographs_make(tmp_path, count=10)

    for large, size in ((False, SIZE), (True, LARGE_SIZE)):
        files = photographs_read(tmp_path, large=large)
        assert len(set(files)) == len(files)
        assert {Image.open(io.BytesIO(file)).size for file in files} == {size}
