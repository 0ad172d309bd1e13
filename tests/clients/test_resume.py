"""A folder is interrupted and goes on: every photograph once, in the output and on the site."""

import json
import signal
from pathlib import Path

import pytest

from tests.clients.conftest import Command, Server
from tests.clients.flaky import LOSE, PASS, flaky
from tests.clients.test_many import distinct
from worker.models import Job

pytestmark = [pytest.mark.model, pytest.mark.processes, pytest.mark.slow, pytest.mark.timeout(180)]

NUMBER = 60


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    for number in range(NUMBER):
        path = folder / f"album{number % 3}" / f"{number:02}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(distinct(number))
    return folder


def files_in(text: str) -> list[str]:
    return [json.loads(line)["file"] for line in text.splitlines()]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_an_interrupted_folder_goes_on(
    vitrina: Command, classifying: Server, secret: str, folder: Path, how: signal.Signals
) -> None:
    call = ("classify", "--json", "--top-k", "1", "--concurrency", "8", folder)
    with flaky(classifying.port) as way:
        vitrina.login(way.url, secret)
        # Of some the site gets the picture, and the command never learns of it.
        way.faults += [PASS, LOSE, PASS, PASS, LOSE]
        first = vitrina.start(*call)
        assert first.stdout
        assert first.stderr
        printed = [first.stdout.readline() for _ in range(NUMBER // 3)]
        first.send_signal(how)
        status = first.wait(20)
        printed += first.stdout.read().splitlines(keepends=True)
        errors = first.stderr.read()
        assert status == (130 if how == signal.SIGINT else -signal.SIGKILL)
        assert ("Give the same command again" in errors) is (how == signal.SIGINT)
        assert len(printed) < NUMBER
        (journal,) = (vitrina.home / "vitrina" / "runs").iterdir()
        with journal.open("ab") as torn:
            torn.write(b'{"file": "torn')

        second = vitrina(*call)
        keys = way.keys()

    assert second.returncode == 0, second.stderr
    assert "Going on" in second.stderr
    photographs = sorted(str(path) for path in folder.rglob("*.jpg"))
    assert files_in(second.stdout) == photographs
    whole = [line for line in printed if line.endswith("\n")]
    assert second.stdout.startswith("".join(whole))
    assert sorted(Job.objects.values_list("input_name", flat=True)) == sorted(
        Path(path).name for path in photographs
    )
    assert len(set(keys)) == NUMBER
    assert len(keys) > NUMBER  # some were under way, and were sent again
    assert not list(journal.parent.iterdir())


def test_a_run_that_the_site_stops_goes_on(
    vitrina: Command, classifying: Server, secret: str, folder: Path, tmp_path: Path
) -> None:
    output = tmp_path / "results.jsonl"
    call = ("classify", "--json", "--output", output, folder)
    with flaky(classifying.port) as way:
        vitrina.login(way.url, secret)
        way.faults += [PASS] * (NUMBER // 2) + [(429, {"Retry-After": "9999"})]
        first = vitrina(*call)
        assert first.returncode == 3
        assert "Try again in 9999 s." in first.stderr
        assert "Give the same command again" in first.stderr
        done = files_in(output.read_text())
        assert 0 < len(done) < NUMBER
        # One that was done is another picture by now.
        Path(done[0]).write_bytes(distinct(NUMBER))

        assert vitrina(*call).returncode == 0

    assert sorted(files_in(output.read_text())) == sorted(map(str, folder.rglob("*.jpg")))
    assert Job.objects.count() == NUMBER + 1


def test_a_complete_run_is_not_gone_on_with(
    vitrina: Command, classifying: Server, secret: str, folder: Path
) -> None:
    vitrina.login(classifying.url, secret)
    for path in list(folder.rglob("*.jpg"))[3:]:
        path.unlink()
    assert vitrina("classify", folder).returncode == 0
    assert vitrina("classify", folder).returncode == 0
    assert Job.objects.count() == 6
