"""Nodes that hang in every way, and nodes that end the process in which they run.

Known to processes whose DJANGO_SETTINGS_MODULE is `tests.executions.harm_settings`, and to a test within `known()`.
"""

import ctypes
import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import AppConfig

from patterns import registry
from patterns.registry import pure
from patterns.types import Any


class HarmConfig(AppConfig):
    name = "tests.executions.harm"
    label = "harm"

    def ready(self) -> None:
        import patterns.nodes  # noqa: F401 (fills the registry)

        _register()


@contextmanager
def known() -> Iterator[None]:
    """In here the nodes can be drawn, and are not run."""
    before = dict(registry._TYPES)
    _register()
    try:
        yield
    finally:
        registry._TYPES.clear()
        registry._TYPES.update(before)


def _register() -> None:
    for harm in (hang_with_the_lock, hang_without_the_lock, kill_the_process, break_the_process, gather_memory):
        pure("Test")(harm)


def hang_with_the_lock(value: Any = None) -> Any:
    """Looks for a match that takes for ever, in C code that holds the interpreter's lock."""
    return bool(re.match(r"(a+)+$", "a" * 64 + "b"))


def hang_without_the_lock(value: Any = None) -> Any:
    """Sleeps in C code, where no exception reaches it."""
    ctypes.CDLL(None).sleep(600)
    return None


def kill_the_process(value: Any = None) -> Any:
    """What the system does to whoever takes too much memory."""
    os.kill(os.getpid(), signal.SIGKILL)
    return None


def break_the_process(value: Any = None) -> Any:
    """Reads where no memory is."""
    ctypes.string_at(0)
    return None


def gather_memory(value: Any = None) -> Any:
    """Takes what there is."""
    kept = []
    while True:
        kept.append(bytearray(50_000_000))
