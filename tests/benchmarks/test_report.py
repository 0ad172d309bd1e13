"""The table of ``make bench``."""

import json
from pathlib import Path

from benchmarks.report import Measured, of_rounds, percentile, table, write_json


def test_it_shows_each_figure_with_its_target():
    shown = table(
        [
            of_rounds("c", "queue alone", [140.0, 151.4, 199.0], "jobs/s", at_least=150),
            Measured("d", "above the ceiling", 41.23, "ms", at_most=40),
            Measured("e", "start", 1.234, "s"),
        ],
    )

    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in shown.splitlines()]
    assert cells[2:] == [
        ["c", "queue alone", "151 jobs/s", ">= 150", "met"],
        ["d", "above the ceiling", "41.2 ms", "<= 40.0", "missed"],
        ["e", "start", "1.23 s", "", ""],
    ]


def test_it_writes_every_round(tmp_path: Path):
    figure = of_rounds("c", "queue alone", [3.0, 1.0, 2.0], "jobs/s", at_least=1)

    write_json(tmp_path / "new" / "bench.json", measured=[figure], notes={"machine": "here"})

    written = json.loads((tmp_path / "new" / "bench.json").read_text())
    assert written["machine"] == "here"
    assert written["measured"][0]["value"] == 2
    assert written["measured"][0]["rounds"] == [3, 1, 2]
    assert written["measured"][0]["verdict"] == "met"


def test_a_percentile_is_one_of_the_values():
    values = [float(number) for number in range(1, 101)]

    assert percentile(values, 0.5) == 51
    assert percentile(values, 0.99) == 100
    assert percentile([7.0], 0.99) == 7
