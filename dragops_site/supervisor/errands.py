"""Work that is done once, in a process of its own, so that nothing of it stays in this one."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from dragops_site.supervisor.forks import CAN_FORK
from dragops_site.supervisor.groups import Guarded


@contextmanager
def errand(guarded: Guarded, name: str, work: Callable[[], str]) -> Iterator[Callable[[], str]]:
    """Gives what waits for the answer of `work`, which is empty where it raised; leaving ends it.

    Where there is no fork, the work is done here when its answer is asked for.
    """
    if not CAN_FORK:
        yield work
        return
    reader, writer = os.pipe()
    child = guarded.fork(name, lambda: _write(writer, work()), keep=[writer])
    os.close(writer)
    try:
        yield lambda: _read(reader)
    finally:
        os.close(reader)
        guarded.signal(child.pid, signal.SIGKILL)
        while not guarded.reap(child):
            time.sleep(0.005)


def _write(writer: int, answer: str) -> None:
    with os.fdopen(writer, "w", encoding="utf-8") as file:
        file.write(answer)


def _read(reader: int) -> str:
    with os.fdopen(reader, encoding="utf-8", closefd=False) as file:
        return file.read()
