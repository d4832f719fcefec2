"""The circuit breaker of a deployment: opened by failures, closed by a trial that completes (`trials`), or by a person.

Every step is a conditional update of the deployment's row: of several processes that decide the same, one does it.
"""

import logging
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from heapq import merge
from itertools import islice
from math import ceil
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.utils import timezone

from deployments import notices
from deployments.breaker_rules import Breaker, Count, cools_until, reason
from deployments.models import Deployment
from dragops_site.spans import in_words
from executions.models import Execution
from executions.status import UNSUCCESSFUL, Mode, Status

log = logging.getLogger(__name__)

RUNS_COUNTED = 200  # of a busy pattern the latest ones speak for all

# What closes a breaker. Whatever else moves a deployment out of PAUSED must say so.
CLOSED: dict[str, Any] = {"breaker_opened_at": None, "breaker_trial": None}


_NEXT = "In {} the next run is let through to try. If it completes, the deployment is active again."


# --- Opening --------------------------------------------------------------------------------------------------------
def weigh(deployments: Iterable[Deployment]) -> None:
    """Open the breakers of those that have failed too often. For the transaction in which a run of each ends badly."""
    for deployment in deployments:
        if deployment.status == Deployment.Status.ACTIVE and deployment.breaker_share is not None:
            _weigh(deployment, _settings(deployment), timezone.now())


def _weigh(deployment: Deployment, breaker: Breaker, now: datetime) -> None:
    count = _count(deployment.pk, breaker.counts_from(now, deployment.breaker_closed_at))
    if not breaker.opens_at(count):
        return
    why = reason(count, breaker)
    opened = Deployment.objects.filter(pk=deployment.pk, status=Deployment.Status.ACTIVE).update(
        status=Deployment.Status.PAUSED, pause_reason=why, breaker_opened_at=now, breaker_trial=None, updated_at=now
    )
    if opened:
        log.warning("pattern %s is paused. %s", deployment.pk, why)
        name, again = notices.name_of(deployment), in_words(breaker.cooldown_s)
        notices.tell(deployment, f"{name} is paused by its circuit breaker", f"{why}\n\n{_NEXT.format(again)}")


def _settings(deployment: Deployment) -> Breaker:
    return Breaker(
        share=deployment.breaker_share or 0,
        minimum=deployment.breaker_minimum,
        window_s=deployment.breaker_window_s,
        cooldown_s=deployment.breaker_cooldown_s,
    )


def _count(pattern_id: UUID, since: datetime) -> Count:
    """Of the latest live runs that have ended, those that did so since, and how many of them badly.

    Each status by its own index: among all, those that wait in a long queue would come first.
    """
    by_status = [_latest(pattern_id, status) for status in (Status.COMPLETED, *sorted(UNSUCCESSFUL))]
    latest = islice(merge(*by_status, key=itemgetter(0), reverse=True), RUNS_COUNTED)
    counted = Counter(is_failed for _, ended_at, is_failed in latest if ended_at >= since)
    return Count(failed=counted[True], total=counted.total())


def _latest(pattern_id: UUID, status: Status) -> list[tuple[UUID, datetime, bool]]:
    ended = Execution.objects.filter(pattern_id=pattern_id, status=status, mode=Mode.LIVE).order_by("-id")
    rows = ended.values_list("pk", "ended_at")[:RUNS_COUNTED]
    return [(pk, ended_at, status in UNSUCCESSFUL) for pk, ended_at in rows if ended_at]


# --- The trial ------------------------------------------------------------------------------------------------------
def may_try(*, opened_at: datetime | None, cooldown_s: int, trial: UUID | None) -> bool:
    """Whether a paused deployment with these columns may let a run through: its breaker is open and has cooled down."""
    return opened_at is not None and trial is None and cools_until(opened_at, cooldown_s) <= timezone.now()


def is_cool(deployment: Deployment) -> bool:
    """`may_try` for a row that is at hand."""
    return deployment.status == Deployment.Status.PAUSED and may_try(
        opened_at=deployment.breaker_opened_at,
        cooldown_s=deployment.breaker_cooldown_s,
        trial=deployment.breaker_trial,
    )


def cools_for_s(*, opened_at: datetime | None, cooldown_s: int) -> int:
    """Seconds until an open breaker has cooled down; 0 when it has, or is not open."""
    left = cools_until(opened_at, cooldown_s) - timezone.now() if opened_at else timedelta()
    return max(0, ceil(left.total_seconds()))


def admit_trial(pattern_id: UUID, execution_id: UUID) -> bool:
    """Make this execution the one trial of an open breaker. For the transaction that inserts it; False: do not."""
    row = Deployment.objects.filter(pk=pattern_id, status=Deployment.Status.PAUSED).values(*_TRIAL_COLUMNS).first()
    if row is None or not may_try(**{_TRIAL_COLUMNS[column]: value for column, value in row.items()}):
        return False
    unchanged = Deployment.objects.filter(pk=pattern_id, status=Deployment.Status.PAUSED, breaker_trial=None)
    return bool(unchanged.filter(breaker_opened_at=row["breaker_opened_at"]).update(breaker_trial=execution_id))


_TRIAL_COLUMNS = {"breaker_opened_at": "opened_at", "breaker_cooldown_s": "cooldown_s", "breaker_trial": "trial"}
