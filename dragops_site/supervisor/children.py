"""One child process of the server: what to run, and how it is doing."""

import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

FIRST_DELAY_S = 0.2
LONGEST_DELAY_S = 10.0
SETTLED_S = 60.0  # who has lived so long starts again without delay
LONGEST_LINE = 64_000
STILL_LOOKS = 6


class Process(Protocol):
    """What a `subprocess.Popen` and a `Fork` have in common."""

    pid: int
    returncode: int | None

    def poll(self) -> int | None: ...

    def wait(self) -> int | None: ...


@dataclass(frozen=True)
class Program:
    """What a child runs: a command, or a function of ours with its arguments (see `targets`).

    A foundation is stopped after the others, which need it until they end.
    Lines that contain one of `hushed` are not printed: they tell the reader nothing that he could act on.
    A program with a `lifeline` keeps moving that file's time for as long as it is well.
    """

    name: str
    command: list[str] = field(default_factory=list)
    env: dict[str, str] = field(default_factory=dict)
    foundation: bool = False
    hushed: tuple[str, ...] = ()
    lifeline: Path | None = None
    target: tuple[str, ...] = ()

    def prints(self, line: str) -> bool:
        return bool(line.strip()) and not any(words in line for words in self.hushed)


class Backoff:
    """The delay before a restart: it doubles from death to death, and is forgotten after a settled life."""

    def __init__(self) -> None:
        self._next = FIRST_DELAY_S

    def after(self, lived_s: float) -> float:
        if lived_s >= SETTLED_S:
            self._next = FIRST_DELAY_S
        delay, self._next = self._next, min(self._next * 2, LONGEST_DELAY_S)
        return delay


class Pulse:
    """Counts the looks at which a lifeline had not moved. Looks and not seconds: while the machine sleeps, or this
    process is stopped, nobody looks. A process that has not moved its lifeline yet is still starting."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last = self._moved()
        self._has_begun = False
        self._still = 0

    def is_gone(self) -> bool:
        """Look; whether the process has been still for too long."""
        moved = self._moved()
        if moved != self._last:
            self._last, self._has_begun, self._still = moved, True, 0
        elif self._has_begun:
            self._still += 1
        return self._still >= STILL_LOOKS

    def _moved(self) -> int:
        try:
            return self._path.stat().st_mtime_ns
        except OSError:
            return 0


class Child:
    """A program, the process that runs it now (if any), and the lines it has begun to print."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.process: Process | None = None
        self.output: int | None = None  # the reading end of what it prints
        self.due = 0.0  # when to start it again, by the monotonic clock
        self.last_end = ""  # how its last process ended
        self.pulse: Pulse | None = None
        self._backoff = Backoff()
        self._started = 0.0
        self._rest = b""

    @property
    def name(self) -> str:
        return self.program.name

    def started(self, process: Process, output: int) -> None:
        self.process, self.output, self._started = process, output, time.monotonic()
        self.pulse = Pulse(self.program.lifeline) if self.program.lifeline else None

    def ended(self) -> float:
        """Note that the process has ended; returns the delay before the next."""
        self.process = None
        now = time.monotonic()
        delay = self._backoff.after(now - self._started)
        self.due = now + delay
        return delay

    def read_lines(self) -> list[str] | None:
        """The whole lines printed since the last call; None at the end of the output."""
        if self.output is None:
            return None
        try:
            chunk = os.read(self.output, 65_536)
        except BlockingIOError:
            return []
        if not chunk:
            return None
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            lines, self._rest = [*lines, self._rest], b""
        return [line.decode(errors="replace") for line in lines]

    def last_line(self) -> list[str]:
        """What was printed after the last line's end."""
        rest, self._rest = self._rest, b""
        return [rest.decode(errors="replace")] if rest else []
