"""Date/Time: moments, written as ISO 8601; without an offset they are UTC.

Where a Time Zone is empty, the offset that the date is written with is the clock that counts.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Annotated, NamedTuple
from typing import Any as AnyValue

from patterns import clock, datetext
from patterns.cron import BadCron, BadZone, find_zone, next_ticks
from patterns.registry import Choices, Editor, Rule, ZoneName, pure
from patterns.types import Boolean, ConversionError, DateTime, Float, Integer, PinType, String, Value, iso, show
from patterns.types import to_datetime as checked

DATES = "Date/Time"
TICKS = {
    "seconds": timedelta(seconds=1),
    "milliseconds": timedelta(milliseconds=1),
    "microseconds": timedelta(microseconds=1),
}
Unit = Annotated[str, PinType.ENUM, Choices(*clock.UNITS)]
Period = Annotated[str, PinType.ENUM, Choices(*clock.PERIODS)]
WeekStart = Annotated[str, PinType.ENUM, Choices(*clock.WEEK_STARTS)]
Tick = Annotated[str, PinType.ENUM, Choices(*TICKS)]
Zone = Annotated[str, PinType.STRING, Editor("timeZone"), Rule(find_zone)]
CronText = Annotated[String, Editor("cron")]


class Day(NamedTuple):
    name: String
    number: Integer


def _dates(leads_out: str = "Date", **options: AnyValue) -> Callable[[Callable[..., Value]], Callable[..., Value]]:
    """A pure node of this category that names the pin of an unknown zone, or the one that leads out of the calendar."""

    def add(function: Callable[..., Value]) -> Callable[..., Value]:
        @wraps(function)
        def within_the_calendar(*values: Value, **properties: Value) -> Value:
            try:
                return function(*values, **properties)
            except BadZone as error:
                raise ValueError(f"Time Zone: {error}") from None
            except OverflowError:
                raise ValueError(f"{leads_out} leads outside of the years 1 to 9999") from None

        return pure(DATES, **options)(within_the_calendar)

    return add


@_dates(output="Value", is_volatile=True)
def now(*, time_zone: Zone = "UTC") -> DateTime:
    """The present moment, by the clock of the Time Zone.

    Example: → such as "2026-07-01T09:30:00.250000Z"
    """
    return iso(datetime.now(UTC).astimezone(clock.zone(time_zone)))


@_dates()
def format_date(date: DateTime, format: String = "ISO", time_zone: ZoneName = "") -> String:
    """Date as text in the Format, by the clock of the Time Zone.

    Format is a name (ISO, RFC 3339, RFC 2822, HTTP, Unix, Unix Milliseconds, Date, Time, Date Time, Long, Medium,
    Week Date, Ordinal Date), or a text with directives: %Y year, %m month, %d day, %H hour, %M minute, %S second,
    %L milliseconds, %f microseconds, %I and %p the hour with AM or PM, %A or %a weekday, %B or %b month by name,
    %j day of the year, %G-W%V-%u ISO week and day, %z or %:z offset, %Z zone, %s Unix time, %% a per cent sign.
    %-d is the day without a leading zero. Names are English. HTTP is always in UTC.

    Example: Date "2026-07-01T09:30:00Z", Format "%A, %-d %B %Y, %H:%M", Time Zone "Europe/Berlin"
        → "Wednesday, 1 July 2026, 11:30"
    """
    try:
        return datetext.write(_moment(date, "Date", time_zone), format)
    except datetext.BadFormat as error:
        raise ValueError(f"Format {error}") from None


@_dates("Text")
def parse_date(text: String, format: String = "", time_zone: ZoneName = "UTC") -> DateTime:
    """The moment that Text names; one without an offset is read by the clock of the Time Zone.

    Without a Format, Text may be ISO 8601 (2026-07-01, 2026-07-01T09:30:00+02:00, 2026-W27-3, 2026-182), RFC 2822 (Wed,
    1 Jul 2026 09:30:00 +0200), an HTTP date or a Unix time of ten digits (seconds) or thirteen (milliseconds); nothing
    that could mean two days, such as 01/07/2026, is guessed. Format is a name (ISO, RFC 3339, RFC 2822, HTTP, Unix,
    Unix Milliseconds, Date, Date Time, Long, Medium) or a text with directives as in Format Date; of several with |
    between them the first that fits counts. A time that the clock of the Time Zone skips is moved forward, of one that
    it shows twice the first is meant.

    Example: Text "01.07.2026 11:30", Format "%d.%m.%Y %H:%M", Time Zone "Europe/Berlin" → "2026-07-01T11:30:00+02:00"
    """
    place = clock.zone(time_zone)
    moment = _read(text, format)
    return iso(clock.at(moment, moment.tzinfo or place))


def _read(text: str, form: str) -> datetime:
    problem = ""
    try:
        for one in datetext.alternatives(form):
            try:
                return datetext.read(text, one)
            except datetext.NotADate as error:
                problem = problem or str(error)
    except datetext.BadFormat as error:
        raise ValueError(f"Format {error}") from None
    expected = f"in the Format {show(form)}" if form.strip() else "a date that can be read without a Format"
    raise ValueError(f"Text {show(text)} is not {expected}{': ' if problem else ''}{problem}")


@_dates("Value")
def add_to_date(date: DateTime, value: Float = 1, unit: Unit = "days", time_zone: ZoneName = "") -> DateTime:
    """Date and Value Units later, or earlier where Value is negative.

    Hours and shorter units are time that passes. Days and longer ones are counted on the calendar of the Time Zone and
    keep the time of day, so that a day has 23 or 25 hours where the clock is changed; a time that the clock skips is
    moved forward, of one that it shows twice the first is meant. Months, quarters and years keep the day, or take the
    last of the month where it has no such day.

    Example: Date "2026-01-31T09:30:00Z", Value 1, Unit "months" → "2026-02-28T09:30:00Z"
    """
    _check_choice(unit, clock.UNITS, "Unit")
    if unit not in clock.ELAPSED and value != int(value):
        raise ValueError(f"Value is {value}, but {unit} can only be added whole")
    return iso(clock.add(_moment(date, "Date", time_zone), value, unit))


@_dates()
def difference(start: DateTime, end: DateTime, unit: Unit = "seconds", time_zone: ZoneName = "") -> Float:
    """How many Units have to be added to Start to come to End; negative where End comes first.

    Days and longer units are counted on the calendar of the Time Zone as Add to Date does; without a Time Zone every
    day has 24 hours. A part of a month or year is its share of the one that it is part of.

    Example: Start "2026-07-01T09:30:00Z", End "2026-07-01T11:00:00Z", Unit "hours" → 1.5
    """
    _check_choice(unit, clock.UNITS, "Unit")
    return clock.between(_moment(start, "Start", time_zone), _moment(end, "End", time_zone), unit)


@_dates()
def start_of(
    date: DateTime, unit: Period = "day", time_zone: ZoneName = "", week_start: WeekStart = "monday"
) -> DateTime:
    """The first moment of the Unit around Date, by the clock of the Time Zone: of its day, week, month and so on.

    Example: Date "2026-07-01T09:30:00Z", Unit "month" → "2026-07-01T00:00:00Z"
    """
    _check_period(unit, week_start)
    return iso(clock.start_of(_moment(date, "Date", time_zone), unit, week_start))


@_dates()
def end_of(
    date: DateTime, unit: Period = "day", time_zone: ZoneName = "", week_start: WeekStart = "monday"
) -> DateTime:
    """The last microsecond of the Unit around Date, by the clock of the Time Zone: of its day, week, month and so on.

    Example: Date "2026-07-01T09:30:00Z", Unit "month" → "2026-07-31T23:59:59.999999Z"
    """
    _check_period(unit, week_start)
    return iso(clock.end_of(_moment(date, "Date", time_zone), unit, week_start))


@_dates()
def to_time_zone(date: DateTime, time_zone: ZoneName = "UTC") -> DateTime:
    """The same moment by the clock of the Time Zone: a name such as Europe/Berlin, or an offset such as +02:00.

    Example: Date "2026-07-01T09:30:00Z", Time Zone "Europe/Berlin" → "2026-07-01T11:30:00+02:00"
    """
    return iso(_moment(date, "Date").astimezone(clock.zone(time_zone)))


@_dates(output="Timestamp")
def to_timestamp(date: DateTime, unit: Tick = "seconds") -> Integer:
    """The whole Units from the start of 1970 in UTC until Date (Unix time).

    Example: Date "2026-07-01T09:30:00Z" → 1782898200
    """
    _check_choice(unit, tuple(TICKS), "Unit")
    return datetext.unix_time(_moment(date, "Date"), TICKS[unit])


@_dates()
def from_timestamp(timestamp: Float, unit: Tick = "seconds", time_zone: ZoneName = "UTC") -> DateTime:
    """The moment that many Units after the start of 1970 in UTC (Unix time), by the clock of the Time Zone.

    Example: Timestamp 1782898200 → "2026-07-01T09:30:00Z"
    """
    _check_choice(unit, tuple(TICKS), "Unit")
    place = clock.zone(time_zone)
    try:
        return iso(datetext.from_unix_time(timestamp, TICKS[unit]).astimezone(place))
    except OverflowError:
        raise ValueError(f"Timestamp {show(timestamp)} is outside of the years 1 to 9999, in {unit}") from None


@_dates()
def day_of_week(date: DateTime, time_zone: ZoneName = "") -> Day:
    """The English name of Date's day, and its number by ISO 8601: Monday is 1, Sunday 7.

    Example: Date "2026-07-01T09:30:00Z" → Name "Wednesday", Number 3
    """
    number = _moment(date, "Date", time_zone).isoweekday()
    return Day(datetext.WEEKDAYS[number - 1], number)


@_dates()
def is_before(a: DateTime, b: DateTime) -> Boolean:
    """Whether A is an earlier moment than B, whatever the offsets they are written with.

    Example: A "2026-07-01T09:30:00Z", B "2026-07-01T11:00:00+02:00" → false
    """
    return _moment(a, "A") < _moment(b, "B")


@_dates()
def is_after(a: DateTime, b: DateTime) -> Boolean:
    """Whether A is a later moment than B, whatever the offsets they are written with.

    Example: A "2026-07-01T09:30:00Z", B "2026-07-01T11:00:00+02:00" → true
    """
    return _moment(a, "A") > _moment(b, "B")


@_dates(output="Time")
def next_cron_time(schedule: CronText, after: DateTime, time_zone: ZoneName = "UTC") -> DateTime:
    """When a cron expression is next due, later than After, by the clock of the Time Zone.

    Example: Schedule "0 9 * * MON-FRI", After "2026-07-03T12:00:00Z" → "2026-07-06T09:00:00Z"
    """
    try:
        found = next_ticks(schedule, time_zone, _moment(after, "After"), 1)
    except BadCron as error:
        raise ValueError(f"Schedule: {error}") from None
    if not found:
        raise ValueError(f"Schedule “{schedule[:40]}” is never due after {after}")
    return iso(found[0])


def _moment(value: Value, label: str, time_zone: str = "") -> datetime:
    try:
        moment = datetime.fromisoformat(checked(value))
    except ConversionError as error:
        raise ValueError(f"{label}: {error}") from None
    try:
        return moment.astimezone(clock.zone(time_zone)) if time_zone else moment
    except OverflowError:
        raise ValueError(f"{label} is outside of the years 1 to 9999 in the Time Zone {time_zone}") from None


def _check_period(unit: str, week_start: str) -> None:
    _check_choice(unit, clock.PERIODS, "Unit")
    _check_choice(week_start, clock.WEEK_STARTS, "Week Start")


def _check_choice(value: str, choices: tuple[str, ...], label: str) -> None:
    if value not in choices:
        raise ValueError(f"{label} is {show(value)}, not one of {', '.join(choices)}")
