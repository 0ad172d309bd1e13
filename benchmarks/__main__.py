"""``python -m benchmarks``: measures the rows, prints the table, writes the JSON."""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType

from benchmarks.photographs import photographs_make
from benchmarks.place import REPOSITORY, NotAvailableError, place, postgres_url
from benchmarks.plan import FULL, QUICK, TINY, Plan
from benchmarks.report import Measured, machine, table, write_json
from project import environment

SQLITE, POSTGRESQL = "sqlite", "postgresql"
# In a process of its own: it loads TensorFlow when a model is missing.
BUILD = (
    "import sys, pathlib; from classify.builder.build import build; "
    "build((), pathlib.Path(sys.argv[1]))"
)


@dataclass(frozen=True)
class Row:
    """What belongs together: measured by one module, in one place.

    :ivar databases: where it is measured; of several, where there is a server for it.
    :ivar every: whether it is measured on each of them, or on the first that answers.
    """

    letters: str
    title: str
    module: str
    databases: Sequence[str] = (POSTGRESQL, SQLITE)
    every: bool = False


ROWS = (
    Row("a", "ceiling", "benchmarks.ceiling", (SQLITE,)),
    Row("bd", "end to end, latency", "benchmarks.end_to_end"),
    Row("c", "queue alone", "benchmarks.queue_plane"),
    Row("e", "memory and start", "benchmarks.footprint"),
    Row("f", "cost as it grows", "benchmarks.growth", every=True),
    Row("g", "one and two processes", "benchmarks.scaling"),
    Row("h", "the API", "benchmarks.api"),
)


def main() -> int:
    """Measure what is asked for."""
    options = _options()
    signal.signal(signal.SIGTERM, _stop)
    plan = TINY if options.tiny else QUICK if options.quick else FULL
    models = environment.DATA_DIR / "models"
    before, measured = machine(), []
    subprocess.run([sys.executable, "-c", BUILD, str(models)], cwd=REPOSITORY, check=True)
    with tempfile.TemporaryDirectory(prefix="vitrina-bench-") as scratch:
        photographs = Path(scratch) / "photographs"
        photographs_make(photographs, count=plan.photographs)
        for row in ROWS:
            if set(row.letters) & set(options.only):
                measured += _measure(row, plan, photographs=photographs, models=models)
    wanted = sorted(
        (figure for figure in measured if figure.row in options.only), key=lambda f: f.row
    )
    print(f"\n{_described(before)}\n\n{table(wanted)}")
    write_json(options.json, measured=wanted, notes={"machine": before, "plan": plan.to_json()})
    return 0


def _options() -> argparse.Namespace:
    """Read the command line."""
    letters = "".join(row.letters for row in ROWS)
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--only",
        default=letters,
        type=lambda text: text.replace(",", ""),
        metavar="ROWS",
        help=f"the rows to measure, of {letters}",
    )
    parser.add_argument("--quick", action="store_true", help="less of everything: a few minutes")
    parser.add_argument("--tiny", action="store_true", help="only see that it works")
    parser.add_argument("--json", type=Path, default=environment.DATA_DIR / "bench.json")
    options = parser.parse_args()
    if not set(options.only) <= set(letters):
        parser.error(f"the rows are {letters}")
    return options


def _stop(_number: int, _frame: FrameType | None) -> None:
    """Have SIGTERM clean up as Ctrl-C does."""
    raise KeyboardInterrupt


def _measure(row: Row, plan: Plan, *, photographs: Path, models: Path) -> list[Measured]:
    """Measure a row on its databases."""
    measured = []
    for database in _databases(row):
        _say(f"{row.letters}: {row.title}, {database}, load {os.getloadavg()[0]:.1f}")
        with place(database=database, models=models, scratch=photographs.parent) as surroundings:
            figures = _in_place(row, plan, photographs=photographs, surroundings=surroundings)
        if len(row.databases) > 1:
            figures = [replace(one, name=f"{one.name} ({database})") for one in figures]
        measured += figures
    return measured


def _databases(row: Row) -> list[str]:
    """Return the databases to measure a row on."""
    found = []
    for database in row.databases:
        try:
            if database == POSTGRESQL:
                postgres_url()
        except NotAvailableError as reason:
            _say(f"{row.letters}: {row.title}: {reason}")
        else:
            found.append(database)
    return found if row.every else found[:1]


def _in_place(
    row: Row, plan: Plan, *, photographs: Path, surroundings: dict[str, str]
) -> list[Measured]:
    """Measure in a process of its own, whose Django is set up for the place."""
    answer = Path(surroundings["DATA_DIR"]) / "answer.json"
    task = {
        "module": row.module,
        "plan": plan.to_json(),
        "photographs": str(photographs),
        "answer": str(answer),
    }
    child = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.measure"],
        cwd=REPOSITORY,
        env=surroundings,
        stdin=subprocess.PIPE,
    )
    try:
        child.communicate(json.dumps(task).encode())
    except KeyboardInterrupt:
        child.send_signal(signal.SIGINT)
        child.wait()
        raise
    if child.returncode:
        raise SystemExit(f"{row.title} could not be measured; see above.")
    return [Measured(**figure) for figure in json.loads(answer.read_text())]


def _described(notes: dict[str, object]) -> str:
    """Return one line about the machine."""
    return (
        f"{notes['processor']}, {notes['cores']} cores, {notes['memory_gb']} GB, "
        f"{notes['system']}, Python {notes['python']}, load {notes['load']} at the start"
    )


def _say(text: str) -> None:
    """Tell how far it is, beside the table."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("Stopped; everything that was started is gone.")
