"""Date/Time nodes; test_date_texts.py has those that read and write texts, test_time_zones.py the changes of clocks."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patterns import registry
from patterns.types import PinType, iso
from tests.patterns.nodes.calling import call

NOON = "2026-07-01T12:00:00Z"
BERLIN_NOON = "2026-07-01T12:00:00+02:00"
LIBRARY = [node_type for node_type in registry.all_types() if node_type.category == "Date/Time"]
WITH_A_DATE = [node_type for node_type in LIBRARY if any(pin.type is PinType.DATETIME for pin in node_type.inputs)]
WITH_A_UNIT = [node_type for node_type in LIBRARY if any(pin.name == "unit" for pin in node_type.inputs)]
HUGE = pytest.param("x" * 10_000_000, id="huge")
NO_DATES = [None, "", "tomorrow", 5, [], {}, b"2026-07-01", HUGE, "\ud800\x00", "２０２６"]
MOMENTS = st.datetimes(min_value=datetime(2, 1, 1), max_value=datetime(9998, 12, 31), timezones=st.just(UTC))


def call_by_name(node_type, **given):
    """The result of a node of which only some inputs are said; the other required ones get something sensible."""
    values = {PinType.DATETIME: NOON, PinType.STRING: "0 9 * * *", PinType.FLOAT: 0}
    inputs = [given.get(pin.name, values.get(pin.type) if pin.required else pin.default) for pin in node_type.inputs]
    return call(node_type.type, *inputs)


def test_now_is_the_present_moment_in_utc():
    before = datetime.now(UTC)
    text = call("Now")
    assert text.endswith("Z")
    assert before <= datetime.fromisoformat(text) <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("unit", "result"),
    [("milliseconds", 129_600_000), ("seconds", 129_600), ("minutes", 2160), ("hours", 36), ("days", 1.5)],
)
def test_difference_is_counted_in_the_unit(unit, result):
    assert call("Difference", "2026-07-01T00:00:00Z", "2026-07-02T12:00:00Z", unit) == result
    assert call("Difference", "2026-07-02T12:00:00Z", "2026-07-01T00:00:00Z", unit) == -result


def test_difference_heeds_offsets_and_takes_a_moment_without_one_for_utc():
    assert call("Difference", "2026-07-01T12:00:00+02:00", "2026-07-01T10:00:00") == 0


def test_difference_counts_milliseconds_exactly():
    assert call("Difference", "2026-07-01T00:00:00.100Z", "2026-07-01T00:00:00.123Z", "milliseconds") == 23


def test_difference_refuses_an_unknown_unit():
    with pytest.raises(ValueError, match="Unit is 'moons', not one of milliseconds, seconds"):
        call("Difference", "2026-07-01", "2026-07-02", "moons")


def test_next_cron_time_is_later_than_after_by_the_clock_of_the_zone():
    assert call("NextCronTime", "0 9 * * MON-FRI", "2026-07-03T12:00:00Z") == "2026-07-06T09:00:00Z"
    assert call("NextCronTime", "0 9 * * *", "2026-07-03T09:00+02:00", "Europe/Berlin") == "2026-07-04T07:00:00Z"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("0 0 30 2 *", "2026-07-03"), "“0 0 30 2 .*” is never due after 2026-07-03"),
        (("0 9 * *", "2026-07-03"), "it has 4 fields; write five"),
        (("0 9 * * *", "2026-07-03", "Mars/Olympus"), "there is no time zone “Mars/Olympus”"),
    ],
)
def test_next_cron_time_refuses_what_has_none(arguments, message):
    with pytest.raises(ValueError, match=message):
        call("NextCronTime", *arguments)


@pytest.mark.parametrize(
    ("value", "unit", "result"),
    [
        (1, "milliseconds", "2026-01-31T12:00:00.001000Z"),
        (90, "seconds", "2026-01-31T12:01:30Z"),
        (-90, "minutes", "2026-01-31T10:30:00Z"),
        (1.5, "hours", "2026-01-31T13:30:00Z"),
        (1, "days", "2026-02-01T12:00:00Z"),
        (-31, "days", "2025-12-31T12:00:00Z"),
        (2, "weeks", "2026-02-14T12:00:00Z"),
        (1, "months", "2026-02-28T12:00:00Z"),
        (25, "months", "2028-02-29T12:00:00Z"),
        (-1, "months", "2025-12-31T12:00:00Z"),
        (-2, "months", "2025-11-30T12:00:00Z"),
        (1, "quarters", "2026-04-30T12:00:00Z"),
        (1, "years", "2027-01-31T12:00:00Z"),
        (-2025, "years", "0001-01-31T12:00:00Z"),
        (7973, "years", "9999-01-31T12:00:00Z"),
        (2.0, "days", "2026-02-02T12:00:00Z"),
        (0, "years", "2026-01-31T12:00:00Z"),
    ],
)
def test_add_to_date_counts_in_the_unit_and_keeps_to_the_end_of_the_month(value, unit, result):
    assert call("AddToDate", "2026-01-31T12:00:00Z", value, unit) == result


def test_add_to_date_takes_a_leap_day_to_the_last_of_february():
    assert call("AddToDate", "2024-02-29", 1, "years") == "2025-02-28T00:00:00Z"
    assert call("AddToDate", "2024-02-29", 4, "years") == "2028-02-29T00:00:00Z"
    assert call("AddToDate", "2024-02-29", -124, "years") == "1900-02-28T00:00:00Z"


def test_add_to_date_keeps_the_offset_of_the_date():
    assert call("AddToDate", BERLIN_NOON, 1, "months") == "2026-08-01T12:00:00+02:00"


@pytest.mark.parametrize("unit", ["days", "weeks", "months", "quarters", "years"])
def test_add_to_date_refuses_a_part_of_a_day_month_or_year(unit):
    with pytest.raises(ValueError, match=rf"Value is 1\.5, but {unit} can only be added whole"):
        call("AddToDate", NOON, 1.5, unit)


@pytest.mark.parametrize("unit", ["milliseconds", "hours", "days", "weeks", "months", "quarters", "years"])
@pytest.mark.parametrize("value", [1e18, -1e18, 10**30, pytest.param(-(10**5000), id="huge"), 1.7e308])
def test_add_to_date_refuses_to_leave_the_calendar(unit, value):
    with pytest.raises(ValueError, match="Value leads outside of the years 1 to 9999"):
        call("AddToDate", NOON, value, unit)


@given(MOMENTS, st.integers(min_value=-1200, max_value=1200), st.sampled_from(["days", "weeks", "months", "years"]))
def test_difference_finds_what_was_added(moment, value, unit):
    if not 30 < moment.year < 9900 or unit == "years":
        value //= 12
    moment = moment.replace(year=min(max(moment.year, 110), 9800))
    assert call("Difference", iso(moment), call("AddToDate", iso(moment), value, unit), unit) == value


@given(MOMENTS, st.integers(min_value=-(10**12), max_value=10**12))
def test_difference_finds_what_time_was_added(moment, value):
    moment = moment.replace(year=min(max(moment.year, 110), 9800))
    later = call("AddToDate", iso(moment), value, "milliseconds")
    assert call("Difference", iso(moment), later, "milliseconds") == value
    assert call("AddToDate", later, -value, "milliseconds") == iso(moment)


@pytest.mark.parametrize(
    ("start", "end", "unit", "result"),
    [
        ("2026-01-31", "2026-02-28", "months", 1),
        ("2026-01-31", "2026-03-31", "months", 2),
        ("2026-01-01", "2026-01-16T12:00Z", "months", 0.5),
        ("2026-02-01", "2026-02-15", "months", 0.5),
        ("2024-02-29", "2025-02-28", "years", 1),
        ("2026-01-01", "2027-01-01", "quarters", 4),
        ("2026-03-31", "2026-02-28", "months", -1),
        ("2026-07-01", "2026-01-01", "years", -181 / 365),
        ("2026-07-01", "2026-07-15", "weeks", 2),
        ("2000-01-01", "9999-12-31", "years", 7999 + 364 / 366),
        ("0001-01-01", "9999-12-31", "months", 119_987 + 30 / 31),
        ("9999-12-31", "0001-01-01", "months", -(119_987 + 30 / 31)),
    ],
)
def test_difference_in_months_and_years_is_what_has_to_be_added_to_start(start, end, unit, result):
    assert call("Difference", start, end, unit) == pytest.approx(result, abs=1e-12)


@pytest.mark.parametrize(
    ("unit", "first", "last"),
    [
        ("second", "2026-08-19T13:47:25Z", "2026-08-19T13:47:25.999999Z"),
        ("minute", "2026-08-19T13:47:00Z", "2026-08-19T13:47:59.999999Z"),
        ("hour", "2026-08-19T13:00:00Z", "2026-08-19T13:59:59.999999Z"),
        ("day", "2026-08-19T00:00:00Z", "2026-08-19T23:59:59.999999Z"),
        ("week", "2026-08-17T00:00:00Z", "2026-08-23T23:59:59.999999Z"),
        ("month", "2026-08-01T00:00:00Z", "2026-08-31T23:59:59.999999Z"),
        ("quarter", "2026-07-01T00:00:00Z", "2026-09-30T23:59:59.999999Z"),
        ("year", "2026-01-01T00:00:00Z", "2026-12-31T23:59:59.999999Z"),
    ],
)
def test_start_of_and_end_of_are_the_limits_of_the_unit(unit, first, last):
    for moment in ("2026-08-19T13:47:25.5Z", first, last):
        assert call("StartOf", moment, unit) == first
        assert call("EndOf", moment, unit) == last


@pytest.mark.parametrize("day", range(16, 23))
def test_week_starts_on_monday_or_sunday(day):
    first = "2026-08-10" if day == 16 else "2026-08-17"
    assert call("StartOf", f"2026-08-{day}T12:00Z", "week") == f"{first}T00:00:00Z"
    assert call("StartOf", f"2026-08-{day}T12:00Z", "week", "", "sunday") == "2026-08-16T00:00:00Z"
    assert call("EndOf", f"2026-08-{day}T12:00Z", "week", "", "sunday") == "2026-08-22T23:59:59.999999Z"


@pytest.mark.parametrize(("month", "first"), [(1, 1), (3, 1), (4, 4), (6, 4), (7, 7), (9, 7), (10, 10), (12, 10)])
def test_quarters_have_three_months(month, first):
    assert call("StartOf", f"2026-{month:02}-15", "quarter") == f"2026-{first:02}-01T00:00:00Z"


def test_the_limits_of_the_calendar_are_those_of_its_first_and_last_year():
    assert call("StartOf", "0001-06-01", "year") == "0001-01-01T00:00:00Z"
    for unit in ("day", "month", "quarter", "year"):
        assert call("EndOf", "9999-12-31T12:00Z", unit) == "9999-12-31T23:59:59.999999Z"
    with pytest.raises(ValueError, match="Date leads outside of the years 1 to 9999"):
        call("StartOf", "0001-01-01", "week", "", "sunday")


def test_february_ends_with_its_leap_day():
    assert call("EndOf", "2024-02-10", "month") == "2024-02-29T23:59:59.999999Z"
    assert call("EndOf", "2100-02-10", "month") == "2100-02-28T23:59:59.999999Z"


@pytest.mark.parametrize(
    ("date", "unit", "timestamp"),
    [
        ("1970-01-01T00:00:00Z", "seconds", 0),
        (BERLIN_NOON, "seconds", 1_782_900_000),
        ("2026-07-01T10:00:00.999999Z", "seconds", 1_782_900_000),
        ("2026-07-01T10:00:00.999999Z", "milliseconds", 1_782_900_000_999),
        ("2026-07-01T10:00:00.999999Z", "microseconds", 1_782_900_000_999_999),
        ("1969-12-31T23:59:59.5Z", "seconds", -1),
        ("0001-01-01", "seconds", -62_135_596_800),
        ("9999-12-31T23:59:59Z", "seconds", 253_402_300_799),
    ],
)
def test_timestamp_counts_whole_units_since_1970(date, unit, timestamp):
    assert call("ToTimestamp", date, unit) == timestamp
    assert call("StartOf", call("FromTimestamp", timestamp, unit), "second") == call(
        "StartOf", call("ToTimeZone", date), "second"
    )


@given(MOMENTS)
def test_timestamp_in_microseconds_is_exact(moment):
    timestamp = call("ToTimestamp", iso(moment), "microseconds")
    assert call("FromTimestamp", timestamp, "microseconds") == iso(moment)


def test_from_timestamp_takes_parts_of_a_second():
    assert call("FromTimestamp", 0.25) == "1970-01-01T00:00:00.250000Z"
    assert call("FromTimestamp", -1.5, "milliseconds") == "1969-12-31T23:59:59.998500Z"
    assert call("FromTimestamp", 1_782_900_000, "seconds", "Europe/Berlin") == BERLIN_NOON


@pytest.mark.parametrize("timestamp", [1_782_900_000_000, -(10**12), 1e300, pytest.param(10**5000, id="huge")])
def test_from_timestamp_refuses_what_is_out_of_the_calendar(timestamp):
    with pytest.raises(ValueError, match=r"^Timestamp .* is outside of the years 1 to 9999, in seconds"):
        call("FromTimestamp", timestamp)


@pytest.mark.parametrize(("day", "name", "number"), [(29, "Monday", 1), (30, "Tuesday", 2), (28, "Sunday", 7)])
def test_day_of_week_has_a_name_and_its_iso_number(day, name, number):
    assert call("DayOfWeek", f"2026-06-{day}") == (name, number)


def test_is_before_and_is_after_compare_moments():
    assert call("IsBefore", BERLIN_NOON, NOON) is True
    assert call("IsAfter", BERLIN_NOON, NOON) is False
    assert call("IsAfter", NOON, BERLIN_NOON) is True
    assert call("IsBefore", BERLIN_NOON, "2026-07-01T10:00:00") is False
    assert call("IsAfter", BERLIN_NOON, "2026-07-01T10:00:00") is False


@pytest.mark.parametrize("value", NO_DATES)
@pytest.mark.parametrize("node_type", WITH_A_DATE, ids=lambda node_type: node_type.type)
def test_every_node_names_the_pin_that_holds_no_date(node_type, value):
    for pin in node_type.inputs:
        if pin.type is PinType.DATETIME:
            with pytest.raises(ValueError, match=f"^{pin.label}: .* is not a DateTime") as refused:
                call_by_name(node_type, **{pin.name: value})
            assert len(str(refused.value)) < 150


@pytest.mark.parametrize("unit", ["", "fortnights", "Days", pytest.param("x" * 1_000_000, id="long")])
@pytest.mark.parametrize("node_type", WITH_A_UNIT, ids=lambda node_type: node_type.type)
def test_every_node_refuses_an_unknown_unit(node_type, unit):
    with pytest.raises(ValueError, match=r"^Unit is .*, not one of \w+, ") as refused:
        call_by_name(node_type, unit=unit)
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize("node", ["StartOf", "EndOf"])
def test_an_unknown_start_of_the_week_is_refused(node):
    with pytest.raises(ValueError, match="Week Start is 'friday', not one of monday, sunday"):
        call(node, NOON, "week", "", "friday")
