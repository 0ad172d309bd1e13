"""Starts processes, restarts those that die, and stops all of them together."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

RESTART_PAUSES = (0.5, 1, 2, 5, 10, 30)
"""Seconds before a restart, by the number of quick deaths in a row."""

STEADY_AFTER = 30.0
"""Seconds after which a process counts as healthy again."""

GIVE_UP_STATUS = os.EX_CONFIG
"""Exit status of a process that a restart would not help; it has said why."""


@dataclass
class Program:
    """A process to keep running, with what is known of its life.

    :ivar foundation: the others need it: it stops after them.
    :ivar given_up: it has said that a restart would not help.
    """

    name: str
    command: Sequence[str]
    foundation: bool = False
    given_up: bool = False
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    deaths: int = 0
    start_at: float = 0.0

    def start(self) -> None:
        """Start the process in a session of its own, so that Ctrl-C reaches us alone."""
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.started = time.monotonic()

    def send(self, number: signal.Signals) -> None:
        """Signal the process, if it runs."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)


class Supervisor:
    """Keeps programs running until it is told to stop."""

    def __init__(self, programs: Sequence[Program], *, grace: float) -> None:
        self.programs = programs
        self.grace = grace
        self.stopping = threading.Event()

    def start(self) -> None:
        """Start all programs; SIGINT and SIGTERM stop them from here on."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self.stopping.set())
        for program in self.programs:
            program.start()

    def watch(self) -> None:
        """Restart what dies until a signal comes; then stop all."""
        while not self.stopping.wait(0.2):
            for program in self.programs:
                self._look_after(program)
        self.stop()

    def _look_after(self, program: Program) -> None:
        """Start a dead program again, less and less often when it dies at once."""
        now = time.monotonic()
        if program.given_up:
            return
        if program.process is None:
            if now >= program.start_at:
                program.start()
            return
        status = program.process.poll()
        if status is None:
            return
        if status == GIVE_UP_STATUS:
            _say(f"{program.name} cannot run, see above. The rest goes on without it.")
            program.given_up = True
            return
        # Whatever it had started goes with it, before a new one takes its place.
        _kill_group(program.process.pid)
        # One that ends in peace was told to, as in a deploy.
        steady = status == 0 or now - program.started > STEADY_AFTER
        program.deaths = 0 if steady else program.deaths + 1
        pause = RESTART_PAUSES[min(program.deaths, len(RESTART_PAUSES) - 1)]
        _say(f"{program.name} ended with status {status}; starting it again in {pause:g} s.")
        program.process = None
        program.start_at = now + pause

    def stop(self) -> None:
        """Stop all programs: politely first, then for good; foundations after the others."""
        self._stop([program for program in self.programs if not program.foundation])
        self._stop([program for program in self.programs if program.foundation])

    def _stop(self, programs: Sequence[Program]) -> None:
        """Stop some programs at once."""
        for program in programs:
            program.send(signal.SIGTERM)
        end = time.monotonic() + self.grace
        for program in programs:
            if program.process is None:
                continue
            try:
                program.process.wait(max(0.0, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                _say(f"{program.name} did not stop in {self.grace:g} s; killing it.")
            _kill_group(program.process.pid)
            program.process.wait()


def _kill_group(pid: int) -> None:
    """Kill what is left of a process' session."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _say(text: str) -> None:
    """Tell the operator."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
