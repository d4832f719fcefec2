"""Date/Time nodes."""

from datetime import UTC, datetime

import pytest

from tests.patterns.nodes.calling import call


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
