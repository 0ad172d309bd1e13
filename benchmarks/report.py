"""What was measured: as a table for people, as JSON for programs."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import psutil


@dataclass(frozen=True)
class Measured:
    """One figure.

    :ivar row: the letter of the row in ``benchmarks/README.md``.
    :ivar rounds: what each round gave; ``value`` is their median.
    :ivar at_least: the target, if there is one.
    :ivar at_most: the same, for what should be small.
    """

    row: str
    name: str
    value: float
    unit: str
    rounds: list[float] = field(default_factory=list)
    at_least: float | None = None
    at_most: float | None = None

    @property
    def target(self) -> str:
        """Return the target as people write it."""
        if self.at_least is not None:
            return f">= {_number(self.at_least)}"
        return f"<= {_number(self.at_most)}" if self.at_most is not None else ""

    @property
    def verdict(self) -> str:
        """Return whether the target is met, or nothing without one."""
        if self.at_least is None and self.at_most is None:
            return ""
        low = self.at_least is not None and self.value < self.at_least
        high = self.at_most is not None and self.value > self.at_most
        return "missed" if low or high else "met"


def of_rounds(row: str, name: str, rounds: Sequence[float], unit: str, **target: float) -> Measured:
    """Return the median of several rounds."""
    return Measured(row, name, median(rounds), unit, rounds=list(rounds), **target)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which a share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def machine() -> dict[str, Any]:
    """Describe the machine and how busy it is."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(psutil.virtual_memory().total / 2**30),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 2),
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _processor() -> str:
    """Return the processor's name as Linux knows it."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def table(measured: Sequence[Measured]) -> str:
    """Return the figures as a Markdown table."""
    cells = [("row", "measured", "value", "target", "")]
    cells += [
        (m.row, m.name, f"{_number(m.value)} {m.unit}".strip(), m.target, m.verdict)
        for m in measured
    ]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in cells
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def _number(value: float) -> str:
    """Return a number with three digits that count."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def write_json(path: Path, *, measured: Sequence[Measured], notes: dict[str, Any]) -> None:
    """Write everything to a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figures = [asdict(m) | {"target": m.target, "verdict": m.verdict} for m in measured]
    path.write_text(json.dumps(notes | {"measured": figures}, indent=2) + "\n")
