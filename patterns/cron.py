"""When a cron expression is due, in a time zone and through every change of its clock.

The five fields are those of crontab(5), names and 0 or 7 for Sunday included; where neither day field begins with `*`,
a day that satisfies either is meant. Changes of the clock by up to three hours are treated as Debian's cron(8) says:

- An expression whose minute and hour both begin with something else than `*` names times of day. A time that the clock
  skips comes at once after the gap; a time that it repeats comes the first time only.
- Any other follows time as it passes: nothing is due in a gap, and a repeated hour is two hours.

A day that a zone skips whole is gone: cron takes a longer change for a correction, and makes up for nothing.

cronsim does the calendar alone, on wall times. Left to handle zones, it loses ticks where the clock changes by half an
hour.
"""

import re
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from functools import cache
from itertools import islice
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError

MAX_CHARACTERS = 200
LONGEST_CHANGE = timedelta(hours=3)
EXAMPLE = "0 9 * * MON-FRI"
FIELDS = {
    "minute": "0 to 59",
    "hour": "0 to 23",
    "day-of-month": "1 to 31",
    "month": "1 to 12 or JAN to DEC",
    "day-of-week": "0 to 7 or SUN to SAT, 0 and 7 being Sunday",
}
_LONE_RANGE = re.compile(r"\b(\d+)-\1/[1-9]\d*\b")  # “5-5/2” is 5; cronsim takes it for “5/2”, from 5 to the end
_ORDINALS = {"1th": "1st", "2th": "2nd", "3th": "3rd"}
_LEAP_YEAR = datetime(2000, 1, 1)


class BadCron(ValueError):
    """Not a cron expression, or one that no moment satisfies; the message says what to write."""


class NeverDue(BadCron):
    """A cron expression that no moment satisfies."""


class BadZone(ValueError):
    """Not the name of a time zone."""


def ticks(expression: str, zone: str, after: datetime) -> Iterator[datetime]:
    """The moments in UTC at which the expression is due, in order, all of them later than `after`.

    Ends where nothing comes within fifty years. Raises BadCron and BadZone when it is called.
    """
    place = find_zone(zone)
    try:
        walls = _wall_times(expression, _wall_before(after.astimezone(UTC), place))
    except NeverDue:
        return iter(())
    except OverflowError:
        raise BadCron("the time to start from is out of the calendar") from None
    found = _each_once(walls, place) if _names_times_of_day(expression) else _as_time_passes(walls, place)
    return _rising(found, after.astimezone(UTC))


def next_ticks(expression: str, zone: str, after: datetime, count: int) -> list[datetime]:
    """The first `count` ticks, or fewer where there are no more."""
    return list(islice(ticks(expression, zone, after), count))


def check_cron(expression: str) -> None:
    """Raises BadCron unless the expression is one that comes due."""
    if next(_wall_times(expression, _LEAP_YEAR), None) is None:
        raise NeverDue("no day is one that it asks for, so that it would never be due")


def describe(expression: str) -> str:
    """The expression in English: “At 09:00 on Monday through Friday”."""
    text = CronSim(expression, _LEAP_YEAR).explain()
    return re.sub(r"(?<=[2-5])[123]th\b", lambda found: _ORDINALS[found[0]], text)


def find_zone(name: str) -> ZoneInfo:
    """The zone of this name. Raises BadZone."""
    if name in zone_names():
        return ZoneInfo(name)
    near = get_close_matches(name[:64], zone_names(), n=1)
    hint = f"did you mean {near[0]}?" if near else "write a name such as UTC or Europe/Berlin"
    raise BadZone(f"there is no time zone “{name[:64]}”; {hint}")


@cache
def zone_names() -> frozenset[str]:
    return frozenset(available_timezones()) - {"localtime"}  # which is another on every machine


def _wall_times(expression: str, after: datetime) -> Iterator[datetime]:
    """What a clock on a wall shows whenever the expression is due. Raises BadCron."""
    fields = expression[: MAX_CHARACTERS + 1].split()
    if len(fields) != len(FIELDS):
        given = "is empty" if not fields else f"has {len(fields)} fields" if len(fields) != 1 else "has one field"
        raise BadCron(f"it {given}; write five: minute, hour, day of month, month, day of week, such as {EXAMPLE}")
    if len(expression) > MAX_CHARACTERS:
        raise BadCron(f"it has {len(expression):,} characters; the limit is {MAX_CHARACTERS}")
    try:
        return CronSim(_LONE_RANGE.sub(r"\1", expression), after)
    except CronSimError as error:
        raise _refusal(fields, str(error)) from None


def _refusal(fields: list[str], problem: str) -> BadCron:
    names = list(FIELDS)
    name = problem.removeprefix("Bad ")
    if name not in FIELDS:
        return BadCron(problem)
    if name == "day-of-month" and _is_sound([*fields[:3], "*", fields[4]]):
        return NeverDue(f"no month “{fields[3]}” has a day “{fields[2]}”, so that it would never be due")
    field = fields[names.index(name)]
    takes = f"{FIELDS[name]}; *, lists such as 1,3, ranges such as 1-5 and steps such as */2"
    return BadCron(f"the {name.replace('-', ' ')} “{field}” is not one; it takes {takes}")


def _is_sound(fields: list[str]) -> bool:
    try:
        CronSim(" ".join(fields), _LEAP_YEAR)
    except CronSimError:
        return False
    return True


def _names_times_of_day(expression: str) -> bool:
    minute, hour, *_ = expression.split()
    return not minute.startswith("*") and not hour.startswith("*")


def _wall_before(after: datetime, place: ZoneInfo) -> datetime:
    """A wall time that no later tick comes before: earlier by as much as the clock is about to be put back."""
    now, soon = after.astimezone(place), (after + timedelta(days=1)).astimezone(place)
    put_back = (now.utcoffset() or timedelta()) - (soon.utcoffset() or timedelta())
    return now.replace(tzinfo=None, fold=0) - max(put_back, timedelta())


def _each_once(walls: Iterator[datetime], place: ZoneInfo) -> Iterator[datetime]:
    for wall in walls:
        first, second = _readings(wall, place)
        if first <= second:
            yield first
        elif first - second < LONGEST_CHANGE:
            yield _end_of_gap(second, first, place)


def _as_time_passes(walls: Iterator[datetime], place: ZoneInfo) -> Iterator[datetime]:
    again: deque[datetime] = deque()  # of the repeated times, their second coming
    for wall in walls:
        first, second = _readings(wall, place)
        while again and again[0] < first:
            yield again.popleft()
        if first <= second:
            yield first
        if first < second:
            again.append(second)
    yield from again


def _readings(wall: datetime, place: ZoneInfo) -> tuple[datetime, datetime]:
    """The moments of a wall time: one twice; two in order where the clock repeats it; in disorder where it skips it."""
    local = wall.replace(tzinfo=place)
    return local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)


def _end_of_gap(before: datetime, after: datetime, place: ZoneInfo) -> datetime:
    """The moment in (before, after] at which the clock was put forward."""
    low, high = int(before.timestamp()), int(after.timestamp())
    offset = after.astimezone(place).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, place).utcoffset() == offset:
            high = middle
        else:
            low = middle
    return datetime.fromtimestamp(high, UTC)


def _rising(found: Iterator[datetime], after: datetime) -> Iterator[datetime]:
    """What is later than all before it, as long as the calendar goes on."""
    try:
        for moment in found:
            if moment > after:
                yield moment
                after = moment
    except OverflowError:
        return
