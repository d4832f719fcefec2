"""The rows of the schedules: written by the verbs that change what is live, tended once an hour, shown to people."""

import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet, Subquery
from django.utils import timezone

from deployments.models import Deployment, Schedule, Tick, Version
from dragops_site.errors import Invalid
from executions.persistence import writing
from patterns.cron import check_cron, describe, next_ticks, ticks
from patterns.samples import trigger_of

log = logging.getLogger(__name__)

KEPT_FOR = timedelta(days=30)
KEPT = 1_000  # of each pattern
SHOWN = 5
TICKS_SHOWN = 10


def following(schedule: Schedule, after: datetime) -> datetime | None:
    """When the schedule is due next, or None. Raises ValueError where it cannot be computed."""
    return next(ticks(schedule.cron, schedule.time_zone, after), None)


# --- What deploy, roll back, resume and undeploy do -------------------------------------------------------------------
def register(version: Version) -> None:
    """Make the pattern's schedule what this version says, before the version goes live and in the same transaction.

    A schedule that stays as it was loses no tick, unless it was paused. Raises Invalid where it cannot be computed.
    """
    wanted = of_graph(version.pattern_id, version.snapshot.graph)
    if wanted is None:
        remove(version.pattern_id)
        return
    next_at = _goes_on(wanted) or _first(wanted)
    fields = {"cron": wanted.cron, "time_zone": wanted.time_zone, "overlap": wanted.overlap, "next_at": next_at}
    Schedule.objects.update_or_create(pattern_id=version.pattern_id, defaults=fields)


def of_graph(pattern_id: UUID, graph: Any) -> Schedule | None:
    """What a pattern's graph says, as a row that is not stored; None where it does not start with On Schedule."""
    trigger = trigger_of(graph)
    if trigger is None or trigger.type != "OnSchedule":
        return None
    given = {**trigger.defaults, **trigger.properties}
    return Schedule(
        pattern_id=pattern_id,
        cron=" ".join(str(given.get("schedule") or "").split()),
        time_zone=given.get("timeZone") or "UTC",
        overlap=given.get("overlap") or Schedule.Overlap.ALLOW,
    )


def _goes_on(wanted: Schedule) -> datetime | None:
    """When an active schedule that stays the same is due next."""
    same = Schedule.objects.filter(pk=wanted.pk, cron=wanted.cron, time_zone=wanted.time_zone)
    active = same.filter(pattern__deployment__status=Deployment.Status.ACTIVE)
    return active.select_for_update(of=("self",)).values_list("next_at", flat=True).first()


def _first(schedule: Schedule) -> datetime | None:
    try:
        return following(schedule, timezone.now())
    except ValueError as error:
        raise Invalid(f"The schedule cannot be kept: {error}.") from None


def start_again(pattern_id: UUID) -> None:
    """Forget what came due during a pause; in the transaction that ends the pause, before it ends."""
    if schedule := Schedule.objects.select_for_update().filter(pk=pattern_id).first():
        with suppress(ValueError):  # the look at what is due stops it, and tells
            Schedule.objects.filter(pk=pattern_id).update(next_at=following(schedule, timezone.now()))


def remove(pattern_id: UUID) -> None:
    """The pattern is due no more."""
    Schedule.objects.filter(pk=pattern_id).delete()


# --- Once an hour -----------------------------------------------------------------------------------------------------
def tend() -> int:
    """Forget old ticks, and set right what is due too late. Returns how many rows that were."""
    return forget_ticks() + set_right()


def forget_ticks(now: datetime | None = None) -> int:
    """Delete the ticks that are older than a month, and of each pattern all but the latest thousand."""
    deleted = _delete(Tick.objects.filter(due_at__lt=(now or timezone.now()) - KEPT_FOR))
    many = Tick.objects.order_by().values("pattern").annotate(count=Count("pk")).filter(count__gt=KEPT)
    for pattern_id in list(many.values_list("pattern", flat=True)):
        of_pattern = Tick.objects.filter(pattern=pattern_id)
        oldest_kept = of_pattern.order_by("-due_at").values("due_at")[KEPT - 1 : KEPT]
        deleted += _delete(of_pattern.filter(due_at__lt=Subquery(oldest_kept)))
    return deleted


def _delete(found: QuerySet[Tick]) -> int:
    if not found.exists():  # spares SQLite the write lock
        return 0
    with writing():
        return found.delete()[0]


def set_right(now: datetime | None = None) -> int:
    """Move back what is due later than its expression says: after a clock that ran ahead, or new rules of a zone.

    No tick is thereby fired twice: each has its row. A schedule that cannot be computed stays as it is.
    """
    moment = now or timezone.now()
    return sum(_set_right(schedule, moment) for schedule in Schedule.objects.all().iterator())


def _set_right(schedule: Schedule, now: datetime) -> int:
    try:
        expected = following(schedule, now)
    except ValueError:
        return 0
    if expected is None or (schedule.next_at is not None and schedule.next_at <= expected):
        return 0
    log.warning("pattern %s is due at %s, not at %s", schedule.pk, expected, schedule.next_at)
    return Schedule.objects.filter(pk=schedule.pk, next_at=schedule.next_at).update(next_at=expected)


# --- What people see --------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Shown:
    """A schedule for people."""

    schedule: Schedule
    description: str
    next_ticks: list[datetime]
    problem: str = ""  # why it cannot be computed


def shown(schedule: Schedule) -> Shown:
    """With the next five ticks, were it not paused."""
    try:
        upcoming = next_ticks(schedule.cron, schedule.time_zone, timezone.now(), SHOWN)
        return Shown(schedule, describe(schedule.cron), upcoming)
    except ValueError as error:
        return Shown(schedule, "", [], str(error))


def in_words(schedule: Schedule) -> str:
    """As in “At 09:00 on Monday through Friday”; empty where it cannot be read."""
    try:
        check_cron(schedule.cron)
    except ValueError:
        return ""
    return describe(schedule.cron)


def schedule_context(pattern_id: UUID) -> dict[str, Any]:
    """What the fragment deployments/schedule.html shows: `schedule`, which may be None, and its `ticks`."""
    schedule = Schedule.objects.filter(pk=pattern_id).first()
    if schedule is None:
        return {"schedule": None, "ticks": []}
    return {"schedule": shown(schedule), "ticks": latest_ticks(pattern_id)[:TICKS_SHOWN]}


def latest_ticks(pattern_id: UUID) -> QuerySet[Tick]:
    """The ticks of a pattern, newest first."""
    return Tick.objects.filter(pattern=pattern_id).order_by("-due_at")
