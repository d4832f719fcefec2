"""Dates as text: `write` and `read`, by strftime's directives or by the name of a format (see `forms`)."""

from patterns.datetext.forms import NAMES, WEEKDAYS, BadFormat, NotADate, alternatives, from_unix_time, unix_time
from patterns.datetext.reading import read
from patterns.datetext.writing import write

__all__ = ["NAMES", "WEEKDAYS", "BadFormat", "NotADate", "alternatives", "from_unix_time", "read", "unix_time", "write"]
