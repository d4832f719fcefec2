"""Writing a moment as text."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from patterns.datetext.forms import (
    DIRECTIVE,
    MONTHS,
    PATTERNS,
    SHORTHANDS,
    WEEKDAYS,
    check,
    plain,
    unix_time,
    unknown_directive,
    unknown_name,
)
from patterns.types import iso


def write(moment: datetime, form: str) -> str:
    """The moment in the format: a text with directives, or a name (`NAMES`). Raises BadFormat."""
    check(form)
    if named := _WRITTEN.get(plain(form)):
        return named(moment)
    pattern = PATTERNS.get(plain(form), form)
    if "%" not in pattern:
        raise unknown_name(form)
    return DIRECTIVE.sub(lambda found: _written(found, moment), pattern)


def _written(found: re.Match[str], moment: datetime) -> str:
    flag, letter = found[1], found[2]
    if letter in SHORTHANDS and not flag:
        return DIRECTIVE.sub(lambda inner: _written(inner, moment), SHORTHANDS[letter])
    if letter in _NUMBERS:
        text = _NUMBERS[letter](moment)
        return text.lstrip("0 ") or "0" if flag else text
    if letter in _WORDS and not flag:
        return _WORDS[letter](moment)
    raise unknown_directive(found[0])


def _week(first_weekday: int) -> Callable[[datetime], str]:
    """The week of the year by C's %U and %W: days before the year's first Sunday or Monday are in week 00."""

    def number(moment: datetime) -> str:
        passed = (moment.weekday() - first_weekday) % 7
        return f"{(moment.timetuple().tm_yday + 6 - passed) // 7:02}"

    return number


def _offset(moment: datetime, colon: str) -> str:
    """As +0200 or +02:00; with seconds where there are any, as before the time of railways."""
    seconds = round((moment.utcoffset() or timedelta()).total_seconds())
    hours, rest = divmod(abs(seconds), 3600)
    text = f"{'-' if seconds < 0 else '+'}{hours:02}{colon}{rest // 60:02}"
    return f"{text}{colon}{rest % 60:02}" if rest % 60 else text


def _zone_name(moment: datetime) -> str:
    name = moment.tzname() or ""
    return _offset(moment, ":") if name.startswith("UTC") and name != "UTC" else name


_NUMBERS: Mapping[str, Callable[[datetime], str]] = {
    "Y": lambda moment: f"{moment.year:04}",
    "y": lambda moment: f"{moment.year % 100:02}",
    "m": lambda moment: f"{moment.month:02}",
    "d": lambda moment: f"{moment.day:02}",
    "e": lambda moment: f"{moment.day:>2}",
    "j": lambda moment: f"{moment.timetuple().tm_yday:03}",
    "H": lambda moment: f"{moment.hour:02}",
    "I": lambda moment: f"{(moment.hour + 11) % 12 + 1:02}",
    "M": lambda moment: f"{moment.minute:02}",
    "S": lambda moment: f"{moment.second:02}",
    "f": lambda moment: f"{moment.microsecond:06}",
    "L": lambda moment: f"{moment.microsecond // 1000:03}",
    "u": lambda moment: str(moment.isoweekday()),
    "w": lambda moment: str(moment.isoweekday() % 7),
    "G": lambda moment: f"{moment.isocalendar().year:04}",
    "V": lambda moment: f"{moment.isocalendar().week:02}",
    "U": _week(6),
    "W": _week(0),
}
_WORDS: Mapping[str, Callable[[datetime], str]] = {
    "A": lambda moment: WEEKDAYS[moment.weekday()],
    "a": lambda moment: WEEKDAYS[moment.weekday()][:3],
    "B": lambda moment: MONTHS[moment.month - 1],
    "b": lambda moment: MONTHS[moment.month - 1][:3],
    "p": lambda moment: "AM" if moment.hour < 12 else "PM",
    "s": lambda moment: str(unix_time(moment, timedelta(seconds=1))),
    "z": lambda moment: _offset(moment, ""),
    ":z": lambda moment: _offset(moment, ":"),
    "Z": _zone_name,
    "%": lambda moment: "%",
}


def _whole_minutes(moment: datetime) -> datetime:
    """The same moment in UTC where its own offset has seconds, which the RFCs on mail and the Internet cannot write."""
    return moment.astimezone(UTC) if (moment.utcoffset() or timedelta()).seconds % 60 else moment


_WRITTEN: Mapping[str, Callable[[datetime], str]] = {
    "iso": iso,
    "rfc3339": lambda moment: iso(_whole_minutes(moment)),
    "rfc2822": lambda moment: format_datetime(_whole_minutes(moment)),
    "http": lambda moment: format_datetime(moment.astimezone(UTC), usegmt=True),
    "unix": lambda moment: str(unix_time(moment, timedelta(seconds=1))),
    "unixmilliseconds": lambda moment: str(unix_time(moment, timedelta(milliseconds=1))),
}
