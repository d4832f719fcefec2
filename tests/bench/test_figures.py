"""The arithmetic of the benchmark."""

import pytest

from tests.bench.figures import Reading, percentile, rate, summary
from tests.bench.table import number, table


@pytest.mark.parametrize(
    ("percent", "expected"), [(0, 1), (1, 1), (50, 50), (95, 95), (99, 99), (99.5, 100), (100, 100)]
)
def test_percentile_is_the_value_that_so_many_do_not_exceed(percent, expected) -> None:
    assert percentile(reversed(range(1, 101)), percent) == expected


def test_percentile_of_one_value_is_that_value() -> None:
    assert [percentile([7.5], percent) for percent in (0, 50, 99, 100)] == [7.5] * 4


def test_percentile_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 50)


def test_rate_of_no_time_is_none_at_all() -> None:
    assert (rate(10, 2), rate(10, 0)) == (5, 0)


def test_summary_tells_median_spread_and_ratio_by_name_in_the_order_of_the_first_repeat() -> None:
    def repeat(value: float, floor: float) -> list[Reading]:
        return [Reading("done", value, "/s", floor, "bare"), Reading("idle", value, "ms")]

    done, idle = summary([repeat(1, 10), repeat(3, 10), repeat(2, 4)])

    assert (done.name, done.median, done.least, done.most, done.floor) == ("done", 2, 1, 3, 10)
    assert done.ratio == 0.3, "the median of the repeats' ratios, not the ratio of the medians"
    assert (idle.name, idle.ratio, idle.floor) == ("idle", None, None)


def test_summary_gives_no_ratio_to_a_floor_that_is_zero() -> None:
    (found,) = summary([[Reading("done", 1, "/s", 0.0, "bare")]])

    assert found.ratio is None


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (0.01234, "0.0123"), (1.234, "1.23"), (12.34, "12.3"), (12345.6, "12,346")]
)
def test_numbers_have_three_digits_that_count(value, text) -> None:
    assert number(value) == text


def test_table_has_a_line_for_each_figure_with_its_floor_and_ratio() -> None:
    text = table("A", summary([[Reading("done", 50, "/s", 100, "bare insert"), Reading("cpu", 2, "ms")]]))

    title, head, done, cpu = text.splitlines()
    assert title == "A" and head.split() == ["median", "least", "most", "floor", "ratio"]
    assert done.split() == ["done", "50.0", "50.0", "50.0", "/s", "100", "bare", "insert", "0.5", "×"]
    assert cpu.split() == ["cpu", "2.00", "2.00", "2.00", "ms"]
