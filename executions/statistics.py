"""What became of executions, over an hour, a day, a week or a month: counts, success, durations.

Hours that are over are read off the tallies (`executions.tally`), the current one off the executions. Percentiles are
right to within 3 percent. Success and durations are of live runs; tests, and what was canceled, say nothing of either.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson
from django.db.models import Sum
from django.db.models.functions import TruncMinute
from django.utils import timezone

from executions.models import TalliedHour, Tally
from executions.status import UNSUCCESSFUL, Mode, Status
from executions.tally import HOUR, NEVER_STARTED, counted, hour_of, milliseconds, runs_between, uncounted

LIVE_HOURS = 3  # so many uncounted hours are counted for a page; more are left out, and said to be


class Period(StrEnum):
    HOUR = "1h"
    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"


@dataclass(frozen=True)
class _Frame:
    count: int
    width: timedelta


FRAMES = {
    Period.HOUR: _Frame(60, timedelta(minutes=1)),
    Period.DAY: _Frame(24, HOUR),
    Period.WEEK: _Frame(28, 6 * HOUR),
    Period.MONTH: _Frame(30, 24 * HOUR),
}


@dataclass
class Figures:
    """Of some time. `durations` counts by bucket."""

    counts: Counter[str] = field(default_factory=Counter)
    by_trigger: Counter[str] = field(default_factory=Counter)
    live: Counter[str] = field(default_factory=Counter)
    durations: Counter[int] = field(default_factory=Counter)

    def add(self, mode: str, trigger: str, status: str, buckets: dict[int, int]) -> None:
        runs = sum(buckets.values())
        self.counts[status] += runs
        self.by_trigger[trigger] += runs
        if mode == Mode.LIVE:
            self.live[status] += runs
            if status in _RATED:
                self.durations.update(buckets)

    @property
    def total(self) -> int:
        return self.counts.total()

    @property
    def success_rate(self) -> float | None:
        rated = sum(self.live[status] for status in _RATED)
        return self.live[Status.COMPLETED.value] / rated if rated else None

    def percentile(self, share: float) -> float | None:
        """Milliseconds within which such a share of the runs ended."""
        timed = sorted(self.durations.keys() - {NEVER_STARTED})
        wanted, seen = sum(self.durations[bucket] for bucket in timed) * share, 0
        for bucket in timed:
            seen += self.durations[bucket]
            if seen >= wanted:
                return milliseconds(bucket)
        return None

    @property
    def p50(self) -> float | None:
        return self.percentile(0.5)

    @property
    def p95(self) -> float | None:
        return self.percentile(0.95)

    @property
    def p99(self) -> float | None:
        return self.percentile(0.99)


@dataclass
class Slot(Figures):
    start: datetime = datetime.min


@dataclass
class Statistics(Figures):
    slots: list[Slot] = field(default_factory=list)
    is_complete: bool = True  # or hours of the past are still to be counted


_RATED = {Status.COMPLETED.value, *(status.value for status in UNSUCCESSFUL)}
_Row = tuple[datetime, str, str, str, dict[int, int]]


def of(pattern_ids: Sequence[UUID] | None, period: Period, now: datetime | None = None) -> Statistics:
    """Of these patterns, or of all; durations only of some patterns, for they are many numbers."""
    frame = FRAMES[period]
    now = now or timezone.now()
    starts = _starts(frame, now)
    found = Statistics(slots=[Slot(start=start) for start in starts])
    rows, found.is_complete = _rows(pattern_ids, starts[0], frame, now)
    for at, mode, trigger, status, told in rows:
        # Of all patterns the tallies tell no durations; those of the current hour alone would be taken for all.
        buckets = {NEVER_STARTED: sum(told.values())} if pattern_ids is None else told
        place = (at - starts[0]) // frame.width
        for figures in (found, *found.slots[place : place + 1]):
            figures.add(mode, trigger, status, buckets)
    return found


def brief(pattern_ids: Sequence[UUID], now: datetime | None = None) -> dict[UUID, Statistics]:
    """The last day of each of these patterns, of its hours the counts alone, in a fixed number of queries."""
    now = now or timezone.now()
    starts = _starts(FRAMES[Period.DAY], now)
    found = {key: Statistics(slots=[Slot(start=start) for start in starts]) for key in pattern_ids}
    tallies = Tally.objects.filter(pattern__in=pattern_ids, hour__gte=starts[0])
    columns = ("pattern_id", "hour", "mode", "trigger", "status")
    rows = [(*row, _buckets(text)) for *row, text in tallies.values_list(*columns, "durations")]
    for start in _uncounted(starts[0], now)[-LIVE_HOURS:]:
        runs = runs_between(start, start + HOUR).filter(pattern__in=pattern_ids)
        rows += [(row["pattern_id"], start, *_told(row)) for row in counted(runs, "pattern_id")]
    for pattern_id, at, mode, trigger, status, buckets in rows:
        found[pattern_id].add(mode, trigger, status, buckets)
        place = (at - starts[0]) // HOUR
        for slot in found[pattern_id].slots[place : place + 1]:
            slot.counts[status] += sum(buckets.values())
    return found


def _starts(frame: _Frame, now: datetime) -> list[datetime]:
    """Where the slots begin; the last one holds this moment."""
    epoch = datetime.min.replace(tzinfo=now.tzinfo)
    last = now - (now - epoch) % frame.width
    return [last - frame.width * (frame.count - 1 - number) for number in range(frame.count)]


def _rows(
    pattern_ids: Sequence[UUID] | None, since: datetime, frame: _Frame, now: datetime
) -> tuple[Iterable[_Row], bool]:
    if frame.width < HOUR:
        return _fresh(pattern_ids, since, now + frame.width, by_minute=True), True
    hours = _uncounted(since, now)
    rows = list(_tallied(pattern_ids, since, frame.width))
    for hour in hours[-LIVE_HOURS:]:
        rows += _fresh(pattern_ids, hour, hour + HOUR)
    return rows, len(hours) <= LIVE_HOURS


def _uncounted(since: datetime, now: datetime) -> list[datetime]:
    known = set(TalliedHour.objects.filter(hour__gte=since).values_list("hour", flat=True))
    count = (hour_of(now) - since) // HOUR + 1
    return uncounted((since + HOUR * number for number in range(count)), known)


def _tallied(pattern_ids: Sequence[UUID] | None, since: datetime, width: timedelta) -> Iterable[_Row]:
    tallies = Tally.objects.filter(hour__gte=since)
    columns = ("hour", "mode", "trigger", "status")
    if pattern_ids is None:
        summed: Counter[tuple[Any, ...]] = Counter()
        for hour, *told, total in tallies.order_by().values_list(*columns).annotate(total=Sum("runs")):
            summed[(hour - since) // width, *told] += total
        return [(since + width * slot, *told, {NEVER_STARTED: total}) for (slot, *told), total in summed.items()]
    rows = tallies.filter(pattern__in=pattern_ids).values_list(*columns, "durations")
    return [(*row, _buckets(text)) for *row, text in rows]


def _fresh(
    pattern_ids: Sequence[UUID] | None, begin: datetime, end: datetime, by_minute: bool = False
) -> Iterable[_Row]:
    runs = runs_between(begin, end)
    runs = runs if pattern_ids is None else runs.filter(pattern__in=pattern_ids)
    if not by_minute:
        return [(begin, *_told(row)) for row in counted(runs)]
    rows = counted(runs.annotate(minute=TruncMinute("created_at")), "minute")
    return [(max(row["minute"], begin), *_told(row)) for row in rows]


def _told(row: dict[str, Any]) -> tuple[str, str, str, dict[int, int]]:
    return row["mode"], row["trigger"], row["status"], {row["bucket"]: row["runs"]}


def _buckets(text: str) -> dict[int, int]:
    return {int(bucket): count for bucket, count in orjson.loads(text).items()}
