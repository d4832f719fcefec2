"""How an execution begins, and how one calls another: the child's row, its run, and what the caller gets of its end."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import Protocol
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from dragops_site.jsontext import dumps
from executions import queue
from executions.engine import Ended, Host, Limits, Run, Waiting
from executions.journal import Outcome, is_cut
from executions.models import Execution
from executions.plans import plan_of
from executions.queue import Finished
from executions.status import Status, Trigger
from patterns.context import ExecutionInfo, NodeError
from patterns.graph import CompileFailed
from patterns.models import Pattern
from patterns.types import Value


class Callee(Protocol):
    """What settings.CALLEE_RESOLVER answers for a pattern's id."""

    pattern_id: UUID
    pattern_name: str
    snapshot_id: UUID
    version_number: int
    time_limit_s: int


@dataclass(frozen=True)
class Active:
    """An execution in hand."""

    execution: Execution
    run: Run
    is_resumed: bool

    def finished(self, ended: Ended) -> Finished:
        journal = self.run.journal
        if journal.dropped:
            journal.note_dropped(self.run.plan.start)
        return Finished(self.execution, ended, journal)


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


def child_of(active: Active, waiting: Waiting, worker_id: UUID) -> tuple[Execution, bool]:
    """The execution that a step calls, and whether it is new. Raises NodeError where the call is refused."""
    if active.is_resumed:
        earlier = Execution.objects.filter(parent=active.execution, parent_key=waiting.key).first()
        if earlier is not None:
            return earlier, False
    limit = settings.EXECUTIONS["CALL_DEPTH_LIMIT"]
    if active.execution.depth >= limit:
        raise NodeError(f"Patterns call each other more than {limit} deep.", "CallDepth")
    _check_storable(waiting.call.inputs)
    callee = import_string(settings.CALLEE_RESOLVER)(waiting.call.pattern_id)
    return _new_child(active, waiting, callee, worker_id), True


def _check_storable(inputs: Mapping[str, Value]) -> None:
    try:
        dumps(dict(inputs))
    except ValueError as error:
        raise NodeError(f"The inputs: {error}.", "NotRecordable") from None


def outcome_of(run: Run, child: Execution, ended: Ended) -> Outcome:
    """What the caller's step gets: the outputs that the callee responded with, or its error."""
    if ended.status is Status.COMPLETED:
        if is_cut(ended.result):
            message = f"The result of the called execution {child.pk} was too large to be kept."
            return answer_of(run, NodeError(message, "ResultTooLarge"))
        outputs = ended.result if isinstance(ended.result, dict) else {}
        return Outcome(run.waiting_node, {**outputs, "executionId": str(child.pk)}, is_effect=True)
    return answer_of(run, _error_of(child, ended))


def answer_of(run: Run, error: NodeError) -> Outcome:
    return Outcome(run.waiting_node, error=error, is_effect=True)


def _error_of(child: Execution, ended: Ended) -> NodeError:
    if ended.error is not None:
        return NodeError(ended.error.message, ended.error.type, ended.error.retryable)
    return NodeError(f"The called execution {child.pk} was {ended.status.label.lower()}.", ended.status.label)


def _new_child(caller: Active, waiting: Waiting, callee: Callee, worker_id: UUID) -> Execution:
    """The row of a callee, which must end before its caller's time is over."""
    now, parent = timezone.now(), caller.execution
    limit_s = max(1, min(callee.time_limit_s, ceil(caller.run.remaining())))
    return Execution(
        pattern=Pattern(pk=callee.pattern_id, name=callee.pattern_name),
        snapshot_id=callee.snapshot_id,
        version_number=callee.version_number,
        time_limit_s=limit_s,
        time_left=timedelta(seconds=limit_s),
        deadline_at=now + timedelta(seconds=limit_s),
        mode=parent.mode,
        trigger=Trigger.PATTERN_CALL,
        event=dict(waiting.call.inputs),
        status=Status.RUNNING,
        worker_id=worker_id,
        created_at=now,
        started_at=now,
        parent=parent,
        parent_key=waiting.key,
        root_id=parent.root_id or parent.pk,
        depth=parent.depth + 1,
    )


def _info(execution: Execution) -> ExecutionInfo:
    return ExecutionInfo(
        execution_id=str(execution.pk),
        pattern_id=str(execution.pattern_id),
        pattern_name=execution.pattern.name,
        version=execution.version_number,
        attempt=execution.attempt,
        mode=execution.mode,
        triggered_by=execution.trigger,
    )


def _limits(execution: Execution) -> Limits:
    limits = settings.EXECUTIONS
    return Limits(
        execution.time_left.total_seconds(),
        limits["STEP_LIMIT"],
        limits["DEPTH_LIMIT"],
    )
