"""Arithmetic on moments, by the clock of their time zone: what is later by a month, when a week starts.

A moment is a datetime with a time zone. A time of day that the clock of the zone skips is moved forward by as much as
the clock is; of one that it shows twice, the first is meant. Raises OverflowError outside of the years 1 to 9999.
"""

import re
from bisect import bisect_left
from calendar import monthrange
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from patterns import iso8601
from patterns.cron import BadZone, find_zone

ELAPSED = {
    "milliseconds": timedelta(milliseconds=1),
    "seconds": timedelta(seconds=1),
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
}
DAYS = {"days": 1, "weeks": 7}
MONTHS = {"months": 1, "quarters": 3, "years": 12}
UNITS = (*ELAPSED, *DAYS, *MONTHS)
PERIODS = ("second", "minute", "hour", "day", "week", "month", "quarter", "year")
WEEK_STARTS = ("monday", "sunday")
_LONGEST_DAYS = {"days": 1, "weeks": 7, "months": 31, "quarters": 92, "years": 366}
_SMALLEST = timedelta(microseconds=1)
_OFFSET = re.compile(r"[+-].{2,8}")
_CLOCK: Mapping[str, Mapping[str, Any]] = {
    "second": {"microsecond": 0},
    "minute": {"microsecond": 0, "second": 0},
    "hour": {"microsecond": 0, "second": 0, "minute": 0},
}
_MIDNIGHT: Mapping[str, Any] = {"microsecond": 0, "second": 0, "minute": 0, "hour": 0}


def zone(name: str) -> tzinfo:
    """The time zone of a name such as Europe/Berlin, or of an offset such as +02:00. Raises BadZone."""
    try:
        return iso8601.offset(name) if _OFFSET.fullmatch(name) else find_zone(name)
    except iso8601.NotIso:
        raise BadZone(f"{name!r} is no offset such as +02:00") from None


def at(wall: datetime, place: tzinfo, fold: int = 0) -> datetime:
    """The moment at which a clock in the zone shows this time, or the one that takes the place of a skipped one."""
    return wall.replace(tzinfo=place, fold=fold).astimezone(UTC).astimezone(place)


def add(moment: datetime, count: float, unit: str) -> datetime:
    """Days and longer units keep the time of day, months and years also the day, or take the last one of the month.

    Their count is whole. Shorter units are time that passes.
    """
    if not count:
        return moment
    if unit in ELAPSED:
        return _later(moment, count * ELAPSED[unit])
    return at(_shifted(moment.replace(tzinfo=None), int(count), unit), _place(moment))


def between(start: datetime, end: datetime, unit: str) -> float:
    """How often the unit can be added to `start` until `end`; less than 0 where `end` comes first.

    A part of a day, week, month, quarter or year is its share of the one that it is part of.
    """
    passed = end.astimezone(UTC) - start.astimezone(UTC)
    if unit in ELAPSED:
        return passed / ELAPSED[unit]
    sign = -1 if passed < timedelta() else 1
    count = _whole(start, end.astimezone(start.tzinfo), unit, sign)
    reached = add(start, sign * count, unit).astimezone(UTC)
    try:
        length = abs(add(start, sign * (count + 1), unit).astimezone(UTC) - reached)
    except OverflowError:
        length = timedelta(days=_LONGEST_DAYS[unit])
    return sign * (count + abs(end.astimezone(UTC) - reached) / length)


def start_of(moment: datetime, period: str, week_start: str = "monday") -> datetime:
    """The first moment of the second, minute, hour, day, week, month, quarter or year around `moment`."""
    wall = moment.replace(tzinfo=None)
    if period in _CLOCK:
        return _reached(wall.replace(**_CLOCK[period]), _place(moment), moment.fold)
    return _reached(_first_day(wall, period, week_start), _place(moment))


