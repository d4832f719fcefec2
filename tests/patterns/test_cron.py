"""When cron expressions are due: checked tick for tick against another program, and against a clock that is watched."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from crondst import CronDst
from hypothesis import given, settings
from hypothesis import strategies as st

from patterns.cron import BadCron, BadZone, check_cron, describe, find_zone, next_ticks, ticks

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def local(zone: str, expression: str, after: str, count: int) -> list[str]:
    """The next ticks as the zone's clock shows them; `after` is of that clock, too."""
    place = ZoneInfo(zone)
    began = datetime.fromisoformat(after)
    began = began if began.tzinfo else began.replace(tzinfo=place)
    return [f"{t.astimezone(place):%d %H:%M %z}" for t in next_ticks(expression, zone, began, count)]


# --- Without a change of the clock ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("*/20 * * * *", ["01 00:20 +0000", "01 00:40 +0000", "01 01:00 +0000"]),
        ("0 9 * * mon-fri", ["01 09:00 +0000", "02 09:00 +0000", "05 09:00 +0000"]),
        ("0 0 * * 0", ["04 00:00 +0000", "11 00:00 +0000", "18 00:00 +0000"]),
        ("0 0 * * 7", ["04 00:00 +0000", "11 00:00 +0000", "18 00:00 +0000"]),
        ("0 0 * * SUN", ["04 00:00 +0000", "11 00:00 +0000", "18 00:00 +0000"]),
        ("0 0 13 * FRI", ["02 00:00 +0000", "09 00:00 +0000", "13 00:00 +0000"]),
        ("0 0 */10 * FRI", ["01 00:00 +0000", "11 00:00 +0000", "01 00:00 +0000"]),
        ("30 4 1,15 JAN-MAR/2 *", ["01 04:30 +0000", "15 04:30 +0000", "01 04:30 +0000"]),
        ("0 0 31 * *", ["31 00:00 +0000", "31 00:00 +0000", "31 00:00 +0000"]),
    ],
)
def test_expression_is_due_as_cron_reads_it(expression: str, expected: list[str]) -> None:
    began = "2026-01-01T00:00" if "*/10" not in expression else "2025-12-31T00:00"
    if "*/10" in expression:  # a star makes both day fields count
        assert all(t.weekday() == 4 and t.day in (1, 11, 21, 31) for t in _ticks(expression, "UTC", began, 5))
    else:
        assert local("UTC", expression, began, 3) == expected


def _ticks(expression: str, zone: str, after: str, count: int) -> list[datetime]:
    return next_ticks(expression, zone, datetime.fromisoformat(after).replace(tzinfo=UTC), count)


def test_ticks_come_later_than_the_moment_they_are_asked_for() -> None:
    due = datetime(2026, 1, 1, 9, tzinfo=UTC)
    assert next_ticks("0 9 * * *", "UTC", due, 1) == [due + DAY]
    assert next_ticks("0 9 * * *", "UTC", due - timedelta(microseconds=1), 1) == [due]


@pytest.mark.parametrize("expression", ["0 0 30 2 *", "0 0 31 APR,JUN,SEP,NOV *", "0 0 31 2-4/2 *"])
def test_expression_that_is_never_due_has_no_ticks(expression: str) -> None:
    assert _ticks(expression, "Europe/London", "2026-01-01", 1) == []
    with pytest.raises(BadCron, match=r"no month “.*” has a day “.*”, so that it would never be due"):
        check_cron(expression)


def test_expression_that_is_rarely_due_is_found() -> None:
    assert [t.year for t in _ticks("0 0 29 2 *", "UTC", "2096-03-01", 2)] == [2104, 2108]
    assert [t.year for t in _ticks("0 0 * 2 MON#5", "UTC", "2026-01-01", 1)] == [2044]


def test_ticks_end_with_the_calendar() -> None:
    last = datetime(9999, 12, 29, 23, 58, tzinfo=UTC)
    assert len(list(ticks("* * * * *", "Asia/Kolkata", last))) < 3 * 24 * 60
    for edge in (datetime.max, datetime.min):
        with pytest.raises(BadCron, match="out of the calendar"):
            ticks("* * * * *", "America/New_York", edge.replace(tzinfo=UTC))


