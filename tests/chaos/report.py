"""Turns what storms and experiments have shown into a page."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tests.chaos.crowd import Finding
from tests.chaos.fault import ELSEWHERE, FAULTS
from tests.chaos.storm import Storm, Strike

STORM_HEAD = (
    "| seed | faults | jobs | lost | changed | doubled | wrong | tried again | given up "
    "| calm after, s | duration, s |"
)
RECOVERY = (
    "Recovery: until the last job that was unfinished when the fault was over had ended, "
    "with all the faults that followed."
)


@dataclass
class Report:
    """What storms and experiments have shown so far; ``str`` gives it as Markdown.

    :ivar on: the machine.
    :ivar is_whole: whether that is all that was to be done.
    """

    on: str
    storms: list[Storm] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    is_whole: bool = False

    @property
    def is_good(self) -> bool:
        """Whether everything promised was kept."""
        return all(storm.is_good for storm in self.storms) and all(
            found.kept for found in self.findings
        )

    def __str__(self) -> str:
        parts = [
            f"# Chaos, {datetime.now(UTC):%Y-%m-%d}, on {self.on}",
            *([] if self.is_whole else ["", "**Not ended: this is what was done until then.**"]),
            *storm_table(self.storms),
            *fault_table([strike for storm in self.storms for strike in storm.strikes]),
            *said_table(self.storms),
            *finding_table(self.findings),
            *problems(self.storms, self.findings),
        ]
        return "\n".join(parts) + "\n"


def storm_table(storms: Sequence[Storm]) -> list[str]:
    """Return a line for each storm."""
    lines = [
        "",
        STORM_HEAD,
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for storm in storms:
        verdict = storm.verdict
        cells = [
            *(storm.seed, len(storm.strikes), verdict.accepted, len(verdict.lost)),
            *(len(verdict.changed), len(verdict.doubled), len(verdict.wrong)),
            *(verdict.tried_again, verdict.given_up),
            *(f"{storm.calm_after:.0f}", f"{storm.seconds:.0f}"),
        ]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return lines


def fault_table(strikes: Sequence[Strike]) -> list[str]:
    """Return a line for each fault."""
    by_fault: dict[str, list[Strike]] = defaultdict(list)
    for strike in strikes:
        by_fault[strike.fault.title].append(strike)
    lines = [
        "",
        RECOVERY,
        "",
        "| fault | what | times | jobs hit | worst recovery, s |",
        "|---|---|---|---|---|",
    ]
    for fault in sorted(FAULTS, key=lambda fault: int(fault.number[1:])):
        happened = by_fault[fault.title]
        hit = sum(len(strike.hit) for strike in happened)
        worst = max((strike.recovery for strike in happened), default=0.0)
        lines.append(f"| {fault.number} | {fault.title} | {len(happened)} | {hit} | {worst:.0f} |")
    lines += [f"| {number} | {why} | | | |" for number, why in ELSEWHERE.items()]
    return lines


def said_table(storms: Sequence[Storm]) -> list[str]:
    """Return how the site answered those who submitted."""
    said: Counter[str] = sum((storm.verdict.said for storm in storms), Counter())
    lines = ["", "| answer to a submission | times |", "|---|---|"]
    return lines + [f"| {answer} | {times} |" for answer, times in said.most_common()]


def finding_table(findings: Sequence[Finding]) -> list[str]:
    """Return a line for each experiment."""
    if not findings:
        return []
    lines = ["", "| promise | measured alone | kept |", "|---|---|---|"]
    return lines + [
        f"| {finding.number} | {finding.figure} | {'yes' if finding.kept else 'NO'} |"
        for finding in findings
    ]


def problems(storms: Sequence[Storm], findings: Sequence[Finding]) -> list[str]:
    """Return what did not go as promised, if anything."""
    lines = [f"- {found.number}: {found.figure}" for found in findings if not found.kept]
    for storm in storms:
        verdict = storm.verdict
        for name in ("lost", "changed", "doubled", "wrong"):
            lines += [f"- seed {storm.seed}: {name}: {item}" for item in getattr(verdict, name)]
        lines += [
            f"- seed {storm.seed}: {strike.fault.title}: {strike.problem}"
            for strike in storm.strikes
            if strike.problem
        ]
    return ["", "Problems", "", *lines] if lines else ["", "Everything promised was kept."]
