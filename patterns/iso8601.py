"""Reading ISO 8601 texts: the forms that people and programs write, and RFC 3339 entire.

A date is a calendar date (2026-07-01, 20260701), its month alone (2026-07, the first of it), a week date (2026-W27-3,
or 2026-W27, its Monday) or an ordinal date (2026-182). A time follows behind a T or one space, to the hour, minute or
second; an offset behind the time. What is finer than a microsecond is dropped. 24:00 is midnight at the end of the day,
and a leap second the second after it, as in Unix time. Years have four digits, from 0001 to 9999.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

_DAY = timedelta(days=1)
_TEXT = re.compile(r"([^Tt ]{7,10})(?:[Tt ](.+))?")
_TIME = re.compile(r"([0-9]{2})(?:(:?)([0-9]{2})(?:\2([0-9]{2})(?:[.,]([0-9]+))?)?)?([Zz+-].*)?")
_OFFSET = re.compile(r"[Zz]|([+-])([0-9]{2})(?:(:?)([0-9]{2})(?:\3([0-9]{2}))?)?")


class NotIso(ValueError):
    """The text has another form, or names a day or time that there is none of; then the message says which."""


def parse(text: str) -> datetime:
    """The moment of an ISO 8601 text, without a time zone where it has no offset. Raises NotIso."""
    found = _TEXT.fullmatch(text)
    if not found:
        raise NotIso
    try:
        return _moment(_date(found[1]), found[2] or "00")
    except OverflowError:
        raise NotIso("it is outside of the years 1 to 9999") from None


def offset(text: str) -> tzinfo:
    """The zone of an offset such as Z, +02, +0200, +02:00 or +00:53:28. Raises NotIso."""
    found = _OFFSET.fullmatch(text)
    if not found:
        raise NotIso
    hours, minutes, seconds = (int(found[part] or 0) for part in (2, 4, 5))
    if hours > 23 or minutes > 59 or seconds > 59:
        raise NotIso(f"{text} is no offset from UTC")
    length = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return timezone(-length if found[1] == "-" else length) if length else UTC


def microseconds(digits: str) -> int:
    """The microseconds of the digits behind a decimal point."""
    return int(digits[:6].ljust(6, "0"))


def _date(text: str) -> date:
    for form, read in _DATES:
        if found := form.fullmatch(text):
            try:
                return read(found)
            except ValueError as error:
                raise NotIso(str(error)) from None
    raise NotIso


def _calendar(found: re.Match[str]) -> date:
    return date(int(found[1]), int(found[3]), int(found[4]))


def _month(found: re.Match[str]) -> date:
    return date(int(found[1]), int(found[2]), 1)


def _week(found: re.Match[str]) -> date:
    return date.fromisocalendar(int(found[1]), int(found[3]), int(found[4] or 1))


def _ordinal(found: re.Match[str]) -> date:
    return ordinal(int(found[1]), int(found[2]))


def ordinal(year: int, number: int) -> date:
    """Day `number`, from 1, of the year. Raises ValueError."""
    first = date(year, 1, 1)
    if not 1 <= number <= date(year, 12, 31).timetuple().tm_yday:
        raise ValueError(f"the year {year} has no day {number}")
    return first + (number - 1) * _DAY


_DATES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], date]], ...] = (
    (re.compile(r"([0-9]{4})(-?)([0-9]{2})\2([0-9]{2})"), _calendar),
    (re.compile(r"([0-9]{4})-([0-9]{2})"), _month),
    (re.compile(r"([0-9]{4})(-?)W([0-9]{2})(?:\2([0-9]))?"), _week),
    (re.compile(r"([0-9]{4})-([0-9]{3})"), _ordinal),
)


def _moment(day: date, text: str) -> datetime:
    found = _TIME.fullmatch(text)
    if not found:
        raise NotIso
    zone = offset(found[6]) if found[6] else None
    hour, minute, second = (int(found[part] or 0) for part in (1, 3, 4))
    fraction = microseconds(found[5] or "")
    if (hour, minute, second, fraction) == (24, 0, 0, 0):
        return _in_calendar(datetime.combine(day, time(tzinfo=zone)) + _DAY)
    try:
        moment = datetime.combine(day, time(hour, minute, min(second, 59), fraction, zone))
    except ValueError as error:
        raise NotIso(str(error)) from None
    return _in_calendar(moment if second < 60 else _after_leap_second(moment, second))


def _after_leap_second(moment: datetime, second: int) -> datetime:
    minute = _in_calendar(moment)
    if minute.tzinfo:
        minute = minute.astimezone(UTC)
    if second > 60 or (minute.hour, minute.minute) != (23, 59):
        raise NotIso("second must be in 0..59, or 60 for a leap second at 23:59 in UTC")
    return moment + timedelta(seconds=1)


def _in_calendar(moment: datetime) -> datetime:
    """`moment`, if it has a date in UTC too. Raises OverflowError."""
    if moment.tzinfo:
        moment.astimezone(UTC)
    return moment
