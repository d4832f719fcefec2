"""How far the benchmark is, on stderr."""

import sys
from time import monotonic

WIDTH = 30


class Progress:
    def __init__(self, total: int) -> None:
        self._total, self._done, self._began = total, 0, monotonic()

    def tell(self, what: str) -> None:
        """Say what is being done now."""
        filled = WIDTH * self._done // max(1, self._total)
        line = f"[{'=' * filled}{' ' * (WIDTH - filled)}] {monotonic() - self._began:5.0f} s  {what}"
        is_watched = sys.stderr.isatty()
        print(f"\r{line:<110}" if is_watched else line, end="" if is_watched else "\n", file=sys.stderr, flush=True)

    def step(self) -> None:
        self._done += 1

    def end(self) -> None:
        self.tell("done")
        print(file=sys.stderr)
