"""Date/Time: moments, written as ISO 8601; without an offset they are UTC."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from patterns.cron import next_ticks
from patterns.registry import Choices, pure
from patterns.types import DateTime, Float, PinType, String, iso

DATES = "Date/Time"
UNITS = ("milliseconds", "seconds", "minutes", "hours", "days", "weeks")
Unit = Annotated[str, PinType.ENUM, Choices(*UNITS)]


@pure(DATES, output="Value", is_volatile=True)
def now() -> DateTime:
    """The present moment, in UTC.

    Example: → "2026-07-01T09:30:00.250Z"
    """
    return iso(datetime.now(UTC))


@pure(DATES)
def difference(start: DateTime, end: DateTime, unit: Unit = "seconds") -> Float:
    """How long it is from Start to End, in the Unit; negative where End comes first. A day has 24 hours.

    Example: Start "2026-07-01T09:30:00Z", End "2026-07-01T11:00:00Z", Unit hours → 1.5
    """
    if unit not in UNITS:
        raise ValueError(f"Unit is {unit[:40]!r}, not one of {', '.join(UNITS)}")
    return (_moment(end) - _moment(start)) / timedelta(**{unit: 1})


@pure(DATES, output="Time")
def next_cron_time(schedule: String, after: DateTime, time_zone: String = "UTC") -> DateTime:
    """When a cron expression is next due, later than After, by the clock of the Time Zone.

    Example: Schedule "0 9 * * MON-FRI", After "2026-07-03T12:00:00Z" → "2026-07-06T09:00:00Z"
    """
    found = next_ticks(schedule, time_zone, _moment(after), 1)
    if not found:
        raise ValueError(f"“{schedule[:40]}” is never due after {after}")
    return iso(found[0])


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
