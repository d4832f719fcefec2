"""The clock of a process: what must happen at its time, whether or not a message arrives or a worker lives.

Every worker process and beat has one, so that the last process that lives keeps the time for all. Several of them do
the same work at the same moment; the database decides which of them does it. What must be punctual has a thread to
itself; what others hook in (`settings.CLOCKWORK`) has another, so that it delays nobody but itself.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import timedelta
from math import inf
from threading import Event, Thread
from time import monotonic

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection
from django.utils import timezone
from django.utils.module_loading import import_string

from executions import admission, bell, recovery, timeouts
from executions.signs import Attention

log = logging.getLogger(__name__)

TICK_S = 0.5
LEAST_S = 0.05  # between two looks at what is due
SWEEP_EVERY_S = 5.0
SILENT_S = 60.0  # a job that fails is told so often


class Job:
    """Something to be done every so often. Its failures are logged, once a minute, and harm nobody else."""

    def __init__(self, name: str, every_s: float, action: Callable[[], object]) -> None:
        self.name = name
        self.every_s = every_s
        self.action = action
        self.due_at = monotonic()
        self._silent_until = -inf

    def do(self) -> None:
        self.due_at = monotonic() + self.every_s
        try:
            self.action()
        except DatabaseError as error:
            self._tell(f"{self.name}: the database does not answer: {error}")
        except Exception:
            self._tell(f"{self.name} failed", with_trace=True)

    def hasten(self, seconds: float) -> None:
        """Do it again within these seconds."""
        self.due_at = min(self.due_at, monotonic() + seconds)

    def _tell(self, message: str, with_trace: bool = False) -> None:
        if monotonic() >= self._silent_until:
            self._silent_until = monotonic() + SILENT_S
            log.error(message, exc_info=with_trace)


class Ticker:
    """A thread that does its jobs, each when it is due, one after another, with a connection of its own."""

    def __init__(self, name: str, jobs: Iterable[Job]) -> None:
        self.jobs = list(jobs)
        self._stop = Event()
        self._thread = Thread(target=self._live, name=name, daemon=True)

    def begin(self) -> None:
        if self.jobs:
            self._thread.start()

    def end(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=1)

    def _live(self) -> None:
        while not self._stop.wait(max(0.0, min(job.due_at for job in self.jobs) - monotonic())):
            for job in sorted(self.jobs, key=lambda job: job.due_at):
                if job.due_at <= monotonic() and not self._stop.is_set():
                    job.do()
            _tidy_connection()
        connection.close()


class Clock:
    """Begin and end it with the process."""

    def __init__(self) -> None:
        self._attention = Attention()
        self._look = Job("the look at what is due", TICK_S, self._tick)
        sweep = Job("the sweep", SWEEP_EVERY_S, self._sweep)
        self._tickers = [Ticker("clock", [self._look, sweep]), Ticker("clockwork", _clockwork())]

    def begin(self) -> None:
        for ticker in self._tickers:
            ticker.begin()

    def end(self) -> None:
        for ticker in self._tickers:
            ticker.end()

    def _tick(self) -> None:
        now = timezone.now()
        due_at = admission.next_due(now + timedelta(seconds=TICK_S))
        self._attention.note()
        if self._attention.may_judge:  # the database was away: whoever has something to write comes first
            timeouts.end_overdue()
        if due_at and due_at <= now:
            bell.ring()
        if due_at:  # behind one that is due there may be one that soon is
            self._look.hasten(max(LEAST_S, (due_at - now).total_seconds()))

    def _sweep(self) -> None:
        recovery.sweep(judges=self._attention.may_judge)


def _clockwork() -> list[Job]:
    """The jobs of the apps above. A name is looked up when its time comes."""
    return [Job(name, every_s, _named(name)) for name, every_s in settings.CLOCKWORK]


def _named(name: str) -> Callable[[], object]:
    return lambda: import_string(name)()


def _tidy_connection() -> None:
    try:
        close_old_connections()
    except DatabaseError:  # it could not even be closed
        log.warning("a connection could not be closed", exc_info=True)