# --- The clock put forward, and back ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("zone", "expression", "after", "expected"),
    [
        # A skipped time of day comes at once after the gap, and only once.
        ("America/New_York", "30 2 * * *", "2026-03-07T12:00", ["08 03:00 -0400", "09 02:30 -0400"]),
        ("America/New_York", "0,30 2,3 * * *", "2026-03-08T00:00", ["08 03:00 -0400", "08 03:30 -0400"]),
        ("Europe/London", "15 1 * * *", "2026-03-28T12:00", ["29 02:00 +0100", "30 01:15 +0100"]),
        ("America/Sao_Paulo", "0 0 * * *", "2018-11-03T12:00", ["04 01:00 -0200", "05 00:00 -0200"]),
        ("Australia/Lord_Howe", "10 2 * * *", "2026-10-03T12:00", ["04 02:30 +1100", "05 02:10 +1100"]),
        # A repeated time of day comes the first time only, also when asked in between.
        ("America/New_York", "30 1 * * *", "2026-10-31T12:00", ["01 01:30 -0400", "02 01:30 -0500"]),
        ("America/New_York", "30 1 * * *", "2026-11-01T01:45-04:00", ["02 01:30 -0500", "03 01:30 -0500"]),
        ("America/New_York", "30 1 * * *", "2026-11-01T01:10-05:00", ["02 01:30 -0500", "03 01:30 -0500"]),
        ("Australia/Lord_Howe", "45 1 * * *", "2026-04-04T12:00", ["05 01:45 +1100", "06 01:45 +1030"]),
        # What is due every so often follows time as it passes.
        ("America/New_York", "*/30 * * * *", "2026-03-08T01:00", ["08 01:30 -0500", "08 03:00 -0400"]),
        ("America/New_York", "0 * * * *", "2026-11-01T00:30", ["01 01:00 -0400", "01 01:00 -0500", "01 02:00 -0500"]),
        ("America/New_York", "*/30 1 * * *", "2026-11-01T01:30-04:00", ["01 01:00 -0500", "01 01:30 -0500"]),
        ("America/New_York", "*/30 2 * * *", "2026-03-07T12:00", ["09 02:00 -0400", "09 02:30 -0400"]),
        ("Australia/Lord_Howe", "30 * * * *", "2026-10-04T01:00", ["04 01:30 +1030", "04 02:30 +1100"]),
        ("Australia/Lord_Howe", "*/10 3 * * *", "2026-10-03T12:00", ["04 03:00 +1100", "04 03:10 +1100"]),
        # The clock is put back for Ramadan.
        ("Africa/Casablanca", "30 2 * * *", "2026-02-14T12:00", ["15 02:30 +0100", "16 02:30 +0000"]),
        # A day that a zone skips whole is gone.
        ("Pacific/Apia", "0 9 * * *", "2011-12-28T12:00", ["29 09:00 -1000", "31 09:00 +1400"]),
        ("Asia/Kolkata", "30 5 * * *", "2026-03-28T12:00", ["29 05:30 +0530", "30 05:30 +0530"]),
    ],
)
def test_change_of_the_clock_is_treated_as_cron_treats_it(
    zone: str, expression: str, after: str, expected: list[str]
) -> None:
    assert local(zone, expression, after, len(expected)) == expected


