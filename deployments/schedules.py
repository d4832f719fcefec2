"""The schedules: each tick starts one run, however many processes look and whatever happens to them.

A schedule's row says when it is due next. Whoever finds it due locks it, and in one transaction records the tick,
starts its run and moves the row on; the tick's uniqueness has the last word, also when a clock was put back.
"""

import logging
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from deployments import breaker, notices
from deployments.models import Deployment, Schedule, Tick, Version
from deployments.timetable import following
from dragops_site.ids import new_id
from executions import bell
from executions.actions.start_execution import new_execution
from executions.models import Execution
from executions.persistence import writing
from executions.status import OPEN, Mode, Trigger
from patterns.cron import ticks
from patterns.types import iso

log = logging.getLogger(__name__)

MADE_UP = timedelta(hours=1)  # ticks missed for no longer than that fire late
BATCH = 50  # schedules in one transaction
BATCHES = 20  # in one call, so that other work of the same thread gets its turn
Outcome = Tick.Outcome


@dataclass(frozen=True)
class Due:
    """A schedule that has been moved on, what it starts, and the ticks that were due, in order."""

    schedule: Schedule
    deployment: Deployment
    version: Version
    ticks: list[Tick]


def dispatch(now: datetime | None = None) -> int:
    """Start what is due; returns how many runs that were. Costs one look at an index where nothing is due."""
    started = 0
    for _ in range(BATCHES):
        moment = now or timezone.now()
        if not _due(moment).exists():  # spares SQLite the write lock
            break
        with writing():
            locked = _lock(moment)
            started += _record([due for schedule in locked if (due := _look(schedule, moment))])
        if len(locked) < BATCH:
            break
    return started


def _due(now: datetime) -> QuerySet[Schedule]:
    return Schedule.objects.filter(next_at__lte=now)


def _lock(now: datetime) -> list[Schedule]:
    """Some schedules that are due, the longest first, each with its pattern's live version.

    The patterns are locked as well, because a deploy, too, locks the pattern first: in another order the two would wait
    for each other. Nobody waits here; what somebody else holds is left for the next look.
    """
    rows = _due(now).select_related("pattern__deployment__version").defer("pattern__graph", "pattern__description")
    locking = rows.select_for_update(skip_locked=True, no_key=True, of=("self", "pattern"))
    return list(locking.order_by("next_at", "pk")[:BATCH])


def _look(schedule: Schedule, now: datetime) -> Due | None:
    """What is due of a schedule, which is moved on in memory. One that cannot be computed is stopped, and told of."""
    try:
        deployment, version = _live(schedule)
        moments = list(_moments(schedule, schedule.next_at or now, now))
        schedule.next_at = following(schedule, now)
    except Exception as error:
        _stop(schedule, error)
        return None
    found = [Tick(pattern_id=schedule.pk, due_at=m, outcome=_outcome(m, now, deployment)) for m in moments]
    if breaker.is_cool(deployment) and moments[-1] > now - MADE_UP:
        found[-1].outcome = Outcome.FIRED  # it may try whether what was paused works again
    return Due(schedule, deployment, version, found)


def _live(schedule: Schedule) -> tuple[Deployment, Version]:
    deployment = getattr(schedule.pattern, "deployment", None)
    if deployment is None or deployment.version is None:
        raise ValueError("the pattern is not deployed")
    return deployment, deployment.version


def _moments(schedule: Schedule, first: datetime, now: datetime) -> Iterator[datetime]:
    """All ticks from the first that can still be made up for, and before them the last of those that cannot."""
    oldest = now - MADE_UP
    yield first if first > oldest else _last_missed(schedule, first, oldest)
    rest = ticks(schedule.cron, schedule.time_zone, max(oldest, first))
    yield from takewhile(lambda moment: moment <= now, rest)


