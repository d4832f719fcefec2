"""Date/Time nodes where the clock of a zone is changed, skips a day, or does not exist."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patterns import registry
from patterns.cron import zone_names
from patterns.types import PinType, iso
from tests.patterns.nodes.calling import call

BERLIN = "Europe/Berlin"  # forward on 2026-03-29 at 02:00, back on 2026-10-25 at 03:00
NEW_YORK = "America/New_York"  # forward on 2026-03-08 at 02:00, back on 2026-11-01 at 02:00
LORD_HOWE = "Australia/Lord_Howe"  # by half an hour: back on 2026-04-05 at 02:00, forward on 2026-10-04 at 02:00
CASABLANCA = "Africa/Casablanca"  # back for Ramadan on 2024-03-10 at 03:00, forward after it on 2024-04-14 at 02:00
APIA = "Pacific/Apia"  # had no 2011-12-30
CAIRO = "Africa/Cairo"  # forward on 2024-04-26 at 00:00
HAVANA = "America/Havana"  # back on 2024-11-03 at 01:00
BEIRUT = "Asia/Beirut"  # back on 2021-10-31 at 00:00, into the day before
TORONTO = "America/Toronto"  # forward on 1919-03-30 at 23:30
GAZA = "Asia/Gaza"  # forward on 2010-03-27 at 00:01
ST_JOHNS = "America/St_Johns"  # back on 2010-11-07 at 00:01
KATHMANDU = "Asia/Kathmandu"  # +05:45
WITH_A_ZONE = [
    node_type
    for node_type in registry.all_types()
    if node_type.category == "Date/Time" and any(pin.name == "timeZone" for pin in node_type.inputs)
]
MOMENTS = st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))
ZONES = st.sampled_from([BERLIN, NEW_YORK, LORD_HOWE, CASABLANCA, APIA, CAIRO, HAVANA, BEIRUT, KATHMANDU, "-09:30"])


@pytest.mark.parametrize(
    ("date", "zone", "result"),
    [
        ("2026-07-01T09:30:00Z", BERLIN, "2026-07-01T11:30:00+02:00"),
        ("2026-01-01T09:30:00Z", BERLIN, "2026-01-01T10:30:00+01:00"),
        ("2026-01-01T09:30:00Z", "Europe/London", "2026-01-01T09:30:00Z"),
        ("2026-07-01T09:30:00Z", KATHMANDU, "2026-07-01T15:15:00+05:45"),
        ("2026-07-01T11:30:00+02:00", "UTC", "2026-07-01T09:30:00Z"),
        ("2026-07-01T09:30:00Z", "+05:45", "2026-07-01T15:15:00+05:45"),
        ("2026-07-01T09:30:00Z", "-0800", "2026-07-01T01:30:00-08:00"),
        ("1892-07-01T00:00:00Z", BERLIN, "1892-07-01T00:53:28+00:53:28"),
        ("2026-10-25T00:30:00Z", BERLIN, "2026-10-25T02:30:00+02:00"),
        ("2026-10-25T01:30:00Z", BERLIN, "2026-10-25T02:30:00+01:00"),
        ("2011-12-30T09:59:59Z", APIA, "2011-12-29T23:59:59-10:00"),
        ("2011-12-30T10:00:00Z", APIA, "2011-12-31T00:00:00+14:00"),
        ("2026-04-04T15:00:00Z", LORD_HOWE, "2026-04-05T01:30:00+10:30"),
        ("2024-03-10T02:00:00Z", CASABLANCA, "2024-03-10T02:00:00Z"),
    ],
)
def test_to_time_zone_shows_the_moment_by_the_clock_of_the_zone(date, zone, result):
    assert call("ToTimeZone", date, zone) == result
    assert call("FormatDate", date, "ISO", zone) == result
    assert call("Difference", date, result) == 0


@given(MOMENTS, ZONES)
def test_to_time_zone_never_changes_the_moment(moment, zone):
    there = call("ToTimeZone", iso(moment), zone)
    assert call("ToTimeZone", there) == iso(moment)
    assert call("ParseDate", there, "", BERLIN) == there


@pytest.mark.parametrize(
    ("text", "zone", "result"),
    [
        ("2026-07-01 11:30", BERLIN, "2026-07-01T11:30:00+02:00"),
        ("2026-07-01", KATHMANDU, "2026-07-01T00:00:00+05:45"),
        ("2026-07-01 11:30", "-09:30", "2026-07-01T11:30:00-09:30"),
        ("2026-07-01T11:30Z", BERLIN, "2026-07-01T11:30:00Z"),
        # Skipped: moved forward by as much as the clock is
        ("2026-03-29 02:00", BERLIN, "2026-03-29T03:00:00+02:00"),
        ("2026-03-29 02:30", BERLIN, "2026-03-29T03:30:00+02:00"),
        ("2026-03-08 02:30", NEW_YORK, "2026-03-08T03:30:00-04:00"),
        ("2026-10-04 02:15", LORD_HOWE, "2026-10-04T02:45:00+11:00"),
        ("2024-04-14 02:30", CASABLANCA, "2024-04-14T03:30:00+01:00"),
        ("2024-04-26", CAIRO, "2024-04-26T01:00:00+03:00"),
        ("2011-12-30 10:00", APIA, "2011-12-31T10:00:00+14:00"),
        # Shown twice: the first
        ("2026-10-25 02:30", BERLIN, "2026-10-25T02:30:00+02:00"),
        ("2026-11-01 01:30", NEW_YORK, "2026-11-01T01:30:00-04:00"),
        ("2026-04-05 01:45", LORD_HOWE, "2026-04-05T01:45:00+11:00"),
        ("2024-03-10 02:30", CASABLANCA, "2024-03-10T02:30:00+01:00"),
        ("2021-10-30 23:30", BEIRUT, "2021-10-30T23:30:00+03:00"),
        # On either side
        ("2026-03-29 01:59:59", BERLIN, "2026-03-29T01:59:59+01:00"),
        ("2026-03-29 03:00", BERLIN, "2026-03-29T03:00:00+02:00"),
        ("2026-10-25 03:00", BERLIN, "2026-10-25T03:00:00+01:00"),
    ],
)
def test_parse_date_reads_a_text_without_an_offset_by_the_clock_of_the_zone(text, zone, result):
    assert call("ParseDate", text, "", zone) == result


@pytest.mark.parametrize(
    ("date", "value", "unit", "zone", "result"),
    [
        # A day keeps the time of day, 24 hours do not
        ("2026-03-28T12:00:00+01:00", 1, "days", BERLIN, "2026-03-29T12:00:00+02:00"),
        ("2026-03-28T12:00:00+01:00", 24, "hours", BERLIN, "2026-03-29T13:00:00+02:00"),
        ("2026-10-24T12:00:00+02:00", 1, "days", BERLIN, "2026-10-25T12:00:00+01:00"),
        ("2026-10-24T12:00:00+02:00", 24, "hours", BERLIN, "2026-10-25T11:00:00+01:00"),
        ("2026-03-07T12:00:00-05:00", 1, "weeks", NEW_YORK, "2026-03-14T12:00:00-04:00"),
        ("2026-10-03T12:00:00+10:30", 1, "days", LORD_HOWE, "2026-10-04T12:00:00+11:00"),
        ("2024-03-09T12:00:00+01:00", 1, "days", CASABLANCA, "2024-03-10T12:00:00Z"),
        ("2026-01-15T12:00:00+01:00", 6, "months", BERLIN, "2026-07-15T12:00:00+02:00"),
        # Without a zone the offset stays
        ("2026-03-28T12:00:00+01:00", 1, "days", "", "2026-03-29T12:00:00+01:00"),
        # The zone says which day of the month it is
        ("2026-01-31T23:30:00Z", 1, "months", BERLIN, "2026-03-01T00:30:00+01:00"),
        ("2026-01-31T23:30:00Z", 1, "months", "UTC", "2026-02-28T23:30:00Z"),
        # Into a gap, into what comes twice, and out of it
        ("2026-03-28T02:30:00+01:00", 1, "days", BERLIN, "2026-03-29T03:30:00+02:00"),
        ("2026-10-24T02:30:00+02:00", 1, "days", BERLIN, "2026-10-25T02:30:00+02:00"),
        ("2026-10-25T02:30:00+02:00", 1, "hours", BERLIN, "2026-10-25T02:30:00+01:00"),
        ("2026-10-25T02:30:00+01:00", 0, "days", BERLIN, "2026-10-25T02:30:00+01:00"),
        ("2026-10-25T02:30:00+01:00", 1, "hours", BERLIN, "2026-10-25T03:30:00+01:00"),
        ("2026-03-29T01:30:00+01:00", 1, "hours", BERLIN, "2026-03-29T03:30:00+02:00"),
        ("2026-04-05T01:45:00+11:00", 30, "minutes", LORD_HOWE, "2026-04-05T01:45:00+10:30"),
        ("2011-12-29T12:00:00-10:00", 1, "days", APIA, "2011-12-31T12:00:00+14:00"),
        ("2011-12-29T12:00:00-10:00", 24, "hours", APIA, "2011-12-31T12:00:00+14:00"),
        ("2011-11-30T12:00:00-10:00", 1, "months", APIA, "2011-12-31T12:00:00+14:00"),
    ],
)
def test_add_to_date_keeps_the_time_of_day_by_days_and_counts_hours_as_they_pass(date, value, unit, zone, result):
    assert call("AddToDate", date, value, unit, zone) == result


@given(
    MOMENTS, st.integers(min_value=-500, max_value=500), st.sampled_from(["days", "weeks", "months", "years"]), ZONES
)
def test_difference_finds_at_least_what_was_added(moment, value, unit, zone):
    """More only where the day or time that was asked for is skipped, so that the next one stands in for it."""
    later = call("AddToDate", iso(moment), value, unit, zone)
    found = call("Difference", iso(moment), later, unit, zone)
    if not _is_moved(later, iso(moment), unit, zone):
        assert found == pytest.approx(value, abs=1e-9)
    assert abs(found - value) <= 2


def _is_moved(later, moment, unit, zone):
    """Whether the clock shows another time of day than it did, or Samoa lost the day, or the time comes twice."""
    same_time = call("FormatDate", later, "%T.%f", zone) == call("FormatDate", moment, "%T.%f", zone)
    again = call("ParseDate", call("FormatDate", later, "%F %T.%f", zone), "%F %T.%f", zone)
    before = call("ParseDate", call("FormatDate", moment, "%F %T.%f", zone), "%F %T.%f", zone)
    return zone == APIA or not same_time or call("Difference", again, later) or call("Difference", before, moment)


@given(MOMENTS, st.integers(min_value=-(10**9), max_value=10**9), ZONES)
def test_difference_in_seconds_finds_exactly_what_was_added_in_every_zone(moment, value, zone):
    later = call("AddToDate", iso(moment), value, "seconds", zone)
    assert call("Difference", iso(moment), later, "seconds", zone) == value


@pytest.mark.parametrize(
    ("start", "end", "zone", "days"),
    [
        ("2026-03-28T12:00:00+01:00", "2026-03-29T12:00:00+02:00", BERLIN, 1),
        ("2026-03-28T12:00:00+01:00", "2026-03-29T12:00:00+02:00", "", 23 / 24),
        ("2026-10-24T12:00:00+02:00", "2026-10-25T12:00:00+01:00", BERLIN, 1),
        ("2026-10-25T00:00:00+02:00", "2026-10-25T12:00:00+01:00", BERLIN, 13 / 25),
        ("2026-03-29T00:00:00+01:00", "2026-03-29T12:00:00+02:00", BERLIN, 11 / 23),
        ("2026-10-25T02:50:00+02:00", "2026-10-25T02:10:00+01:00", BERLIN, 20 / 60 / 25),
        ("2026-10-25T02:10:00+01:00", "2026-10-25T02:50:00+02:00", BERLIN, -20 / 60 / 25),
    ],
)
def test_difference_counts_the_days_of_the_zone_and_their_parts(start, end, zone, days):
    assert call("Difference", start, end, "days", zone) == pytest.approx(days, rel=0.05)


@pytest.mark.parametrize(
    ("date", "unit", "zone", "first", "last"),
    [
        # Days of 23 and 25 hours, and of 24 and a half
        ("2026-03-29T12:00:00Z", "day", BERLIN, "2026-03-29T00:00:00+01:00", "2026-03-29T23:59:59.999999+02:00"),
        ("2026-10-25T12:00:00Z", "day", BERLIN, "2026-10-25T00:00:00+02:00", "2026-10-25T23:59:59.999999+01:00"),
        ("2026-10-04T01:00:00Z", "day", LORD_HOWE, "2026-10-04T00:00:00+10:30", "2026-10-04T23:59:59.999999+11:00"),
        # Midnight is skipped, comes twice, or the hour before it does
        ("2024-04-26T12:00:00Z", "day", CAIRO, "2024-04-26T01:00:00+03:00", "2024-04-26T23:59:59.999999+03:00"),
        ("2024-04-25T12:00:00Z", "day", CAIRO, "2024-04-25T00:00:00+02:00", "2024-04-25T23:59:59.999999+02:00"),
        ("2024-11-03T12:00:00Z", "day", HAVANA, "2024-11-03T00:00:00-04:00", "2024-11-03T23:59:59.999999-05:00"),
        ("2021-10-30T12:00:00Z", "day", BEIRUT, "2021-10-30T00:00:00+03:00", "2021-10-30T23:59:59.999999+02:00"),
        # The day that Samoa lost
        ("2011-12-29T20:00:00Z", "day", APIA, "2011-12-29T00:00:00-10:00", "2011-12-29T23:59:59.999999-10:00"),
        ("2011-12-30T12:00:00Z", "day", APIA, "2011-12-31T00:00:00+14:00", "2011-12-31T23:59:59.999999+14:00"),
        ("2011-12-30T12:00:00Z", "month", APIA, "2011-12-01T00:00:00-10:00", "2011-12-31T23:59:59.999999+14:00"),
        # The zone says which day it is
        ("2026-06-30T23:00:00Z", "month", BERLIN, "2026-07-01T00:00:00+02:00", "2026-07-31T23:59:59.999999+02:00"),
        ("2026-01-01T03:00:00Z", "year", NEW_YORK, "2025-01-01T00:00:00-05:00", "2025-12-31T23:59:59.999999-05:00"),
        ("2026-07-01T23:00:00-05:00", "day", "", "2026-07-01T00:00:00-05:00", "2026-07-01T23:59:59.999999-05:00"),
        ("2026-07-01T09:50:00Z", "hour", KATHMANDU, "2026-07-01T15:00:00+05:45", "2026-07-01T15:59:59.999999+05:45"),
        # The clock skips from 23:30 to 00:30, from 00:01 to 01:01
        ("1919-03-31T04:35:00Z", "day", TORONTO, "1919-03-31T00:30:00-04:00", "1919-03-31T23:59:59.999999-04:00"),
        ("1919-03-31T04:15:00Z", "day", TORONTO, "1919-03-30T00:00:00-05:00", "1919-03-30T23:29:59.999999-05:00"),
        ("1919-03-31T04:15:00Z", "hour", TORONTO, "1919-03-30T23:00:00-05:00", "1919-03-30T23:29:59.999999-05:00"),
        ("2010-03-26T22:03:00Z", "hour", GAZA, "2010-03-27T01:01:00+03:00", "2010-03-27T01:59:59.999999+03:00"),
        ("2010-03-26T22:00:30Z", "hour", GAZA, "2010-03-27T00:00:00+02:00", "2010-03-27T00:00:59.999999+02:00"),
        # At 00:01 the clock is put back into the day before, which then has another end
        ("2010-11-07T02:45:00Z", "day", ST_JOHNS, "2010-11-06T00:00:00-02:30", "2010-11-06T23:59:59.999999-03:30"),
        # The hour that comes twice is two hours
        ("2026-10-25T00:30:00Z", "hour", BERLIN, "2026-10-25T02:00:00+02:00", "2026-10-25T02:59:59.999999+02:00"),
        ("2026-10-25T01:30:00Z", "hour", BERLIN, "2026-10-25T02:00:00+01:00", "2026-10-25T02:59:59.999999+01:00"),
        ("2026-10-25T01:30:10Z", "minute", BERLIN, "2026-10-25T02:30:00+01:00", "2026-10-25T02:30:59.999999+01:00"),
        # Half of the hour is skipped
        ("2026-10-03T15:45:00Z", "hour", LORD_HOWE, "2026-10-04T02:30:00+11:00", "2026-10-04T02:59:59.999999+11:00"),
    ],
)
def test_start_of_and_end_of_heed_the_clock_of_the_zone(date, unit, zone, first, last):
    assert call("StartOf", date, unit, zone) == first
    assert call("EndOf", date, unit, zone) == last


@given(MOMENTS, st.sampled_from(["day", "week", "month", "quarter", "year"]), ZONES)
def test_units_lie_end_to_end_around_the_moment(moment, unit, zone):
    first, last = call("StartOf", iso(moment), unit, zone), call("EndOf", iso(moment), unit, zone)
    assert not call("IsAfter", first, iso(moment))
    assert not call("IsBefore", last, iso(moment))
    following = iso(datetime.fromisoformat(last) + timedelta(microseconds=1))
    assert call("Difference", call("StartOf", following, unit, zone), following) == 0


def test_day_of_week_is_that_of_the_zone():
    assert call("DayOfWeek", "2026-07-01T23:00:00Z") == ("Wednesday", 3)
    assert call("DayOfWeek", "2026-07-01T23:00:00Z", BERLIN) == ("Thursday", 4)
    assert call("DayOfWeek", "2026-07-01T23:00:00-08:00") == ("Wednesday", 3)


def test_now_is_shown_by_the_clock_of_its_zone():
    assert call("Now", time_zone=KATHMANDU).endswith("+05:45")
    with pytest.raises(ValueError, match="Time Zone: there is no time zone “Mars”"):
        call("Now", time_zone="Mars")


@pytest.mark.parametrize(
    ("date", "zone", "result"),
    [
        ("2026-07-01T09:30:00Z", BERLIN, "CEST +0200 +02:00"),
        ("2026-01-01T09:30:00Z", NEW_YORK, "EST -0500 -05:00"),
        ("2026-01-01T09:30:00Z", "UTC", "UTC +0000 +00:00"),
        ("2026-01-01T09:30:00Z", "", "UTC +0000 +00:00"),
        ("2026-01-01T09:30:00+05:30", "", "+05:30 +0530 +05:30"),
    ],
)
def test_format_date_writes_the_zone(date, zone, result):
    assert call("FormatDate", date, "%Z %z %:z", zone) == result


def test_every_zone_that_is_known_tells_the_time():
    for zone in zone_names():
        assert call("ToTimeZone", call("ToTimeZone", "2026-07-01T09:30:00Z", zone)) == "2026-07-01T09:30:00Z"


HUGE = pytest.param("x" * 10_000_000, id="huge")
NO_ZONES = [
    " ",
    "Mars/Olympus",
    "europe/berlin",
    "Europe/Berlin ",
    "Europe",
    "Europe/",
    "../../etc/passwd",
    "../../../../../../etc/passwd",
    "/etc/passwd",
    "/usr/share/zoneinfo/Europe/Berlin",
    "Europe/../Europe/Berlin",
    "./UTC",
    "posix/UTC",
    "tzdata.zi",
    "zone.tab",
    "localtime",
    "Europe/Berlin\x00",
    "\ud800",
    "Ünïcode/😀",
    "C:\\Windows",
    "+24:00",
    "+2",
    "+02:00:00.5",
    "+1e9",
    HUGE,
]


@pytest.mark.parametrize("zone", NO_ZONES)
@pytest.mark.parametrize("node_type", WITH_A_ZONE, ids=lambda node_type: node_type.type)
def test_every_node_refuses_an_unknown_zone_by_the_name_of_its_pin(node_type, zone):
    values = {PinType.DATETIME: "2026-07-01T12:00Z", PinType.FLOAT: 0, PinType.STRING: "0 9 * * *"}
    inputs = {pin.name: values[pin.type] if pin.required else pin.default for pin in node_type.inputs}
    if node_type.type == "ParseDate":
        inputs["text"] = "2026-07-01"
    with pytest.raises(ValueError, match=r"^Time Zone: ") as refused:
        call(node_type.type, *{**inputs, "timeZone": zone}.values())
    assert len(str(refused.value)) < 250


def test_no_file_is_opened_for_a_zone_that_is_unknown(tmp_path, monkeypatch):
    """A file that would be a zone, were it looked for on a path that a text may name."""
    zone_file = tmp_path / "Secret"
    zone_file.write_bytes(b"TZif")
    monkeypatch.chdir(tmp_path)
    for zone in (str(zone_file), "Secret", "./Secret", f"../..{zone_file}"):
        with pytest.raises(ValueError, match="Time Zone: there is no time zone"):
            call("ToTimeZone", "2026-07-01", zone)


def test_a_zone_at_the_limits_of_the_calendar_is_refused():
    for date, zone in (("0001-01-01", NEW_YORK), ("9999-12-31T23:59:59Z", KATHMANDU)):
        with pytest.raises(ValueError, match="Date leads outside of the years 1 to 9999"):
            call("ToTimeZone", date, zone)
        with pytest.raises(ValueError, match="End is outside of the years 1 to 9999 in the Time Zone"):
            call("Difference", "2026-07-01", date, "days", zone)
