"""Worker processes, one life after another."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Timer

from tests.durability.kills import BY_THE_SERVER, Kill

ROOT = Path(__file__).resolve().parents[2]
LONGEST_LIFE_S = 30.0


@dataclass
class Life:
    """How a worker process lived. `in_flight` are the effects it had begun and not written when it ended."""

    exit_code: int = 0
    in_flight: set[str] = field(default_factory=set)
    met: Counter[str] = field(default_factory=Counter)
    passed: str = ""  # the last step that no earlier worker had been killed at
    is_stuck: bool = False

    @property
    def was_killed(self) -> bool:
        return self.exit_code == -signal.SIGKILL and not self.is_stuck

    def note(self, word: str, rest: str) -> None:
        if word == "+":
            self.in_flight.add(rest)
        elif word == "-":
            self.in_flight.discard(rest)
        elif word == "passes":
            self.passed = rest
        elif word == "met":
            self.met = Counter(json.loads(rest))


class Nursery:
    """Bears worker processes (see `life`). Use as a context manager."""

    def __init__(self, env: dict[str, str]) -> None:
        settings = {"DJANGO_SETTINGS_MODULE": "tests.durability.settings", "DRAGOPS_HTTP_ALLOW": "127.0.0.1"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.durability.life"],
            env={**env, **settings, "PYTHONWARNINGS": "ignore"},
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> "Nursery":
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(LONGEST_LIFE_S)

    def live(
        self,
        name: str,
        kill: Kill | None = None,
        *,
        passed: Collection[str] = (),
        rests: float = 0,
        at_birth: Callable[[int], None] | None = None,
    ) -> Life:
        """One worker process, from its birth until it is killed or no run is open any more.

        Runs that wait longer than it `rests` are parked. `passed` are the steps at which workers were killed before.
        `at_birth` is told its pid before it does anything.
        """
        own = kill if kill and kill.point not in BY_THE_SERVER else None
        order = {"name": name, "kill": own and [own.point, own.number], "passed": list(passed), "rests": rests}
        self._write(json.dumps(order))
        life, watch = Life(), None
        while True:
            pid, word, rest = self._hear()
            if word == "born":
                watch = self._guard(pid, life)
                if at_birth:
                    at_birth(pid)
                self._write("live")
            elif word == "ended":
                if watch:
                    watch.cancel()
                life.exit_code = int(rest)
                return life
            else:
                life.note(word, rest)

    def _write(self, line: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def _hear(self) -> tuple[int, str, str]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the nursery has ended with {self._process.wait()}")
        pid, word, *rest = line.rstrip("\n").split(" ", 2)
        return int(pid), word, rest[0] if rest else ""

    def _guard(self, pid: int, life: Life) -> Timer:
        def end() -> None:
            life.is_stuck = True
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

        timer = Timer(LONGEST_LIFE_S, end)
        timer.daemon = True
        timer.start()
        return timer
