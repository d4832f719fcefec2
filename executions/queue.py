"""The queue is the table of executions. A change here names the status it starts from, and the row count answers."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Case, DateTimeField, DurationField, ExpressionWrapper, F, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from dragops_site.jsontext import clean
from executions import admission, hooks
from executions.engine import Again, Ended
from executions.journal import MESSAGE_CHARACTERS, Journal, Outcome, cut
from executions.keys import undone
from executions.masking import masked_start
from executions.models import Execution, Hook, LogEntry
from executions.persistence import unsynced, writing
from executions.rows import update_each
from executions.status import Status, Wait
from patterns.context import NodeError

LONGEST_WAIT = timedelta(days=365)
KEYS_AT_ONCE = 500
LOOK_AGAIN = timedelta(hours=1)  # a caller whose callee's row was deleted by hand must not wait for ever
FOR_CALLEES = (Wait.CALLEE, Wait.SEVERAL)


class Lost(BaseException):
    """Another worker holds the execution now; nothing more of it may be written here.

    Not an Exception, so that no node and no Try / Catch takes it for an error of the work.
    """


@dataclass(frozen=True)
class Finished:
    execution: Execution
    ended: Ended
    journal: Journal
    may_leave_callees: bool = True

    @property
    def undone(self) -> set[str]:
        """The keys of the steps that a further attempt does again."""
        error = self.ended.error
        return undone(error.roots, self.journal.known) if error else set()


def claim(worker_id: UUID, limit: int) -> list[Execution]:
    """Take up to `limit` due executions for a worker; no two workers get the same one.

    Where the database itself loses its power, it may forget a claim of the last moment until something else that the
    worker writes is committed: a run must write before it does what cannot be undone.
    """
    if not (lines := admission.moving_lines()):  # spares SQLite the write lock
        return []
    with writing():
        unsynced()
        rows, now = admission.admit(lines, limit), timezone.now()
        update_each([(row, _claimed(row, worker_id, now)) for row in rows])
    return rows


def _claimed(row: Execution, worker_id: UUID, now: datetime) -> dict[str, Any]:
    return {
        "status": Status.RUNNING.value,
        "worker": worker_id,
        "started_at": row.started_at or now,
        "waits_for": "",
        "deadline_at": now + row.time_left,
    }


def release(worker_id: UUID, executions: Iterable[Execution]) -> None:
    """Give back executions that were claimed and not begun. Their rows stand as before the claim."""
    for execution in executions:
        _held(worker_id).filter(pk=execution.pk).update(
            status=Status.QUEUED, worker=None, deadline_at=None, started_at=execution.started_at
        )


def park(
    worker_id: UUID,
    execution: Execution,
    waits_for: Wait,
    ready_at: datetime | None = None,
    callee_ids: Collection[UUID] = (),
    hook_keys: Collection[str] = (),
    left_at: datetime | None = None,
) -> bool:
    """Let a run wait without a worker: until `ready_at`, the end of a callee, or a request to a hook. Raises Lost.
    Returns whether it waits. Its own time stands still from `left_at`, or now. For a transaction.

    The rows of callees and hooks are locked first, so that an end is either seen here or finds the run waiting.
    """
    now = timezone.now()
    ready_at = ready_at or now + LONGEST_WAIT
    if callee_ids:
        ready_at = min(ready_at, now + LOOK_AGAIN)
    has_ended = callee_ids and not _are_open(callee_ids)
    if has_ended or (hook_keys and not hooks.lock_open(execution, hook_keys)):
        ready_at = now
    when = _unless_canceled(ready_at, now)
    changed = (
        _held(worker_id)
        .filter(pk=execution.pk)
        .update(status=Status.QUEUED, waits_for=waits_for, ready_at=when, **time_kept(left_at or now))
    )
    if not changed:
        raise Lost
    return ready_at > now


def _unless_canceled(ready_at: datetime, now: datetime) -> Case:
    """Who was asked to stop a moment ago comes back at once, and stops."""
    return Case(When(cancel_requested=True, then=Value(now)), default=Value(ready_at), output_field=DateTimeField())


def _are_open(callee_ids: Collection[UUID]) -> bool:
    """Whether all these callees have not ended, and do not until the transaction ends."""
    rows = Execution.objects.select_for_update().filter(pk__in=callee_ids).order_by("-id")
    return len([row for row in rows.only("status") if not row.is_ended]) == len(callee_ids)


def try_again(worker_id: UUID, execution: Execution, again: Again) -> None:
    """Let a run wait for its next attempt. Raises Lost. For a transaction, as `void_attempt`."""
    now = timezone.now()
    changed = (
        _held(worker_id)
        .filter(pk=execution.pk)
        .update(
            status=Status.QUEUED,
            waits_for=Wait.RETRY,
            ready_at=_unless_canceled(now + timedelta(seconds=again.delay_s), now),
            attempt=F("attempt") + 1,
            epoch=F("epoch") + int(again.anew),
            worker=None,
            deadline_at=None,
            time_left=timedelta(seconds=execution.time_limit_s),
            **error_fields(again.error),
        )
    )
    if not changed:
        raise Lost


def void_attempt(execution: Execution, again: Again, keys: Collection[str]) -> None:
    """Let the next attempt do the steps at `keys` anew, or all of them."""
    if again.anew:
        now = timezone.now()
        LogEntry.objects.filter(execution=execution, is_void=False).update(is_void=True)
        Hook.objects.filter(execution=execution, closed_at=None).update(closed_at=now)  # the next attempt has its own
    else:
        void(execution, keys)


def void(execution: Execution, keys: Collection[str]) -> None:
    """Let a further attempt do these steps again."""
    rest = iter(keys)
    while some := list(islice(rest, KEYS_AT_ONCE)):
        LogEntry.objects.filter(execution=execution, key__in=some, is_void=False).update(is_void=True)


def time_kept(now: datetime) -> dict[str, object]:
    """The columns of a run that leaves its worker: what is left of its time is as much as it was."""
    left = ExpressionWrapper(F("deadline_at") - Value(now), output_field=DurationField())
    return {"worker": None, "deadline_at": None, "time_left": Coalesce(left, F("time_left"))}


def finish(worker_id: UUID, finished: Sequence[Finished]) -> list[Finished]:
    """Write how runs ended, into their rows and into their `execution`; returns those that the worker still held. For
    a transaction."""
    rows = [(each.execution, end_fields(each.ended)) for each in finished]
    held = update_each(rows, worker=worker_id, status=Status.RUNNING.value)
    for execution, fields in rows:
        if execution.pk in held:
            for name, value in fields.items():
                setattr(execution, name, value)
    return [each for each in finished if each.execution.pk in held]


def end_fields(ended: Ended) -> dict[str, Any]:
    """The columns of an ended execution."""
    return {
        "status": ended.status,
        "ended_at": timezone.now(),
        "worker": None,
        "deadline_at": None,
        "waits_for": "",
        "result": cut(ended.result, settings.EXECUTIONS["RESULT_BYTES"]),
        **error_fields(ended.error),
    }


def error_fields(error: NodeError | None) -> dict[str, Any]:
    """The columns of the error by which a run, or its last attempt, has ended."""
    return {
        "error_type": masked_start(clean(error.type), 200) if error else "",
        "error_message": masked_start(clean(error.message), MESSAGE_CHARACTERS) if error else "",
        "error_retryable": bool(error and error.retryable),
        "error_node_id": clean(error.node_id or "")[:200] if error else "",
        "error_node_name": clean(error.node_name or "")[:200] if error else "",
    }


def wake_callers(ended_ids: Iterable[UUID]) -> int:
    """Make the runs claimable that wait for these, which they called; returns how many."""
    callers = Execution.objects.filter(pk__in=list(ended_ids)).values("parent")
    return Execution.objects.filter(pk__in=callers, status=Status.QUEUED, waits_for__in=FOR_CALLEES).update(
        waits_for="", ready_at=timezone.now()
    )


def ended_of(execution: Execution) -> Ended:
    """How an execution has ended, read from its row."""
    error = execution.error
    found = NodeError(execution.error_message, execution.error_type, execution.error_retryable) if error else None
    return Ended(Status(execution.status), execution.result, found)


def lock_held(worker_id: UUID, execution_ids: Iterable[UUID]) -> set[UUID]:
    """Those of these runs that the worker still holds; it does, until the transaction ends."""
    held = _held(worker_id).filter(pk__in=list(execution_ids)).order_by("-id")
    return set(held.select_for_update().values_list("pk", flat=True))


def was_begun(execution: Execution) -> bool:
    """Whether another worker may have run some of a claimed execution; the row is as it was before the claim."""
    return execution.status == Status.QUEUED and execution.started_at is not None


def read_journal(execution: Execution) -> Journal:
    """What earlier workers have written of a run."""
    limit, value_limit = settings.EXECUTIONS["LOG_ENTRIES"], settings.EXECUTIONS["VALUE_BYTES"]
    if not was_begun(execution):
        return Journal(limit=limit, value_limit=value_limit)
    rows = list(LogEntry.objects.filter(execution=execution).values_list("seq", "key", "node_id", "outcome", "is_void"))
    known = {key: node_id for _, key, node_id, _, is_void in rows if key and not is_void}
    recorded = {key: Outcome.load(text) for _, key, _, text, is_void in rows if text and not is_void}
    return Journal(recorded, known, limit, value_limit, next_seq=max((row[0] for row in rows), default=0) + 1)


def _held(worker_id: UUID) -> QuerySet[Execution]:
    return Execution.objects.filter(worker_id=worker_id, status=Status.RUNNING)
