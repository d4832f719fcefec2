"""The queue is the table of executions. A change here names the status it starts from, and the row count answers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from dragops_site.jsontext import clean
from executions.engine import Ended
from executions.journal import MESSAGE_CHARACTERS, Entry, Journal, Outcome, cut, shown
from executions.models import Execution, LogEntry
from executions.persistence import writing
from executions.status import Status
from patterns.context import NodeError


class Lost(BaseException):
    """Another worker holds the execution now; nothing more of it may be written here.

    Not an Exception, so that no node and no Try / Catch takes it for an error of the work.
    """


@dataclass(frozen=True)
class Finished:
    execution: Execution
    ended: Ended
    journal: Journal


def due() -> QuerySet[Execution]:
    """What a worker may claim, oldest first."""
    waiting = Execution.objects.filter(status=Status.QUEUED, waits_for=None, ready_at__lte=timezone.now())
    return waiting.order_by("ready_at", "id")


def claim(worker_id: UUID, limit: int) -> list[Execution]:
    """Take up to `limit` due executions for a worker; no two workers get the same one."""
    if not due().exists():  # spares SQLite the write lock
        return []
    with writing():
        found = due().select_related("pattern").defer("pattern__graph", "pattern__description")
        rows = list(found.select_for_update(skip_locked=True, of=("self",))[:limit])
        now = timezone.now()
        Execution.objects.filter(pk__in=[row.pk for row in rows]).update(
            status=Status.RUNNING, worker_id=worker_id, started_at=Coalesce("started_at", now)
        )
    return rows


def release(worker_id: UUID, executions: Iterable[Execution]) -> None:
    """Give back executions that were claimed and not begun. Their rows stand as before the claim."""
    for execution in executions:
        _held(worker_id).filter(pk=execution.pk).update(
            status=Status.QUEUED, worker=None, started_at=execution.started_at
        )


def park(worker_id: UUID, execution: Execution, child_id: UUID) -> bool:
    """Let a run wait for its callee without a worker. Raises Lost. Returns whether the callee is still open.

    The callee's row is locked first, so that its end is either seen here or finds the run waiting.
    """
    child = Execution.objects.select_for_update().get(pk=child_id)
    changed = (
        _held(worker_id)
        .filter(pk=execution.pk)
        .update(status=Status.QUEUED, worker=None, waits_for=None if child.is_ended else child)
    )
    if not changed:
        raise Lost
    return not child.is_ended


def finish(worker_id: UUID, finished: Finished) -> None:
    """Write the end of a run. Raises Lost where the worker no longer holds it."""
    if not _held(worker_id).filter(pk=finished.execution.pk).update(**end_fields(finished.ended)):
        raise Lost


def end_fields(ended: Ended) -> dict[str, object]:
    """The columns of an ended execution."""
    error = ended.error
    return {
        "status": ended.status,
        "ended_at": timezone.now(),
        "worker": None,
        "result": cut(ended.result, settings.EXECUTIONS["RESULT_BYTES"]),
        "error_type": clean(error.type)[:200] if error else "",
        "error_message": clean(error.message[:MESSAGE_CHARACTERS]) if error else "",
        "error_node_id": clean(error.node_id or "")[:200] if error else "",
        "error_node_name": clean(error.node_name or "")[:200] if error else "",
    }


def wake_waiting(ended_ids: Iterable[UUID]) -> int:
    """Make the runs claimable that wait for these; returns how many."""
    return Execution.objects.filter(waits_for__in=list(ended_ids), status=Status.QUEUED).update(
        waits_for=None, ready_at=timezone.now()
    )


def ended_of(execution: Execution) -> Ended:
    """How an execution has ended, read from its row."""
    error = execution.error
    found = NodeError(execution.error_message, execution.error_type) if error else None
    return Ended(Status(execution.status), execution.result, found)


def lock_held(worker_id: UUID, execution: Execution) -> None:
    """Make sure that the worker still holds a run, until the transaction ends. Raises Lost."""
    if not _held(worker_id).filter(pk=execution.pk).select_for_update().exists():
        raise Lost


def rows_of(execution: Execution, entries: Iterable[Entry]) -> list[LogEntry]:
    """The rows of log entries. The unique number refuses to write one twice."""
    limit = settings.EXECUTIONS["VALUE_BYTES"]
    return [_row(execution, entry, limit) for entry in entries]


def was_begun(execution: Execution) -> bool:
    """Whether another worker may have run some of a claimed execution; the row is as it was before the claim."""
    return execution.status == Status.QUEUED and execution.started_at is not None


def read_journal(execution: Execution) -> Journal:
    """What earlier workers have written of a run."""
    limit, value_limit = settings.EXECUTIONS["LOG_ENTRIES"], settings.EXECUTIONS["VALUE_BYTES"]
    if not was_begun(execution):
        return Journal(limit=limit, value_limit=value_limit)
    found = dict(LogEntry.objects.filter(execution=execution).values_list("key", "outcome"))
    recorded = {key: Outcome.load(text) for key, text in found.items() if text}
    return Journal(recorded, found, limit, value_limit)


def _held(worker_id: UUID) -> QuerySet[Execution]:
    return Execution.objects.filter(worker_id=worker_id, status=Status.RUNNING)


def _row(execution: Execution, entry: Entry, limit: int) -> LogEntry:
    return LogEntry(
        execution=execution,
        seq=entry.seq,
        key=entry.key,
        node_id=clean(entry.node_id)[:200],
        node_name=clean(entry.node_name)[:200],
        level=entry.level,
        message=clean(entry.message[:MESSAGE_CHARACTERS]),
        inputs=shown(entry.inputs, limit),
        output=shown(entry.output, limit),
        outcome=entry.outcome.dump() if entry.outcome else "",
        error_type=clean(entry.error.type)[:200] if entry.error else "",
        attempt=execution.attempt,
        at=datetime.fromtimestamp(entry.at, tz=UTC),
        duration_us=None if entry.duration is None else int(entry.duration * 1e6),
    )
