"""Dates as text: written and read by strftime's directives, or by the name of a format.

The names of days and months are English and every directive means the same on every machine; those that depend on
where the program runs (%c, %x, %X) are not among them.
"""

import re
from datetime import UTC, datetime, timedelta

from patterns.types import show

MAX_FORMAT = 1_000
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
DIRECTIVE = re.compile(r"%(-?)(:?.?)", re.DOTALL)
SHORTHANDS = {"F": "%Y-%m-%d", "T": "%H:%M:%S", "R": "%H:%M", "D": "%m/%d/%y", "h": "%b", "n": "\n", "t": "\t"}
ALL_DIRECTIVES = (
    "%a %A %b %B %d %D %e %f %F %G %h %H %I %j %L %m %M %n %p %R %s %S %t %T %u %U %V %w %W %y %Y %z %:z %Z %%"
)
PATTERNS = {
    "date": "%Y-%m-%d",
    "time": "%H:%M:%S",
    "datetime": "%Y-%m-%d %H:%M:%S",
    "long": "%A, %-d %B %Y, %H:%M",
    "medium": "%-d %b %Y, %H:%M",
    "weekdate": "%G-W%V-%u",
    "ordinaldate": "%Y-%j",
}
NAMES = (
    "ISO",
    "RFC 3339",
    "RFC 2822",
    "HTTP",
    "Unix",
    "Unix Milliseconds",
    "Date",
    "Time",
    "Date Time",
    "Long",
    "Medium",
    "Week Date",
    "Ordinal Date",
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BadFormat(ValueError):
    """Not a format; the message says why."""


class NotADate(ValueError):
    """The text is no date in this format; the message may say why."""


def unix_time(moment: datetime, unit: timedelta) -> int:
    """The whole units since the start of 1970 in UTC."""
    return (moment.astimezone(UTC) - _EPOCH) // unit


def from_unix_time(count: float, unit: timedelta) -> datetime:
    """The moment, in UTC, to the nearest microsecond. Raises OverflowError."""
    return _EPOCH + count * unit


def check(form: str) -> None:
    """Raises BadFormat where the format is too long."""
    if len(form) > MAX_FORMAT:
        raise BadFormat(f"has more than {MAX_FORMAT:,} characters")


def plain(form: str) -> str:
    """The name in small letters and without what may stand between its words; "" for a text with directives."""
    return re.sub(r"[\s_-]", "", form).lower() if "%" not in form else ""


def unknown_name(form: str) -> BadFormat:
    return BadFormat(f"{show(form)} is neither one of {', '.join(NAMES)} nor a text with directives such as %Y-%m-%d")


def unknown_directive(directive: str) -> BadFormat:
    return BadFormat(f"has the unknown directive {directive!r}; there are {ALL_DIRECTIVES}")


def alternatives(form: str) -> list[str]:
    """The formats of a text that has | between them. Raises BadFormat."""
    check(form)
    return [part.strip() for part in form.split("|")]
