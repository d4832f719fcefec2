"""Charts as plain numbers."""

from hypothesis import given
from hypothesis import strategies as st

from dragops_site.charts import lines, stacked

KINDS = ("completed", "failed")


def test_bars_are_stacked_from_the_bottom_up() -> None:
    chart = stacked([{"completed": 3, "failed": 1}, {}, {"completed": 2}], KINDS)
    assert chart.highest == 4
    assert [(block.kind, block.y, block.height) for block in chart.blocks] == [
        ("completed", 25, 75),
        ("failed", 0, 25),
        ("completed", 50, 50),
    ]
    assert chart.blocks[0].x < chart.blocks[2].x


def test_one_failure_among_thousands_is_seen() -> None:
    block = stacked([{"completed": 100_000, "failed": 1}], KINDS).blocks[1]
    assert block.height >= 1 and block.y >= 0


def test_line_has_a_gap_where_nothing_is() -> None:
    assert len(lines([1, None, 2, 3], 3, 4)) == 2
    assert lines([], 0, 0) == lines([None], 1, 1) == []


@given(st.lists(st.dictionaries(st.sampled_from(KINDS), st.integers(0, 10**9)), max_size=40))
def test_all_stays_within_the_chart(bars: list[dict[str, int]]) -> None:
    for block in stacked(bars, KINDS).blocks:
        assert block.x >= 0 and block.x + block.width <= 100.01
        assert 0 <= block.y <= 100
