"""What follows from the end of executions, however they ended: in the same transaction, and once it is committed."""

from collections.abc import Collection, Iterable
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from executions import bell, cascade
from executions.hosting import Ended
from executions.models import Execution
from executions.queue import end_fields, wake_callers
from executions.replies import send_end
from executions.status import UNSUCCESSFUL, Mode, Status


def end_all(endings: Iterable[tuple[Execution, Ended]]) -> int:
    """End these, where they still run, and settle that; returns how many were ended. For a transaction, whose caller
    holds their rows."""
    ended = [execution for execution, ending in endings if _end(execution, end_fields(ending))]
    settle(ended)
    return len(ended)


def _end(execution: Execution, fields: dict[str, object]) -> int:
    for name, value in fields.items():
        setattr(execution, name, value)
    return Execution.objects.filter(pk=execution.pk, status=Status.RUNNING).update(**fields)


def settle(ended: Collection[Execution], callers: Collection[UUID] | None = None) -> None:
    """Wake the callers, cancel the callees that are left, tell who listens for failures, and, after the commit, answer
    whoever waits.

    Call it in the transaction that ended these, with their `status` as it is now. `callers` are those that may have
    callees which are still open; None stands for all that have not come to their end.
    """
    called = [execution.pk for execution in ended if execution.parent_id]
    if called and wake_callers(called):
        transaction.on_commit(bell.ring)
    if failed := [execution for execution in ended if _is_heard(execution)]:
        import_string(settings.FAILURE_LISTENER)(failed)
    if callers is None:
        callers = [execution.pk for execution in ended if execution.status != Status.COMPLETED]
    _answer([*ended, *(cascade.cancel_callees(callers) if callers else ())])


def _answer(ended: Iterable[Execution]) -> None:
    for execution in ended:
        if execution.awaited:
            transaction.on_commit(partial(send_end, execution.pk))


def _is_heard(execution: Execution) -> bool:
    return execution.mode == Mode.LIVE and execution.status in UNSUCCESSFUL
