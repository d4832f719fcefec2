"""How work that nobody waits for any more is ended before its time.

A node that blocks runs in a thread of its own, and a run that is canceled leaves that thread behind. What it is busy
with may register here how to cut that short.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import RLock, Thread, get_ident

_ends: dict[int, Callable[[], None]] = {}  # by thread
_lock = RLock()


@contextmanager
def ended_by(end: Callable[[], None]) -> Iterator[None]:
    """Within, `quit` of this thread calls `end`; never after."""
    thread = get_ident()
    with _lock:
        _ends[thread] = end
    try:
        yield
    finally:
        with _lock:
            _ends.pop(thread, None)


def quit(thread: Thread) -> None:
    """End what a thread is busy with, if there is a way."""
    with _lock:
        end = _ends.get(thread.ident or 0)
        if end:
            end()


def quit_all() -> None:
    """For the end of the process."""
    with _lock:
        for end in list(_ends.values()):
            end()


def _forget() -> None:
    """In a child that was forked: what its parent is busy with is none of its business."""
    global _lock
    _ends.clear()
    _lock = RLock()


os.register_at_fork(after_in_child=_forget)
