"""What one transaction of a batch writes: runs that begin, runs that end, what is logged, what is given back."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

from executions import bell, logbook, queue
from executions.calls import Active
from executions.ends import settle
from executions.engine import Ended
from executions.journal import Entry, Journal
from executions.logbook import Row
from executions.models import Execution
from executions.parking import Parked
from executions.persistence import is_away, writing
from executions.queue import Finished, Lost
from executions.status import Status
from patterns.context import NodeError

if TYPE_CHECKING:
    from executions.state import Change

log = logging.getLogger(__name__)


@dataclass
class Work:
    """Taken from a batch once, so that a second try writes the same."""

    worker_id: UUID
    begun: list[Execution]
    done: list[tuple[Finished, list[Entry]]]
    parked: list[tuple[Parked, list[Entry]]]
    open: list[tuple[Execution, list[Entry]]]
    given_back: Sequence[Execution]
    lost: set[UUID] = field(default_factory=set)
    was_tried: bool = False
    change: "Change | None" = None
    is_due: bool = False  # what one of the parked waits for has come

    @classmethod
    def of(
        cls,
        worker_id: UUID,
        begun: list[Execution],
        done: list[Finished],
        parked: list[Parked],
        stack: list[Active],
        given_back: Sequence[Execution],
    ) -> "Work":
        return cls(
            worker_id,
            begun,
            [(finished, finished.journal.take()) for finished in done],
            [(left, left.active.run.journal.take()) for left in parked],
            [(active.execution, active.run.journal.take()) for active in stack],
            given_back,
        )

    def write(self) -> None:
        if not (self.begun or self.done or self.parked or self.open or self.given_back):
            return
        # The connection may break when all is committed and before we hear of it: then the rows are there already.
        again, self.was_tried = self.was_tried, True
        rows = self._rows()  # before the turn to write has come, so that nobody waits for this
        with writing():
            Execution.objects.bulk_create(self.begun, ignore_conflicts=again)
            ended, parked = self._finish(), self._park()
            held = [*(one.execution.pk for one in ended), *(left.execution.pk for left in parked), *self._still_open()]
            logbook.insert([row for pk in held for row in rows[pk]], again=again)
            for left in parked:
                left.then()
            self._settle(ended)
            queue.release(self.worker_id, self.given_back)
            if self.change and self.change.execution.pk not in self.lost:
                self.change.write(again)  # at the end, because others may wait for the key

    def _rows(self) -> dict[UUID, list[Row]]:
        """The log of each run."""
        ended = [(finished.execution, entries) for finished, entries in self.done]
        parked = [(left.execution, entries) for left, entries in self.parked]
        return {execution.pk: logbook.rows(execution, entries) for execution, entries in (*ended, *parked, *self.open)}

    def write_apart(self) -> None:
        """The same, each run in a transaction of its own; one that is refused for good fails and says so."""
        for execution in self.begun:
            self._begin_apart(execution)
        for finished, entries in self.done:
            try:
                with writing():
                    if queue.finish(self.worker_id, [finished]):
                        logbook.write([(finished.execution, entries)])
                        self._settle([finished])
            except Exception as error:
                if is_away(error):
                    raise
                self._fail(finished.execution, error)
        for left, entries in self.parked:
            self._park_apart(left, entries)
        queue.release(self.worker_id, self.given_back)

    def tell(self) -> None:
        """After the commit: wake who must go on."""
        if self.given_back or self.is_due or any(execution.status == Status.QUEUED for execution in self.begun):
            bell.ring()

    def _begin_apart(self, execution: Execution) -> None:
        """Insert a callee's row, unless an earlier try has. One that cannot be stored is left out, and its log too."""
        try:
            with writing():
                Execution.objects.bulk_create([execution], ignore_conflicts=True)
        except Exception as error:
            if is_away(error):
                raise
            log.exception("the callee %s cannot be stored", execution.pk)

    def _park_apart(self, left: Parked, entries: list[Entry]) -> None:
        try:
            with writing():
                waits = self._waits(left)
                if waits is not None:
                    self.is_due |= not waits
                    logbook.write([(left.execution, entries)])
                    left.then()
        except Exception as error:
            if is_away(error):
                raise
            self._fail(left.execution, error)

    def _fail(self, execution: Execution, error: Exception) -> None:
        fault = NodeError(f"What this run left behind could not be stored: {error}", "NotStorable")
        finished = Finished(execution, Ended(Status.FAILED, error=fault), Journal())
        with writing():
            if queue.finish(self.worker_id, [finished]):
                settle([execution])

    def _finish(self) -> list[Finished]:
        """Those that the worker still held when their end was written."""
        held = {finished.execution.pk for finished in queue.finish(self.worker_id, [each for each, _ in self.done])}
        for finished, _ in self.done:
            if finished.execution.pk not in held:
                log.warning("execution %s ended here, but belongs to another worker now", finished.execution.pk)
        return [finished for finished, _ in self.done if finished.execution.pk in held]

    def _settle(self, ended: list[Finished]) -> None:
        for finished in ended:
            queue.void(finished.execution, finished.undone)
        callers = [finished.execution.pk for finished in ended if finished.may_leave_callees]
        settle([finished.execution for finished in ended], callers)

    def _park(self) -> list[Parked]:
        """Those that the worker still held when they were parked."""
        found = [(left, self._waits(left)) for left, _ in self.parked]
        self.is_due = any(waits is False for _, waits in found)
        return [left for left, waits in found if waits is not None]

    def _waits(self, left: Parked) -> bool | None:
        """Whether it waits for what is still to come; None where it is another worker's."""
        try:
            return left.park(left.left_at)
        except Lost:
            log.warning("execution %s was to wait, but belongs to another worker now", left.execution.pk)
            return None

    def _still_open(self) -> list[UUID]:
        """Those in hand that the worker still holds."""
        ids = {execution.pk for execution, _ in self.open}
        held = queue.lock_held(self.worker_id, ids) if ids else set()
        self.lost |= ids - held
        return [execution.pk for execution, _ in self.open if execution.pk in held]
