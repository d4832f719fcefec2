"""What happens to the executions of a worker that is gone: they are queued again, so often and no oftener."""

import logging
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from executions import bell
from executions.engine import Ended
from executions.models import Execution, Worker
from executions.persistence import writing
from executions.queue import end_fields, time_kept, wake_callers
from executions.replies import send_end
from executions.status import Status
from patterns.context import NodeError

log = logging.getLogger(__name__)


def sweep(judges: bool = True) -> int:
    """Recover from lost workers and lost rings. Returns the number of executions that were freed or woken.

    `judges` is False for a worker that cannot tell which of the others are lost.
    """
    freed = (_recover_unseen() if judges else 0) + _free_orphans()
    if Execution.objects.filter(status=Status.QUEUED, ready_at__lte=timezone.now()).exists():
        bell.publish()
    return freed


def _recover_unseen() -> int:
    lost_before = timezone.now() - timedelta(seconds=settings.EXECUTIONS["LEASE_S"])
    unseen = Worker.objects.filter(seen_at__lt=lost_before)
    return recover(unseen) if unseen.exists() else 0  # spares SQLite the write lock


def recover(workers: QuerySet[Worker], counts: bool = True) -> int:
    """Free what these workers hold and forget them. Returns how many executions were freed.

    `counts` is False for a worker that leaves in peace: its runs are not suspected of having killed it.
    """
    with writing():
        gone = list(workers.select_for_update(skip_locked=True).values_list("pk", flat=True))
        if not gone:
            return 0
        held = Execution.objects.filter(worker__in=gone, status=Status.RUNNING)
        freed = requeue(held, counts)
        Worker.objects.filter(pk__in=gone).delete()
    if freed:
        log.warning("recovered %s executions of %s lost workers", freed, len(gone))
        transaction.on_commit(bell.publish)
    return freed


@writing()
def requeue(held: QuerySet[Execution], counts: bool = True) -> int:
    """Put running executions back into the queue, except those that have lost their worker too often."""
    given_up = _give_up(held) if counts else 0
    now = timezone.now()
    return given_up + held.update(
        status=Status.QUEUED, ready_at=now, recoveries=F("recoveries") + int(counts), **time_kept(now)
    )


def _give_up(held: QuerySet[Execution]) -> int:
    """Dead letter for what has lost its worker too often."""
    limit = settings.EXECUTIONS["RECOVERIES"]
    message = f"The worker was lost {limit + 1} times while this execution ran; it may be what ends the workers."
    ended = Ended(Status.DEAD_LETTER, error=NodeError(message, "WorkerLost"))
    given_up = list(held.filter(recoveries__gte=limit).values_list("pk", flat=True))
    count = held.filter(pk__in=given_up).update(**end_fields(ended)) if given_up else 0
    wake_callers(given_up)
    for execution_id in given_up:
        transaction.on_commit(partial(send_end, execution_id))
    return count


def _free_orphans() -> int:
    """Executions that run without a worker: its row was deleted by hand."""
    orphans = Execution.objects.filter(status=Status.RUNNING, worker=None)
    return requeue(orphans) if orphans.exists() else 0
