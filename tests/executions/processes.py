"""Real worker processes for tests, kept running as a supervisor keeps them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CELERY = [sys.executable, "-m", "celery", "--quiet", "-A", "dragops_site"]
OPTIONS = ["--pool", "threads", "-l", "WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat"]
Process = subprocess.Popen[bytes]


def _start(env: dict[str, str], *words: str) -> Process:
    settings = {"DJANGO_SETTINGS_MODULE": "tests.executions.harm_settings", "PYTHONWARNINGS": "ignore"}
    return subprocess.Popen([*CELERY, *words], env={**env, **settings}, cwd=ROOT, start_new_session=True)


def _end(process: Process) -> None:
    """End it with its group, which is what it has started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextmanager
def beat(env: dict[str, str]) -> Iterator[Process]:
    process = _start(env, "beat", "--pidfile=", "-l", "WARNING")
    try:
        yield process
    finally:
        _end(process)


class Kept:
    """One worker of that name: a new one, told how the last one ended, for each that ends. Use as a context manager."""

    def __init__(self, env: dict[str, str], name: str = "kept", threads: int = 4) -> None:
        self.endings: list[int] = []
        self._env = {**env, "DRAGOPS_WORKER_NAME": name}
        self._words = ["worker", *OPTIONS, "-c", str(threads), "-n", f"{name}@test"]
        self.process = _start(self._env, *self._words)

    def look(self) -> None:
        if (code := self.process.poll()) is not None:
            _end(self.process)
            self.endings.append(code)
            last = f"ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
            self.process = _start({**self._env, "DRAGOPS_LAST_END": last}, *self._words)

    def until(self, is_so: Callable[[], Any], seconds: float) -> None:
        """Keep it running until something is so."""
        eventually(lambda: is_so() or self.look(), seconds)

    def __enter__(self) -> "Kept":
        return self

    def __exit__(self, *_: object) -> None:
        _end(self.process)


def eventually(is_so: Callable[[], Any], seconds: float = 10) -> None:
    limit = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < limit, "it did not come to pass"
        time.sleep(0.05)
