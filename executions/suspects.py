"""Runs that have lost their worker again: until the contrary is shown, they are what ends the workers."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from executions.models import Execution

SUSPECT_FROM = 2  # recoveries

_alone = Lock()


def is_suspect(execution: Execution) -> bool:
    """Whether this run is to be run in a process of its own."""
    return execution.recoveries >= SUSPECT_FROM


def may_take() -> bool:
    """Whether this process may claim a suspect: it runs one at a time, so that its other threads stay free."""
    return not _alone.locked()


@contextmanager
def alone() -> Iterator[None]:
    """While a suspect runs."""
    with _alone:
        yield
