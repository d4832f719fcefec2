"""Ends this process when a run in it hangs in a way that nothing else can end.

The engine ends a run that passes its time limit between two steps, and the clock of any process ends its row. What
remains is the thread. Where it hangs in C code that holds the interpreter's lock, no Python runs any more: a timer of
the kernel, set to the earliest deadline in hand and put off by a thread for as long as one can run, ends the process by
SIGALRM. Where it hangs without the lock, or effects were abandoned in the middle by the dozen, the process lets its
other runs go and ends itself. Either way a supervisor starts the next.
"""

import faulthandler
import logging
import signal
import sys
from collections.abc import Callable
from math import inf
from threading import Event, Lock, Thread
from time import monotonic
from typing import NamedTuple, Protocol
from uuid import UUID

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5
GRACE_S = 1.0  # between a deadline and the end of a process in which no Python runs
SLACK_S = 5.0  # by which the timer is at least put off: so long may a busy machine keep the thread waiting
STUCK_S = 10.0  # between a deadline and the end of a process in which Python runs: a slow database is no hang
MOST_ABANDONED = 32


class Place(Protocol):
    """A node in a plan."""

    node_id: str
    name: str


class _Armed(NamedTuple):
    deadline: float  # by the monotonic clock
    where: Callable[[], Place | None]


def _nowhere() -> None:
    return None


abandoned: Callable[[], int] = lambda: 0  # noqa: E731 - effects that were left in the middle set another

_in_hand: dict[UUID, _Armed] = {}
_lock = Lock()
_is_watched = False
_fires_at = inf


def arm(execution_id: UUID, seconds_left: float, where: Callable[[], Place | None] = _nowhere) -> None:
    """A run begins on this thread. `where` tells the node in hand, should it hang."""
    deadline = monotonic() + seconds_left
    _in_hand[execution_id] = _Armed(deadline, where)
    if deadline + GRACE_S < _fires_at and _is_watched:
        _set_timer()


def disarm(execution_id: UUID) -> None:
    """The run is no longer in hand. The timer is left as it is: the next look puts it off."""
    _in_hand.pop(execution_id, None)


def place_of(execution_id: UUID) -> Place | None:
    """The node that a run in this process has in hand, as far as that is known."""
    armed = _in_hand.get(execution_id)
    return armed.where() if armed else None


def trouble() -> str:
    """Why this process should be replaced, or nothing."""
    now = monotonic()
    stuck = [execution_id for execution_id, armed in _in_hand.copy().items() if armed.deadline + STUCK_S < now]
    if stuck:
        return f"execution {stuck[0]} is past its time limit and cannot be stopped"
    if (count := abandoned()) > MOST_ABANDONED:
        return f"{count} effects hang"
    return ""


def _set_timer() -> None:
    """Set the kernel's timer to the earliest deadline in hand, but never so near that a living process is hit."""
    global _fires_at
    with _lock:
        now = monotonic()
        earliest = min((armed.deadline for armed in _in_hand.copy().values()), default=inf)
        _fires_at = max(earliest + GRACE_S, now + SLACK_S)
        signal.setitimer(signal.ITIMER_REAL, 0 if earliest == inf else _fires_at - now)


class Watch:
    """The thread that puts the timer off. It waits for nothing but its own pause: no lock of a run, no database."""

    def __init__(self, moved: Callable[[], None], replace: Callable[[str], None]) -> None:
        """`moved` is called at every look, `replace` with the reason when the process should be replaced. Neither may
        wait: then nobody would put off the timer."""
        self._moved = moved
        self._replace = replace
        self._stop = Event()
        self._thread = Thread(target=self._live, name="watchdog", daemon=True)

    def begin(self) -> None:
        global _is_watched
        _show_stacks_at_alarm()
        _is_watched = True
        self._thread.start()

    def end(self) -> None:
        global _is_watched, _fires_at
        self._stop.set()
        _is_watched, _fires_at = False, inf
        signal.setitimer(signal.ITIMER_REAL, 0)

    def _live(self) -> None:
        while not self._stop.wait(LOOK_EVERY_S):
            _set_timer()
            self._moved()
            if reason := trouble():
                self._replace(reason)


def _show_stacks_at_alarm() -> None:
    """Let the signal print where every thread stands, by C code that needs no lock, before it ends the process."""
    if sys.__stderr__ is not None:
        faulthandler.register(signal.SIGALRM, file=sys.__stderr__.fileno(), all_threads=True, chain=True)