ZONES = (
    "America/New_York",
    "Europe/London",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "America/Sao_Paulo",
    "Africa/Casablanca",
    "Pacific/Apia",
)
OVER_YEARS = ("30 2 * * *", "0 2,3 * * *", "59 23 * * *", "0 */6 * * *", "30 * * * sun", "0 0 29 2 *", "5 0 13 * fri")
LOST_DAY = datetime(2011, 12, 30, 10, tzinfo=UTC), datetime(2011, 12, 31, 10, tzinfo=UTC)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("expression", OVER_YEARS)
def test_ticks_of_twenty_years_are_those_of_another_program(zone: str, expression: str) -> None:
    """CronDst, which is made after Vixie cron. It makes up for the day that Apia skipped; cron(8) says not to."""
    began, end = datetime(2008, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
    theirs = takewhile(lambda due: due < end, CronDst(expression).iter(began.astimezone(ZoneInfo(zone))))
    ours = takewhile(lambda due: due < end, ticks(expression, zone, began))
    assert _but_lost_day(ours, zone) == _but_lost_day((due.astimezone(UTC) for due in theirs), zone)


def _but_lost_day(found: Iterator[datetime], zone: str) -> list[datetime]:
    return [due for due in found if zone != "Pacific/Apia" or not LOST_DAY[0] <= due <= LOST_DAY[1]]


# --- A clock that is watched, minute by minute ------------------------------------------------------------------------
CHANGES = [
    *(("America/New_York", day) for day in ("2026-03-08", "2026-11-01")),
    *(("Europe/London", day) for day in ("2026-03-29", "2026-10-25")),
    *(("Australia/Lord_Howe", day) for day in ("2026-04-05", "2026-10-04")),
    *(("America/Sao_Paulo", day) for day in ("2018-02-18", "2018-11-04")),
    *(("Africa/Casablanca", day) for day in ("2026-02-15", "2026-03-22")),
    *(("Antarctica/Troll", day) for day in ("2026-03-29", "2026-10-25")),  # by two hours
    *(("Asia/Gaza", day) for day in ("2011-04-01", "2011-08-01")),  # at one minute past midnight
    ("Asia/Kolkata", "2026-03-29"),
    ("Pacific/Apia", "2011-12-30"),
]
BOUNDS = {"minute": (0, 59), "hour": (0, 23), "day": (1, 31), "month": (1, 12), "weekday": (0, 7)}
Field = tuple[str, frozenset[int]]


@st.composite
def fields(draw: Any, name: str) -> Field:
    """A field as it is written, and the values that it means."""
    low, high = BOUNDS[name]
    one, other = sorted((draw(st.integers(low, high)), draw(st.integers(low, high))))
    step = draw(st.integers(1, 12))
    written: list[Field] = [
        ("*", frozenset(range(low, high + 1))),
        (f"*/{step}", frozenset(range(low, high + 1, step))),
        (f"{one}", frozenset({one})),
        (f"{one},{other}", frozenset({one, other})),
        (f"{one}-{other}", frozenset(range(one, other + 1))),
        (f"{one}-{other}/{step}", frozenset(range(one, other + 1, step))),
    ]
    return draw(st.sampled_from(written))


def watched(zone: str, began: datetime, end: datetime, crontab: dict[str, Field]) -> list[datetime]:
    """When a daemon that looks at the clock each minute, by the rules of cron(8), runs the job."""
    place, due = ZoneInfo(zone), []
    is_wild = crontab["minute"][0].startswith("*") or crontab["hour"][0].startswith("*")
    seen = began.astimezone(place).replace(tzinfo=None)
    moment = began + MINUTE
    while moment <= end:
        shown = moment.astimezone(place).replace(tzinfo=None)
        is_correction = abs(shown - seen) > 3 * HOUR
        first = shown if is_wild or is_correction else seen + MINUTE
        if any(_matches(crontab, minute) for minute in _minutes(first, shown)):
            due.append(moment)
        seen = shown if is_wild or is_correction else max(seen, shown)
        moment += MINUTE
    return due


def _minutes(first: datetime, last: datetime) -> Iterator[datetime]:
    while first <= last:
        yield first
        first += MINUTE


def _matches(crontab: dict[str, Field], shown: datetime) -> bool:
    if shown.minute not in crontab["minute"][1] or shown.hour not in crontab["hour"][1]:
        return False
    day = shown.day in crontab["day"][1]
    weekday = bool({shown.isoweekday(), shown.isoweekday() % 7} & crontab["weekday"][1])
    has_star = crontab["day"][0].startswith("*") or crontab["weekday"][0].startswith("*")
    return shown.month in crontab["month"][1] and ((day and weekday) if has_star else (day or weekday))


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(CHANGES),
    st.fixed_dictionaries({name: fields(name) for name in ("minute", "hour")}),
    st.fixed_dictionaries({name: st.just(("*", frozenset(range(32)))) | fields(name) for name in ("day", "weekday")}),
    st.integers(0, 1439),
)
def test_ticks_around_a_change_are_those_of_a_watched_clock(
    change: tuple[str, str], times: dict[str, Field], days: dict[str, Field], start: int
) -> None:
    zone, day = change
    crontab = {**times, **days, "month": ("*", frozenset(range(1, 13)))}
    began = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) - DAY + start * MINUTE
    end = began + 2 * DAY
    expression = " ".join(crontab[name][0] for name in BOUNDS)
    found = list(takewhile(lambda due: due <= end, ticks(expression, zone, began)))
    assert found == [due for due in watched(zone, began - DAY, end, crontab) if due > began]


