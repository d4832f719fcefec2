"""Counting executions by the hour, so that figures over a month cost the same whatever their number.

An hour is that of acceptance, so it is a range of ids. Hours that are over are counted by the clock, in one query each,
which is what makes the count exact; an hour in which a run is still open, or has been opened again, is counted again
later, and so is one that has only just ended. Durations are kept in buckets of a width of 5 percent. Counts stay when
all executions of an hour are pruned.
"""

from collections import Counter
from collections.abc import Container, Iterable
from datetime import datetime, timedelta
from time import monotonic
from typing import Any
from uuid import UUID

from django.db.models import Count, Func, IntegerField, Q, QuerySet, Sum
from django.utils import timezone

from dragops_site import jsontext
from dragops_site.ids import first_id, time_of
from executions.models import Execution, TalliedHour, Tally
from executions.persistence import writing
from executions.status import OPEN

HOUR = timedelta(hours=1)
COUNTED = timedelta(days=31)  # so far back hours are counted
KEPT = timedelta(days=400)
AGAIN = timedelta(minutes=10)  # hours with open runs
LATE = timedelta(minutes=10)  # a run accepted at the end of an hour may be saved, or come from a slow clock, so late
WORK_S = 0.1  # of one call
WIDTH = 1.05
NEVER_STARTED = -1
_OPEN = {status.value for status in OPEN}


class Bucket(Func):
    """The bucket of a run's duration: 1 is up to a millisecond; NEVER_STARTED of what has not started or not ended."""

    output_field = IntegerField()
    arity = 2
    _SQLITE = "(julianday({1}) - julianday({0})) * 86400000.0"
    _POSTGRESQL = "extract(epoch FROM ({1} - {0})) * 1000.0"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self._sql(compiler, f"max(1.0, {self._SQLITE})")

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self._sql(compiler, f"greatest(1.0, {self._POSTGRESQL})")

    def _sql(self, compiler: Any, milliseconds: str) -> tuple[str, list[Any]]:
        began, ended = (compiler.compile(each)[0] for each in self.get_source_expressions())
        bucket = f"1 + ln({milliseconds.format(began, ended)}) / ln({WIDTH})"
        is_none = f"{began} IS NULL OR {ended} IS NULL"
        return f"CAST(CASE WHEN {is_none} THEN {NEVER_STARTED} ELSE floor({bucket}) END AS integer)", []


def milliseconds(bucket: int) -> float:
    """The middle of a bucket."""
    return float(WIDTH ** (bucket - 0.5)) if bucket > 1 else 1.0


def hour_of(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def counted(runs: QuerySet[Execution], *by: str) -> QuerySet[Any, dict[str, Any]]:
    """How many of each mode, trigger, status and bucket, by further columns."""
    columns = ("mode", "trigger", "status", *by)
    return (
        runs.order_by()
        .annotate(bucket=Bucket("started_at", "ended_at"))
        .values(*columns, "bucket")
        .annotate(runs=Count("pk"))
    )


def runs_between(begin: datetime, end: datetime) -> QuerySet[Execution]:
    return Execution.objects.filter(id__gte=first_id(begin), id__lt=first_id(end))


# --- The clock --------------------------------------------------------------------------------------------------------
def roll(now: datetime | None = None, work_s: float = WORK_S) -> int:
    """Count the hours that are over and not counted yet, the newest first; returns how many there was time for."""
    now, until, done = now or timezone.now(), monotonic() + work_s, 0
    for hour in _due(now):
        if done and monotonic() > until:
            break
        _count_hour(hour, now)
        done += 1
    return done


def uncounted(hours: Iterable[datetime], counted: Container[datetime]) -> list[datetime]:
    """Those of the hours that are not among the counted. Before the first execution there is nothing to count."""
    first = Execution.objects.order_by("id").values_list("id", flat=True).first()
    begin = hour_of(time_of(first)) if first else None
    return [hour for hour in hours if begin and hour >= begin and hour not in counted]


def _due(now: datetime) -> list[datetime]:
    newest = hour_of(now) - HOUR
    known = TalliedHour.objects.filter(hour__gte=newest - COUNTED)
    settled = set(known.filter(Q(is_final=True) | Q(at__gt=now - AGAIN)).values_list("hour", flat=True))
    every = (newest - HOUR * number for number in range(COUNTED // HOUR))
    return uncounted(every, settled)


@writing()
def _count_hour(hour: datetime, now: datetime) -> None:
    """One query sees both what is counted and whether something is open, so that nothing ends unseen in between."""
    TalliedHour.objects.get_or_create(hour=hour)
    TalliedHour.objects.select_for_update().get(pk=hour)  # of two processes one comes after the other
    rows = list(counted(runs_between(hour, hour + HOUR), "pattern_id"))
    pruned = _pruned(hour, rows)
    fresh = [row for row in rows if row["pattern_id"] not in pruned]
    Tally.objects.filter(hour=hour, pattern__in={row["pattern_id"] for row in fresh}).delete()
    Tally.objects.bulk_create(_tallies(hour, fresh))
    is_final = now >= hour + HOUR + LATE and not any(row["status"] in _OPEN for row in rows)
    TalliedHour.objects.filter(pk=hour).update(is_final=is_final, at=now)


def _pruned(hour: datetime, rows: Iterable[dict[str, Any]]) -> set[UUID]:
    """The patterns of which more were counted before: executions have gone since, and stay counted."""
    now: Counter[UUID] = Counter()
    for row in rows:
        now[row["pattern_id"]] += row["runs"]
    before = Tally.objects.filter(hour=hour).order_by().values_list("pattern_id").annotate(total=Sum("runs"))
    return {pattern_id for pattern_id, total in before if total > now[pattern_id]}


def _tallies(hour: datetime, rows: Iterable[dict[str, Any]]) -> list[Tally]:
    found: dict[tuple[Any, ...], Counter[int]] = {}
    for row in rows:
        key = (row["pattern_id"], row["mode"], row["trigger"], row["status"])
        found.setdefault(key, Counter())[row["bucket"]] += row["runs"]
    return [
        Tally(pattern_id=pattern_id, hour=hour, mode=mode, trigger=trigger, status=status, runs=buckets.total(),
              durations=jsontext.dumps({str(bucket): count for bucket, count in buckets.items()}))
        for (pattern_id, mode, trigger, status), buckets in found.items()
    ]  # fmt: skip


def count_again(ids: Iterable[UUID]) -> None:
    """These have been opened again: their hours are counted anew."""
    hours = {hour_of(time_of(row_id)) for row_id in ids}
    TalliedHour.objects.filter(hour__in=hours, is_final=True).update(is_final=False)


def prune() -> int:
    """Forget counts of long ago; returns how many rows."""
    before = timezone.now() - KEPT
    old = (model.objects.filter(hour__lt=before) for model in (TalliedHour, Tally))
    return sum(rows.delete()[0] for rows in old if rows.exists())  # nothing is written where nothing is to be done