def end_of(moment: datetime, period: str, week_start: str = "monday") -> datetime:
    """The last microsecond of that second, minute, hour, day, week, month, quarter or year."""
    wall = moment.replace(tzinfo=None)
    if period in _CLOCK:
        last: dict[str, Any] = {part: 999_999 if part == "microsecond" else 59 for part in _CLOCK[period]}
        return _left(wall.replace(**last), _place(moment), moment.fold)
    return _left(_last_day(_first_day(wall, period, week_start), period), _place(moment), fold=1)


def _reached(wall: datetime, place: tzinfo, fold: int = 0) -> datetime:
    """The moment from which on a clock in the zone shows this time or one that is past it."""
    moment = at(wall, place, fold)
    return moment if _shows(moment, wall) else _put_forward(wall, place)


def _left(wall: datetime, place: tzinfo, fold: int) -> datetime:
    """The last moment at which the clock shows this time or one before it."""
    moment = at(wall, place, fold)
    return moment if _shows(moment, wall) else _later(_put_forward(wall.replace(microsecond=0), place), -_SMALLEST)


def _shows(moment: datetime, wall: datetime) -> bool:
    return moment.replace(tzinfo=None) == wall


def _put_forward(skipped: datetime, place: tzinfo) -> datetime:
    """The moment, on a whole second, at which the clock is put past the time that it skips."""
    before, after = (skipped.replace(tzinfo=place, fold=fold).astimezone(UTC) for fold in (1, 0))
    offset = after.astimezone(place).utcoffset()
    seconds = range(int((after - before).total_seconds()) + 1)
    passed = bisect_left(
        seconds, True, key=lambda s: (before + timedelta(seconds=s)).astimezone(place).utcoffset() == offset
    )
    return (before + timedelta(seconds=passed)).astimezone(place)


def _place(moment: datetime) -> tzinfo:
    return moment.tzinfo or UTC


def _later(moment: datetime, length: timedelta) -> datetime:
    """In UTC, for Python adds to what the clock shows."""
    return (moment.astimezone(UTC) + length).astimezone(_place(moment))


def _shifted(wall: datetime, count: int, unit: str) -> datetime:
    if unit in DAYS:
        return wall + timedelta(days=count * DAYS[unit])
    year, month = divmod(wall.year * 12 + wall.month - 1 + count * MONTHS[unit], 12)
    if not 1 <= year <= 9999:
        raise OverflowError
    return wall.replace(year=year, month=month + 1, day=min(wall.day, monthrange(year, month + 1)[1]))


def _whole(start: datetime, end: datetime, unit: str, sign: int) -> int:
    """How many whole units lie between; the calendar tells one too many at most by its clock's changes."""
    if unit in DAYS:
        apart = abs(end.replace(tzinfo=None) - start.replace(tzinfo=None)).days // DAYS[unit]
    else:
        apart = abs((end.year - start.year) * 12 + end.month - start.month) // MONTHS[unit]
    count = apart + 1
    while count and not _is_reached(start, end, sign * count, unit):
        count -= 1
    return count


def _is_reached(start: datetime, end: datetime, count: int, unit: str) -> bool:
    try:
        reached = add(start, count, unit).astimezone(UTC)
    except OverflowError:
        return False
    return reached <= end.astimezone(UTC) if count > 0 else reached >= end.astimezone(UTC)


def _last_day(first: datetime, period: str) -> datetime:
    try:
        return _shifted(first, 1, f"{period}s") - _SMALLEST
    except OverflowError:
        return datetime.max


def _first_day(wall: datetime, period: str, week_start: str) -> datetime:
    midnight = wall.replace(**_MIDNIGHT)
    match period:
        case "week":
            passed = wall.weekday() if week_start == "monday" else wall.isoweekday() % 7
            return midnight - timedelta(days=passed)
        case "month":
            return midnight.replace(day=1)
        case "quarter":
            return midnight.replace(day=1, month=wall.month - (wall.month - 1) % 3)
        case "year":
            return midnight.replace(day=1, month=1)
    return midnight