@settings(max_examples=100, deadline=None)
@given(
    st.fixed_dictionaries({name: fields(name) for name in BOUNDS}),
    st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)),
)
def test_tick_that_is_found_matches_the_expression(crontab: dict[str, Field], after: datetime) -> None:
    expression = " ".join(crontab[name][0] for name in BOUNDS)
    for due in next_ticks(expression, "UTC", after.replace(tzinfo=UTC), 3):
        assert _matches(crontab, due.replace(tzinfo=None))


# --- What is refused --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("", "it is empty; write five: minute, hour, day of month, month, day of week, such as 0 9"),
        ("@daily", "it has one field; write five"),
        ("* * * *", "it has 4 fields; write five"),
        ("0 * * * * *", "it has 6 fields; write five"),
        ("60 * * * *", "the minute “60” is not one; it takes 0 to 59"),
        ("* 24 * * *", "the hour “24” is not one; it takes 0 to 23"),
        ("* * 0 * *", "the day of month “0” is not one; it takes 1 to 31"),
        ("* * * 13 *", "the month “13” is not one; it takes 1 to 12 or JAN to DEC"),
        ("* * * * MONDAY", "the day of week “MONDAY” is not one; it takes 0 to 7 or SUN to SAT"),
        ("*/0 * * * *", "the minute “\\*/0” is not one"),
        ("5-1 * * * *", "the minute “5-1” is not one"),
        ("1,,2 * * * *", "the minute “1,,2” is not one"),
        ("٣ * * * *", "the minute “٣” is not one"),
        ("-1 * * * *", "the minute “-1” is not one"),
        ("* * * * *" + " " * 200, "it has 209 characters; the limit is 200"),
        ("0," * 400 + "0 * * * *", "it has one field"),
        ("\x00 * * * *", "the minute “\x00” is not one"),
    ],
)
def test_bad_expression_is_refused_with_what_to_write(expression: str, message: str) -> None:
    for refuses in (check_cron, lambda text: ticks(text, "UTC", datetime(2026, 1, 1, tzinfo=UTC))):
        with pytest.raises(BadCron, match=message):
            refuses(expression)


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("0123456789*/-,#LW MONJAN\t"), max_size=30) | st.text(max_size=30))
def test_any_text_is_an_expression_or_refused(text: str) -> None:
    try:
        check_cron(text)
    except BadCron as error:
        assert str(error)
    else:
        assert next_ticks(text, "Europe/London", datetime(2026, 1, 1, tzinfo=UTC), 1)
        assert describe(text)


@pytest.mark.parametrize(
    "name", ["", "utc", "America", "../UTC", "/etc/passwd", "localtime", "right/UTC", "x" * 999, "\x00"]
)
def test_name_of_no_zone_is_refused(name: str) -> None:
    with pytest.raises(BadZone, match=r"there is no time zone “.*”; (did you mean|write a name such as UTC)"):
        find_zone(name)


def test_misspelt_zone_is_answered_with_the_nearest() -> None:
    with pytest.raises(BadZone, match="did you mean Europe/Berlin"):
        find_zone("Europe/Berlim")


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("0 9 * * MON-FRI", "At 09:00 on Monday through Friday"),
        ("*/15 * * * *", "Every 15th minute of every hour"),
        ("0 0 31 * *", "At 00:00 on the 31st day of every month"),
    ],
)
def test_expression_is_described_in_english(expression: str, text: str) -> None:
    assert describe(expression) == text
