"""``python -m tests.chaos``: storms over a real site, with a report of what became of its jobs."""

import argparse
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.chaos.stage import Stage, staged

if TYPE_CHECKING:
    from tests.chaos.fault import Fault
    from tests.chaos.report import Report

FAULTS_A_STORM = 14


def main() -> int:
    """Do as the command line says; fail when a promise was not kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seeds", type=int, default=5, help="how many storms")
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2000, help="in each storm")
    parser.add_argument("--faults", type=int, default=FAULTS_A_STORM, help="in each storm")
    parser.add_argument("--only", nargs="*", help="only these faults, in this order: F1 F24 …")
    parser.add_argument("--short", action="store_true", help="time limits and storm shortened")
    parser.add_argument("--no-experiments", action="store_true", help="only the storms")
    parser.add_argument("--experiments", nargs="*", help="only these, by their names")
    parser.add_argument("--log", type=Path, help="keep the log of the site's processes here")
    parser.add_argument("--report", type=Path, help="also write the report to this file")
    options = parser.parse_args()
    # Whoever stops us must not leave a site behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with staged(hurried=options.short, log=options.log) as stage:
        return 0 if show(stage, options) else 1


def show(stage: Stage, options: argparse.Namespace) -> bool:
    """Make storms and experiments; write down what they show as soon as they have shown it."""
    # Django is set up only now.
    from tests.chaos.experiments import experiments
    from tests.chaos.report import Report
    from tests.chaos.storm import Pace, storm

    database = "PostgreSQL" if stage.postgres else "SQLite (its faults F11 and F12 left out)"
    report = Report(f"{database} and {Path(stage.redis.binary).name}, {os.cpu_count()} cores")
    for seed in range(options.first_seed, options.first_seed + options.seeds):
        passed = storm(
            stage,
            seed=seed,
            faults=faults_of(seed, stage, options),
            jobs=options.jobs,
            pace=Pace(pause=1, fault=4) if options.short else Pace(pause=4, fault=12),
        )
        report.storms.append(passed)
        write(report, options.report)
    if not (options.short or options.no_experiments):
        for found in experiments(stage, only=options.experiments):
            report.findings += found
            write(report, options.report)
    report.is_whole = True
    write(report, options.report)
    sys.stdout.write(str(report))
    return report.is_good


def write(report: "Report", path: Path | None) -> None:
    """Write the report as far as it goes, so that a run that is stopped leaves it."""
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(str(report))


def faults_of(seed: int, stage: Stage, options: argparse.Namespace) -> list["Fault"]:
    """Return the faults of one storm."""
    from tests.chaos.fault import FAULTS
    from tests.chaos.storm import drawn

    if options.only:
        return [fault for number in options.only for fault in FAULTS if fault.number == number]
    has_postgres = stage.postgres is not None
    return drawn(seed, count=options.faults, short=options.short, has_postgres=has_postgres)


if __name__ == "__main__":
    sys.exit(main())
