"""The end of runs that pass their time limit where the engine cannot see to it: whoever holds them."""

from datetime import timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from executions import signs, watchdog
from executions.ends import end_all
from executions.hosting import Ended
from executions.models import Execution, Worker
from executions.persistence import writing
from executions.status import Status
from patterns.context import NodeError

MARGIN_S = 0.5  # in which the engine ends a run by itself
MOST_AT_ONCE = 500


def end_overdue() -> int:
    """End what runs past its limit in a worker that does not end it itself. Returns how many.

    What a dead worker held is left to the recovery: its time stopped with it.
    """
    late = list(_overdue().values_list("pk", flat=True)[:MOST_AT_ONCE])
    return _end(late) if late else 0


@writing()
def _end(late: list[UUID]) -> int:
    found = _overdue().filter(pk__in=late).select_related("worker").order_by("-id")
    rows = [row for row in found.select_for_update(skip_locked=True, of=("self",)) if _is_at_work(row)]
    workers = [row.worker_id for row in rows if row.worker_id]
    ended = end_all([(row, timed_out(row)) for row in rows])
    Worker.objects.filter(pk__in=workers, stuck_at=None).update(stuck_at=timezone.now())
    return ended


def timed_out(execution: Execution) -> Ended:
    message = f"The run passed its time limit of {execution.time_limit_s} s."
    error = NodeError(message, "Timeout")
    if place := watchdog.place_of(execution.pk):
        error.node_id, error.node_name = place.node_id, place.name
    return Ended(Status.TIMEOUT, error=error)


def _overdue() -> QuerySet[Execution]:
    before = timezone.now() - timedelta(seconds=MARGIN_S)
    return Execution.objects.filter(status=Status.RUNNING, deadline_at__lt=before, worker__isnull=False).order_by()


def _is_at_work(row: Execution) -> bool:
    """Whether the run has used its time: its worker's process lives, or was seen a moment ago."""
    assert row.worker is not None  # noqa: S101 - for the type checker; the query says so
    lives = signs.lives(row.worker)
    return lives if lives is not None else signs.was_just_seen(row.worker)
