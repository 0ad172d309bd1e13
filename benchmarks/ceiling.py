"""Row a: what this machine can do at most. Decode and inference, a process a core, nothing else."""

import multiprocessing
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import mean

from benchmarks.photographs import photographs_read
from benchmarks.plan import MODEL, Plan
from benchmarks.report import Measured, of_rounds


class Ceiling:
    """Processes with a model loaded, which classify as fast as they can when told to.

    :ivar processor_ms: processor time of one image in the last round.
    """

    def __init__(self, connections: list[Connection]) -> None:
        self._connections = connections
        self.processor_ms = 0.0

    def images_per_second(
        self, seconds: float, *, processes: int | None = None, large: bool = False
    ) -> float:
        """Classify for some seconds, in all the processes or in some of them."""
        chosen = self._connections[:processes]
        for connection in chosen:
            connection.send((seconds, large))
        answers = [connection.recv() for connection in chosen]
        self.processor_ms = 1000 * mean(seconds for _, seconds in answers)
        return float(sum(rate for rate, _ in answers))


@contextmanager
def ceiling(*, models: Path, photographs: Path) -> Iterator[Ceiling]:
    """Start the processes, a core each; they sleep between the rounds."""
    spawn = multiprocessing.get_context("spawn")
    connections, processes = [], []
    for _ in os.sched_getaffinity(0):
        ours, theirs = spawn.Pipe()
        process = spawn.Process(target=_serve, args=(theirs, models, photographs), daemon=True)
        process.start()
        connections.append(ours)
        processes.append(process)
    try:
        for connection in connections:
            connection.recv()
        yield Ceiling(connections)
    finally:
        for process in processes:
            process.terminate()
            process.join()


def _serve(connection: Connection, models: Path, photographs: Path) -> None:
    """Load the model, then run rounds for ever."""
    from worker.runtime.model import Model

    model = Model.open(models / MODEL)
    model.warm_up()
    pictures = {large: photographs_read(photographs, large=large) for large in (False, True)}
    connection.send("ready")
    while True:
        seconds, large = connection.recv()
        files = pictures[large]
        count, start, worked = 0, time.perf_counter(), time.process_time()
        while (elapsed := time.perf_counter() - start) < seconds or not count:
            model.classify_stream(BytesIO(files[count % len(files)]), top_k=5)
            count += 1
        connection.send((count / elapsed, (time.process_time() - worked) / count))


def measure(plan: Plan, *, models: Path, photographs: Path) -> list[Measured]:
    """Return images per second, with all cores and with one."""
    seconds = plan.ceiling_seconds
    with ceiling(models=models, photographs=photographs) as top:
        top.images_per_second(seconds / 2)
        rounds = range(plan.rounds)
        alone = [top.images_per_second(seconds, processes=1) for _ in rounds]
        together = [top.images_per_second(seconds) for _ in rounds]
        large = [top.images_per_second(seconds, large=True) for _ in rounds]
    pairs = zip(together, alone, strict=True)
    return [
        of_rounds("a", "ceiling, a process a core", together, "images/s"),
        of_rounds("a", "ceiling, one process", alone, "images/s"),
        of_rounds("a", "ceiling, all processes / one", [both / one for both, one in pairs], ""),
        of_rounds("a", "time of one image alone", [1000 / rate for rate in alone], "ms"),
        of_rounds("a", "ceiling, 12-megapixel images", large, "images/s"),
    ]
