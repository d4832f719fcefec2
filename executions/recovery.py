"""What happens to the executions of a worker that is gone: they are queued again, so often and no oftener."""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce, Least
from django.utils import timezone

from executions import bell, signs
from executions.ends import end_all
from executions.hosting import Ended
from executions.models import Execution, Worker
from executions.persistence import writing
from executions.queue import time_kept
from executions.status import Status
from executions.timeouts import timed_out
from patterns.context import NodeError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Loss:
    """How a worker was lost, as it reads after “the last time it was”, and the node it had in hand, where known.

    `is_alarm`: its own watchdog ended it, so that it ran until then, and only what was overdue is to blame.
    """

    cause: str = ""
    snapshot_id: str = ""
    node_id: str = ""
    node_name: str = ""

    @property
    def is_alarm(self) -> bool:
        return "SIGALRM" in self.cause

    def __str__(self) -> str:
        return f"{self.cause} in the node “{self.node_name}”" if self.node_name else self.cause


UNKNOWN = Loss()
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def sweep(judges: bool = True) -> int:
    """Recover from lost workers. Returns the number of executions that were freed.

    `judges` is False for a process that cannot tell which of the workers are lost.
    """
    return (_recover_unseen() if judges else 0) + _recover_dead() + _free_orphans()


def _recover_unseen() -> int:
    lease = settings.EXECUTIONS["LEASE_S"]
    unseen = Worker.objects.filter(seen_at__lt=timezone.now() - timedelta(seconds=lease))
    return recover(unseen, loss=Loss(f"not seen for {lease} s")) if unseen.exists() else 0  # spares SQLite the lock


def _recover_dead() -> int:
    """Those of this machine whose process has ended; nobody needs to wait for their lease."""
    dead = [worker.pk for worker in Worker.objects.all() if signs.lives(worker) is False]
    return recover(Worker.objects.filter(pk__in=dead), loss=Loss("found dead")) if dead else 0


def recover(workers: QuerySet[Worker], counts: bool = True, loss: Loss = UNKNOWN) -> int:
    """Free what these workers hold and forget them. Returns how many executions were freed.

    `counts` is False for a worker that leaves in peace: its runs are not suspected of having killed it.
    """
    with writing():
        gone = list(workers.select_for_update(skip_locked=True).order_by("-pk"))
        freed = sum(_free(worker, counts, loss) for worker in gone)
        Worker.objects.filter(pk__in=[worker.pk for worker in gone]).delete()
    if freed:
        log.warning("recovered %s executions of %s lost workers", freed, len(gone))
        transaction.on_commit(bell.publish)
    return freed


def _free(worker: Worker, counts: bool, loss: Loss) -> int:
    """A worker that is lost has used the time of its runs until it was last seen, and no longer.

    Where a run hung in it, that one has ended as Timeout, and the others are not to blame.
    """
    is_known_until_now = not counts or loss.is_alarm
    until = timezone.now() if is_known_until_now else worker.seen_at
    held = Execution.objects.filter(worker=worker, status=Status.RUNNING)
    is_blameless = worker.stuck_at is not None or loss.is_alarm
    return requeue(held, counts and not is_blameless, until, loss)


@writing()
def requeue(
    held: QuerySet[Execution],
    counts: bool = True,
    until: datetime | None = None,
    loss: Loss = UNKNOWN,
    pause: timedelta = timedelta(0),
) -> int:
    """Put running executions back into the queue, except those whose time is over, or that have lost their worker too
    often. They ran `until` then (None: nobody knows, and nothing is charged), and are claimed again after a pause."""
    until = until or NEVER
    rows = list(held.select_for_update(of=("self",)).order_by("-id"))
    overdue = [row for row in rows if row.deadline_at is not None and row.deadline_at <= until]
    counts = counts and not overdue
    given_up = [row for row in rows if row not in overdue and counts and _is_given_up(row)]
    end_all([(row, timed_out(row)) for row in overdue] + [(row, _dead_letter(row, loss)) for row in given_up])
    freed = _requeue(held, until, counts, loss, timezone.now() + pause)
    return freed + len(overdue) + len(given_up)


def _requeue(held: QuerySet[Execution], until: datetime, counts: bool, loss: Loss, ready_at: datetime) -> int:
    changes = {**time_kept(until), "status": Status.QUEUED, "ready_at": ready_at}
    # A beat from before the claim must not give a run more time than it had.
    changes["time_left"] = Coalesce(Least(F("time_left"), changes["time_left"]), F("time_left"))
    if counts:
        changes |= {"recoveries": F("recoveries") + 1, "loss": str(loss)[:300]}
    return held.update(**changes)


def _is_given_up(row: Execution) -> bool:
    return row.recoveries >= int(settings.EXECUTIONS["RECOVERIES"])


def _dead_letter(row: Execution, loss: Loss) -> Ended:
    why = f"the last time it was {loss}" if loss.cause else "it may be what ends the workers"
    error = NodeError(f"The worker was lost {row.recoveries + 1} times while this execution ran; {why}.", "WorkerLost")
    if loss.snapshot_id == str(row.snapshot_id):
        error.node_id, error.node_name = loss.node_id, loss.node_name
    return Ended(Status.DEAD_LETTER, error=error)


def _free_orphans() -> int:
    """Executions that run without a worker: its row was deleted by hand."""
    orphans = Execution.objects.filter(status=Status.RUNNING, worker=None)
    return requeue(orphans, loss=Loss("forgotten: its row was deleted")) if orphans.exists() else 0
