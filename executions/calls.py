"""How an execution begins, and how one calls another: the child's row, its run, and what the caller gets of its end."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from math import ceil
from typing import Protocol
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string

from dragops_site.jsontext import dumps
from executions import queue
from executions.engine import Again, Asked, Ended, Host, Limits, Run
from executions.journal import Outcome, is_cut
from executions.models import Execution
from executions.plans import plan_of
from executions.queue import Finished
from executions.reopening import reopen
from executions.status import OPEN, RETRIABLE, Status, Trigger
from patterns.context import Call, ExecutionInfo, NodeError
from patterns.graph import CompileFailed
from patterns.models import Pattern
from patterns.types import Value


class Callee(Protocol):
    """What settings.CALLEE_RESOLVER answers for a pattern's id."""

    execution_id: UUID  # that its run takes
    pattern_id: UUID
    pattern_name: str
    snapshot_id: UUID
    version_number: int
    time_limit_s: int
    concurrency: int | None


@dataclass(eq=False)
class Active:
    """An execution in hand. `callees` are those it has called and not heard of, by the key of the step."""

    execution: Execution
    run: Run
    is_resumed: bool
    callees: dict[str, UUID] = field(default_factory=dict)
    calls: Asked | None = None  # what the execution above it on the stack answers
    rest_until: float | None = None

    def finished(self, ended: Ended) -> Finished:
        journal = self.run.journal
        if journal.dropped:
            journal.note_dropped(self.run.plan.start)
        return Finished(self.execution, ended, journal, may_leave_callees=bool(self.callees) or self.is_resumed)

    def key(self, key: str) -> str:
        """The key of a step among those of all that this execution has begun anew."""
        epoch = self.execution.epoch
        return f"{epoch}:{key}" if epoch else key


def begin(execution: Execution, host: Host) -> Active | Finished:
    """The run of an execution, with what earlier workers recorded; or its end, where there is no plan for it."""
    journal = queue.read_journal(execution)
    if execution.cancel_requested:
        return Finished(execution, Ended(Status.CANCELED), journal)
    try:
        plan = plan_of(execution.snapshot_id)
    except CompileFailed as failed:
        error = NodeError(f"The version no longer compiles: {failed}", "CompileFailed")
        return Finished(execution, Ended(Status.FAILED, error=error), journal)
    run = Run(plan, execution.event, _info(execution), journal, host, _limits(execution))
    return Active(execution, run, is_resumed=queue.was_begun(execution))


def callee_of(active: Active, asked: Asked, call: Call, worker_id: UUID) -> tuple[Execution, bool]:
    """The execution that a step calls, and whether it is new. Raises NodeError where the call is refused."""
    earlier = _earlier(active, asked)
    if earlier is not None:
        return _opened_again(active, earlier), False
    limit = settings.EXECUTIONS["CALL_DEPTH_LIMIT"]
    if active.execution.depth >= limit:
        raise NodeError(f"Patterns call each other more than {limit} deep.", "CallDepth")
    _check_storable(call.inputs)
    callee = import_string(settings.CALLEE_RESOLVER)(call.pattern_id)
    return _new_callee(active, asked, call, callee, worker_id), True


def _earlier(active: Active, asked: Asked) -> Execution | None:
    """What the step has called before: in this process, or in the life of another worker."""
    return _called_at(active, asked.key).first()


def _called_at(active: Active, key: str) -> QuerySet[Execution]:
    if known := active.callees.get(key):
        return Execution.objects.filter(pk=known)
    if not active.is_resumed:
        return Execution.objects.none()
    return Execution.objects.filter(parent=active.execution, parent_key=active.key(key))


def open_callee_of(active: Active, key: str) -> UUID | None:
    """The execution that the step at `key` has called and not heard of."""
    callee = _called_at(active, key).filter(status__in=OPEN).values_list("pk", flat=True).first()
    active.callees.pop(key, None)
    return callee


def _opened_again(active: Active, callee: Execution) -> Execution:
    """A callee that ended badly in an earlier attempt of its caller makes another attempt of its own."""
    attempt = active.execution.attempt
    if callee.status in RETRIABLE and callee.parent_attempt < attempt:
        reopen(Execution.objects.filter(pk=callee.pk), parent_attempt=attempt)
        callee.refresh_from_db()
    return callee


def _check_storable(inputs: Mapping[str, Value]) -> None:
    try:
        dumps(dict(inputs))
    except ValueError as error:
        raise NodeError(f"The inputs: {error}.", "NotRecordable") from None


def outcome_of(asked: Asked, callee: Execution, ended: Ended) -> Outcome:
    """What the caller's step gets: the outputs that the callee responded with, or its error."""
    if ended.status is Status.COMPLETED:
        if is_cut(ended.result):
            message = f"The result of the called execution {callee.pk} was too large to be kept."
            return refusal(asked, NodeError(message, "ResultTooLarge"))
        outputs = ended.result if isinstance(ended.result, dict) else {}
        return Outcome(asked.node_id, {**outputs, "executionId": str(callee.pk)}, is_effect=True)
    return refusal(asked, _error_of(callee, ended))


def refusal(asked: Asked, error: NodeError) -> Outcome:
    return Outcome(asked.node_id, error=error, is_effect=True)


def _error_of(callee: Execution, ended: Ended) -> NodeError:
    if ended.error is not None:
        return NodeError(ended.error.message, ended.error.type, ended.error.retryable)
    return NodeError(f"The called execution {callee.pk} was {ended.status.label.lower()}.", ended.status.label)


def _new_callee(caller: Active, asked: Asked, call: Call, callee: Callee, worker_id: UUID) -> Execution:
    """The row of a callee, held by this worker; it may not take longer than its caller has left."""
    now, parent = timezone.now(), caller.execution
    limit_s = max(1, min(callee.time_limit_s, ceil(caller.run.remaining())))
    return Execution(
        id=callee.execution_id,
        pattern=Pattern(pk=callee.pattern_id, name=callee.pattern_name),
        snapshot_id=callee.snapshot_id,
        version_number=callee.version_number,
        time_limit_s=limit_s,
        time_left=timedelta(seconds=limit_s),
        deadline_at=now + timedelta(seconds=limit_s),
        concurrency=callee.concurrency,
        mode=parent.mode,
        trigger=Trigger.PATTERN_CALL,
        event=dict(call.inputs),
        status=Status.RUNNING,
        worker_id=worker_id,
        created_at=now,
        started_at=now,
        parent=parent,
        parent_key=caller.key(asked.key),
        parent_attempt=parent.attempt,
        root_id=parent.root_id or parent.pk,
        depth=parent.depth + 1,
    )


def queued(callee: Execution) -> Execution:
    """A new callee as one that any worker may claim."""
    callee.status, callee.worker_id = Status.QUEUED, None
    callee.started_at = callee.deadline_at = None
    return callee


def _info(execution: Execution) -> ExecutionInfo:
    return ExecutionInfo(
        execution_id=str(execution.pk),
        pattern_id=str(execution.pattern_id),
        pattern_name=execution.pattern.name,
        version=execution.version_number,
        attempt=execution.attempt,
        mode=execution.mode,
        triggered_by=execution.trigger,
        epoch=execution.epoch,
    )


def _limits(execution: Execution) -> Limits:
    limits = settings.EXECUTIONS
    return Limits(
        execution.time_left.total_seconds(),
        limits["STEP_LIMIT"],
        limits["DEPTH_LIMIT"],
        execution.time_limit_s,
    )


__all__ = ["Active", "Again", "Callee", "begin", "callee_of", "open_callee_of", "outcome_of", "queued", "refusal"]
