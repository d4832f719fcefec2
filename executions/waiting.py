"""What an open execution waits for, for people."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from executions.models import Execution
from executions.queue import LONGEST_WAIT
from executions.status import OPEN, Mode, Status, Wait

FOR_CALLEES = (Wait.CALLEE, Wait.SEVERAL)
UNLIMITED = LONGEST_WAIT - timedelta(days=2)  # a wait that ends so late ends by something else
CALLEES_SHOWN = 5


@dataclass(frozen=True)
class Waiting:
    """`word` is of Wait, or `worker`; `until` is when the wait is over by itself, if it ever is."""

    word: str
    until: datetime | None = None
    attempt: int = 1  # the one that a retry waits for
    limit: int | None = None  # how many runs of its pattern there may be, of one that waits for its turn

    @property
    def is_parked(self) -> bool:
        return self.word != "worker"


def of(run: Execution) -> Waiting | None:
    """What a queued run waits for; None for any other."""
    if run.status != Status.QUEUED:
        return None
    now = timezone.now()
    if not run.waits_for or (run.ready_at <= now and run.waits_for != Wait.SEVERAL):
        return Waiting("worker", limit=run.concurrency)
    ends_by_itself = run.waits_for not in FOR_CALLEES and now < run.ready_at < now + UNLIMITED
    return Waiting(run.waits_for, run.ready_at if ends_by_itself else None, run.attempt)


def state(run: Execution) -> str:
    """Changes when the run's status does, or what it waits for; a follower names the one that it has seen."""
    waits = f"-{run.waits_for}-{run.attempt}" if run.status == Status.QUEUED and run.waits_for else ""
    return f"{run.status}{waits}"


def attempts_allowed(run: Execution) -> int:
    """By the retry policy as it is now; of a run that has had more of them by hand, those."""
    if run.mode != Mode.LIVE:
        return run.attempt
    policy: Any = import_string(settings.RETRY_POLICY_RESOLVER)(run.pattern_id)
    return max(policy.attempts, run.attempt)


def open_callees(run: Execution) -> list[Execution]:
    """The called runs that it waits for."""
    if run.status != Status.QUEUED or run.waits_for not in FOR_CALLEES:
        return []
    rows = Execution.objects.filter(parent=run, status__in=OPEN).select_related("pattern")
    return list(rows.only("status", "parent", "pattern__name").order_by("id")[:CALLEES_SHOWN])
