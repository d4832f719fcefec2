"""Group commit: threads that have something to write at the same moment write it together.

The first to come leads: when its turn to write has come, it takes all that has gathered, writes and commits, and lets
everybody go on; whoever came meanwhile waits for the next leader. Who is alone waits for nobody.
"""

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Generic, TypeVar

from executions.persistence import turn

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")
MOST = 100


class _Ticket(Generic[Item, Outcome]):
    """What one thread wants written. Its lock is held until the thread may go on."""

    def __init__(self, item: Item) -> None:
        self.item = item
        self.outcome: Outcome | None = None
        self.is_written = False
        self.leads = False
        self._gate = Lock()
        self._gate.acquire()

    def wait(self) -> None:
        self._gate.acquire()

    def let_go(self) -> None:
        self._gate.release()


class GroupCommit(Generic[Item, Outcome]):
    """`write` commits some items, all or none of them, and returns an outcome for each; `then` is what is to be done
    after that, before anybody goes on. `write` has its turn where the database knows but one writer."""

    def __init__(self, write: Callable[[Sequence[Item]], Sequence[Outcome]], then: Callable[[], None]) -> None:
        self._write = write
        self._then = then
        self._lock = Lock()
        self._waiting: list[_Ticket[Item, Outcome]] = []
        self._is_led = False

    def commit(self, item: Item) -> Outcome:
        """Write `item` and return its outcome once that is committed. Raises what its own write raised."""
        ticket: _Ticket[Item, Outcome] = _Ticket(item)
        if not self._leads(ticket):
            ticket.wait()
        if ticket.leads:
            self._lead(ticket)
        if not ticket.is_written:  # the group failed: each finds out by itself whether that was its own fault
            with turn():
                ticket.outcome = self._write([item])[0]
            self._then()
        return ticket.outcome  # type: ignore[return-value]

    def _leads(self, ticket: _Ticket[Item, Outcome]) -> bool:
        with self._lock:
            self._waiting.append(ticket)
            ticket.leads, self._is_led = not self._is_led, True
            return ticket.leads

    def _lead(self, leader: _Ticket[Item, Outcome]) -> None:
        group: list[_Ticket[Item, Outcome]] = []
        try:
            with turn():
                group = self._take()
                outcomes = self._write([ticket.item for ticket in group])
            for ticket, outcome in zip(group, outcomes, strict=True):
                ticket.outcome, ticket.is_written = outcome, True
            self._then()
        except Exception:
            group = group or self._take()
            if group == [leader]:
                raise
        finally:
            self._hand_over()
            for ticket in group:
                if ticket is not leader:
                    ticket.let_go()

    def _take(self) -> list[_Ticket[Item, Outcome]]:
        """Those who have gathered, the leader first."""
        with self._lock:
            group, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            return group

    def _hand_over(self) -> None:
        with self._lock:
            self._is_led = bool(self._waiting)
            if self._is_led:
                self._waiting[0].leads = True
                self._waiting[0].let_go()
