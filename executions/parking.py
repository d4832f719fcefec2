"""How a run leaves its worker until what it waits for has come."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from django.utils import timezone

from executions import queue
from executions.calls import Active
from executions.engine import Again, Asked
from executions.keys import undone
from executions.models import Execution
from executions.status import Wait
from patterns.context import Call, Listen, Sleep

_WAITS = {Call: Wait.CALLEE, Sleep: Wait.TIME, Listen: Wait.WEBHOOK}


@dataclass(frozen=True)
class Parked:
    """A run that has left its thread.

    `park` gets the moment since which the run's own time stands still, writes into its row what it waits for, and
    returns whether that is still to come; it raises Lost. `then` is for when the entries of its log are written too.
    """

    active: Active
    park: Callable[[datetime], bool]
    then: Callable[[], None] = lambda: None
    left_at: datetime = field(default_factory=timezone.now)

    @property
    def execution(self) -> Execution:
        return self.active.execution


def for_asked(worker_id: UUID, active: Active, asked: Sequence[Asked], due: float | None) -> Parked:
    """A run that waits for what it asked for, until `due` (seconds since the epoch)."""
    ready_at = None if due is None else datetime.fromtimestamp(due, UTC)
    waits = {_WAITS[type(each.request)] for each in asked}
    waits_for = waits.pop() if len(waits) == 1 else Wait.SEVERAL
    callees = callees_of(active, asked)
    keys = [active.key(each.fiber.place) for each in asked if isinstance(each.request, Listen)]
    return Parked(
        active,
        lambda left_at: queue.park(worker_id, active.execution, waits_for, ready_at, callees, keys, left_at=left_at),
    )


def callees_of(active: Active, asked: Sequence[Asked]) -> list[UUID]:
    """The executions that it has called for these."""
    return [active.callees[each.key] for each in asked if isinstance(each.request, Call)]


def for_callee(worker_id: UUID, active: Active, callee: Active) -> Parked:
    """A run that waits for one it has called."""
    ids = [callee.execution.pk]
    return Parked(
        active, lambda left_at: queue.park(worker_id, active.execution, Wait.CALLEE, callee_ids=ids, left_at=left_at)
    )


def for_attempt(worker_id: UUID, active: Active, again: Again) -> Parked:
    """A run that waits for its next attempt."""
    execution, keys = active.execution, undone(again.error.roots, active.run.journal.known)

    def park(_: datetime) -> bool:
        queue.try_again(worker_id, execution, again)
        return True

    return Parked(active, park, then=lambda: queue.void_attempt(execution, again, keys))
