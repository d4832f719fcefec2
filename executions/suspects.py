"""Runs that have lost their worker again: until the contrary is shown, they are what ends the workers."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from uuid import UUID

from django.db.models import DateTimeField, ExpressionWrapper, F, Value
from django.utils import timezone

from executions.models import Execution
from executions.persistence import writing
from executions.status import Status

SUSPECT_FROM = 2  # recoveries

_alone = Lock()


def is_suspect(execution: Execution) -> bool:
    """Whether this run is to be run in a process of its own."""
    return execution.recoveries >= SUSPECT_FROM


def may_take() -> bool:
    """Whether this process may claim a suspect: it runs one at a time, so that its other threads stay free."""
    return not _alone.locked()


@contextmanager
def alone() -> Iterator[None]:
    """While a suspect runs."""
    with _alone:
        yield


def take_over(execution_id: UUID, holder_id: UUID, worker_id: UUID) -> Execution | None:
    """Take a claimed execution from the worker that holds it, as it was before the claim; None where it is gone. Its
    time begins now."""
    execution = Execution.objects.select_related("pattern").filter(pk=execution_id).first()
    deadline = ExpressionWrapper(Value(timezone.now()) + F("time_left"), output_field=DateTimeField())
    held = Execution.objects.filter(pk=execution_id, worker_id=holder_id, status=Status.RUNNING)
    with writing():
        if execution is None or not held.update(worker_id=worker_id, deadline_at=deadline):
            return None
    execution.status = Status.QUEUED
    return execution
