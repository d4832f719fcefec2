"""Values under a key that outlive a run: the store of a pattern, and changes that are made exactly once.

A change, and the log entry by which a replay knows what it came to, are written in one transaction. So a run that is
interrupted finds both or neither, and nothing else need be kept of what has been done.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from executions import logbook
from executions.journal import Entry, Outcome, dump, loads
from executions.models import Execution, LogEntry, State
from executions.persistence import Result
from patterns.context import NodeError
from patterns.plan import as_node_error
from patterns.state import total
from patterns.types import Value

if TYPE_CHECKING:
    from executions.fiber import Fiber

KEYS = 10_000  # of a pattern in one mode; a few more where several runs make the last ones at the same time


class Store:
    """The state of a pattern. A method that changes it is for a transaction, and has changed nothing where it raises
    NodeError or ValueError."""

    def __init__(self, pattern_id: UUID, mode: str) -> None:
        self._rows = State.objects.filter(pattern=pattern_id, mode=mode)
        self._new = partial(State, pattern_id=pattern_id, mode=mode)

    def get(self, key: str, default: Value) -> Value:
        found = _lasting(self._rows.filter(key=key)).values_list("value", flat=True).first()
        return default if found is None else loads(found)

    def set(self, key: str, value: Value, lasts_s: float) -> Value:
        row = self._new(key=key, value=dump(value), expires_at=_end(lasts_s))
        changes = {"value": row.value, "expires_at": row.expires_at, "updated_at": row.updated_at}
        if not self._rows.filter(key=key).update(**changes):
            self._insert(row, *changes)
        return value

    def increment(self, key: str, amount: float, lasts_s: float) -> float:
        row = self._locked(key) or self._begun(key, amount, lasts_s)
        if is_over := row.expires_at is not None and row.expires_at <= timezone.now():
            row.expires_at = _end(lasts_s)
        new = total(key, 0 if is_over else loads(row.value), amount)
        row.value, row.updated_at = dump(new), timezone.now()
        row.save(update_fields=["value", "expires_at", "updated_at"])
        return new

    def delete(self, key: str) -> Value:
        row = self._locked(key)
        if row is None:
            return None
        row.delete()
        is_over = row.expires_at is not None and row.expires_at <= timezone.now()
        return None if is_over else loads(row.value)

    def _locked(self, key: str) -> State | None:
        return self._rows.filter(key=key).select_for_update().first()

    def _begun(self, key: str, amount: float, lasts_s: float) -> State:
        total(key, 0, amount)  # raises before anything is written
        self._insert(self._new(key=key, value="0", expires_at=_end(lasts_s)), "mode")
        row = self._locked(key)
        assert row is not None  # noqa: S101  made, or kept from others, by the insertion
        return row

    def _insert(self, row: State, *changed: str) -> None:
        """Insert a row; where another has just done so, change and lock that one."""
        if _lasting(self._rows).count() >= KEYS:
            raise NodeError(f"The pattern keeps {KEYS:,} keys, which is the limit, and this Key is new.", "StateFull")
        State.objects.bulk_create(
            [row], update_conflicts=True, unique_fields=["pattern", "mode", "key"], update_fields=changed
        )


def _lasting(rows: QuerySet[State]) -> QuerySet[State]:
    return rows.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()))


def _end(lasts_s: float) -> datetime | None:
    return timezone.now() + timedelta(seconds=lasts_s) if lasts_s else None


def expired() -> QuerySet[State]:
    """What nobody will read any more."""
    return State.objects.filter(expires_at__lte=timezone.now())


# --- The state as a run sees it ---------------------------------------------------------------------------------------


@dataclass
class Change:
    """A change that a step makes, with the entry of that step."""

    fiber: "Fiber"
    execution: Execution
    entry: Entry
    act: Callable[[], Value]

    def write(self, again: bool) -> None:
        """Make the change and write the entry. For a transaction in which nobody else can hold the execution.

        `again`: the transaction before may have been committed although nobody heard of it.
        """
        if again and (text := self._written()):
            self.fiber.note_done(self.entry, Outcome.load(text))
            return
        self.fiber.note_done(self.entry, self._outcome())
        logbook.write([(self.execution, [self.entry])])

    def result(self) -> Value:
        """What the change came to. Raises NodeError where it was refused."""
        assert self.entry.outcome is not None  # noqa: S101  it has been written
        if self.entry.outcome.error is not None:
            raise self.entry.outcome.error
        return self.entry.outcome.result

    def _outcome(self) -> Outcome:
        try:
            return Outcome(self.entry.node_id, self.act(), is_effect=True)
        except (NodeError, ValueError) as error:
            return Outcome(self.entry.node_id, error=as_node_error(error), is_effect=True)

    def _written(self) -> str | None:
        rows = LogEntry.objects.filter(execution=self.execution, seq=self.entry.seq)
        return rows.values_list("outcome", flat=True).first()


class Changing(Protocol):
    """Writes a change together with the entry of the step that makes it."""

    def __call__(self, act: Callable[[], Value]) -> Value: ...


class Reading(Protocol):
    """Calls what reads until the database answers."""

    def __call__(self, work: Callable[[], Result]) -> Result: ...


@dataclass(frozen=True)
class StateOfRun:
    """Implements `patterns.context.State`."""

    store: Store
    read: Reading
    change: Changing

    def get(self, key: str, default: Value) -> Value:
        return self.read(lambda: self.store.get(key, default))

    def set(self, key: str, value: Value, lasts_s: float) -> Value:
        return self.change(lambda: self.store.set(key, value, lasts_s))

    def increment(self, key: str, amount: float, lasts_s: float) -> float:
        new: float = self.change(lambda: self.store.increment(key, amount, lasts_s))
        return new

    def delete(self, key: str) -> Value:
        return self.change(lambda: self.store.delete(key))