def _last_missed(schedule: Schedule, first: datetime, last: datetime) -> datetime:
    """The last tick from `first`, which is one, to `last`; looked for in steps that grow, not from the beginning."""
    span = MADE_UP
    while last - span > first:
        found = ticks(schedule.cron, schedule.time_zone, last - span)
        if missed := list(takewhile(lambda moment: moment <= last, found)):
            return missed[-1]
        span *= 4
    found = ticks(schedule.cron, schedule.time_zone, first)
    return [first, *takewhile(lambda moment: moment <= last, found)][-1]


def _outcome(moment: datetime, now: datetime, deployment: Deployment) -> Outcome:
    if deployment.status == Deployment.Status.PAUSED:
        return Outcome.PAUSED
    return Outcome.FIRED if moment > now - MADE_UP else Outcome.MISSED


def _stop(schedule: Schedule, error: Exception) -> None:
    """A schedule that cannot be computed must neither hold up the others nor stop without a word."""
    log.error("the schedule of pattern %s cannot be computed and is stopped", schedule.pk, exc_info=error)
    Schedule.objects.filter(pk=schedule.pk).update(next_at=None)
    if deployment := getattr(schedule.pattern, "deployment", None):
        text = f"“{schedule.cron}”, {schedule.time_zone}: {error}. Deploy the pattern with a schedule that can be kept."
        notices.tell(deployment, f"The schedule of {notices.name_of(deployment)} has stopped", text)


def _record(found: Collection[Due]) -> int:
    """Write the ticks, start the runs of those that fire, and move the schedules on."""
    _leave_out_overlaps(found)
    recorded = [tick for due in found for tick in due.ticks]
    for tick in recorded:
        tick.execution_id = new_id() if tick.outcome == Outcome.FIRED else None
    _admit_trials(found)
    Tick.objects.bulk_create(recorded, ignore_conflicts=True)
    ours = set(Tick.objects.filter(pk__in=[tick.pk for tick in recorded]).values_list("pk", flat=True))
    runs = [_run(due, tick) for due in found for tick in due.ticks if tick.execution_id and tick.pk in ours]
    Execution.objects.bulk_create(runs)
    Schedule.objects.bulk_update([due.schedule for due in found], ["next_at"])
    if runs:
        bell.ring_on_commit()
    return len(runs)


def _leave_out_overlaps(found: Iterable[Due]) -> None:
    """Of the schedules that skip, fire no tick while a run is open, be it that of the tick before."""
    skipping = [due for due in found if due.schedule.overlap == Schedule.Overlap.SKIP]
    open_runs = _open_runs([due.schedule.pk for due in skipping]) if skipping else set()
    for due in skipping:
        is_open = due.schedule.pk in open_runs
        for tick in due.ticks:
            if tick.outcome == Outcome.FIRED:
                tick.outcome = Outcome.OVERLAP if is_open else Outcome.FIRED
                is_open = True


def _open_runs(pattern_ids: Collection[UUID]) -> set[UUID]:
    """Those of the patterns that a schedule has started and that have not ended."""
    runs = Execution.objects.filter(pattern_id__in=pattern_ids, status__in=OPEN, trigger=Trigger.SCHEDULE)
    return set(runs.order_by().values_list("pattern_id", flat=True).distinct())


def _admit_trials(found: Iterable[Due]) -> None:
    """Of a paused deployment a tick starts a run only where the circuit breaker takes it for its trial."""
    for due in found:
        is_paused = due.deployment.status == Deployment.Status.PAUSED
        for tick in due.ticks:
            if is_paused and tick.execution_id and not breaker.admit_trial(due.schedule.pk, tick.execution_id):
                tick.outcome, tick.execution_id = Outcome.PAUSED, None


def _run(due: Due, tick: Tick) -> Execution:
    run = new_execution(
        pattern_id=due.schedule.pk,
        snapshot_id=due.version.snapshot_id,
        version_number=due.version.number,
        mode=Mode.LIVE,
        trigger=Trigger.SCHEDULE,
        event={"timestamp": iso(tick.due_at)},
        time_limit_s=due.deployment.time_limit_s,
        concurrency=due.deployment.concurrency_limit,
    )
    run.pk = tick.execution_id
    return run
