"""Compares what was promised with what became of it."""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import DatabaseError, connection

from tests.chaos import ledger
from worker.models import TERMINAL, UNFINISHED, Job, Status

FACTS = ("status", "output", "error_code", "attempts", "finished_at", "label", "score", "worker")
RECENT = 500


class Witness(threading.Thread):
    """Writes down each job's end when it first sees it."""

    def __init__(self) -> None:
        super().__init__(name="witness", daemon=True)
        self.seen: dict[str, dict[str, Any]] = {}
        self.gone = threading.Event()

    def run(self) -> None:
        """Look until told to go."""
        while not self.gone.wait(0.5):
            try:
                self.look()
            except DatabaseError:
                connection.close()
        connection.close()

    def look(self, *, limit: int | None = RECENT) -> None:
        """Write down what has ended since."""
        ended = Job.objects.filter(status__in=TERMINAL).order_by("-finished_at")
        for row in ended.values("id", *FACTS)[:limit]:
            self.seen.setdefault(str(row.pop("id")), row)

    def leave(self) -> None:
        """Stop looking."""
        self.gone.set()
        self.join()


@dataclass
class Verdict:
    """What became of the promises."""

    accepted: int = 0
    lost: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    tried_again: int = 0
    given_up: int = 0
    said: Counter[str] = field(default_factory=Counter)

    @property
    def is_good(self) -> bool:
        """Whether everything promised was kept."""
        return not (self.lost or self.changed or self.doubled or self.wrong)


def judge(directory: Path, witness: Witness) -> Verdict:
    """Compare the ledger and what the witness saw with the database."""
    promises = ledger.read(directory)
    rows = {str(row.pop("id")): row for row in Job.objects.values("id", *FACTS)}
    runs = count_runs(directory)
    verdict = Verdict(accepted=len(promises))
    verdict.lost = [
        job_id
        for job_id in {*promises, *rows}
        if job_id not in rows or rows[job_id]["status"] in UNFINISHED
    ]
    verdict.changed = [job_id for job_id, seen in witness.seen.items() if rows[job_id] != seen]
    for job_id, promise in promises.items():
        row = rows.get(job_id)
        if row is None:
            continue
        verdict.tried_again += row["attempts"] > 1
        if row["error_code"] == "worker_lost" and promise.expect == ledger.SUCCEEDED:
            verdict.given_up += 1
        elif not is_as_promised(row, promise):
            verdict.wrong.append(f"{job_id}: {row['status']} {row['error_code']}, {promise}")
        if promise.answer is not None and runs[promise.answer] > row["attempts"]:
            verdict.doubled.append(job_id)
    verdict.said = Counter(answer.said for answer in ledger.answers(directory))
    return verdict


def is_as_promised(row: dict[str, Any], promise: ledger.Promise) -> bool:
    """Tell whether a job that has ended did so as expected, with the answer that is its own."""
    if row["status"] in UNFINISHED:
        return True  # counted as lost
    if promise.expect != ledger.SUCCEEDED:
        return bool(row["error_code"] == promise.expect)
    right = promise.answer is None or row["output"]["answer"] == promise.answer
    return bool(row["status"] == Status.SUCCEEDED and right)


def count_runs(directory: Path) -> Counter[int]:
    """Return how often each answer was worked out, finished or not."""
    path = directory / "runs"
    return Counter(int(line) for line in path.open()) if path.exists() else Counter()


def unfinished() -> set[str]:
    """Return the jobs that have not ended."""
    ids = Job.objects.filter(status__in=UNFINISHED).values_list("id", flat=True)
    return {str(job_id) for job_id in ids}


def last_end(job_ids: set[str]) -> datetime | None:
    """Return when the last of some jobs ended; ``None`` when there are none."""
    ends = Job.objects.filter(id__in=job_ids).values_list("finished_at", flat=True)
    return max((end for end in ends if end is not None), default=None)


def wait_for_all(*, seconds: float) -> float:
    """Wait until no job is unfinished, but no longer than told; return how long it took."""
    start = time.monotonic()
    while time.monotonic() < start + seconds and unfinished():
        time.sleep(0.5)
    return time.monotonic() - start
