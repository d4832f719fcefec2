"""A run as bars on the time that it took."""

import pytest

from executions.waterfall import BARS, Bar, Call, Step, of


def names(bars: list[Bar]) -> list[tuple[str, int]]:
    return [(bar.name, bar.depth) for bar in bars]


def test_steps_stand_where_they_began_as_long_as_they_lasted() -> None:
    drawn = of([Step(1, "0", "Ask", 100, 2), Step(2, "1", "Tell", 107.5, 2.5)], 100, 110, {})
    assert [(bar.left, bar.width, bar.since, bar.lasted) for bar in drawn.bars] == [(0, 20, 0, 2), (75, 25, 7.5, 2.5)]
    assert (drawn.span, drawn.is_cut, drawn.ticks[1]) == (10, False, (25, 2.5))


def test_node_lasts_as_long_as_what_runs_within_it() -> None:
    #  For Each ── Ask (pass 0) ── Ask (pass 1)
    steps = [Step(1, "0", "For Each", 0, 0), Step(2, "0.0.0", "Ask", 1, 1), Step(3, "0.1.0", "Ask", 2, 5)]
    drawn = of(steps, 0, 7, {})
    assert names(drawn.bars) == [("For Each", 0), ("Ask", 1), ("Ask", 1)]
    assert drawn.bars[0].lasted == 7


def test_passes_after_the_first_ones_are_folded() -> None:
    steps = [Step(1, "0", "For Each", 0, 0), *(Step(n + 2, f"0.{n}.0", "Ask", n, 1) for n in range(1_000))]
    drawn = of(steps, 0, 1_000, {})
    assert names(drawn.bars) == [("For Each", 0), *[("Ask", 1)] * 3]
    assert (drawn.bars[0].folded, drawn.bars[0].lasted) == (997, 1_000)


def test_called_run_hangs_under_the_step_that_called_it() -> None:
    call = Call("run", "Price order", "completed", 1, 9)
    drawn = of([Step(1, "0", "Call Pattern", 0, None)], 0, 10, {"0": call})
    assert names(drawn.bars) == [("Call Pattern", 0), ("Price order", 1)]
    assert [bar.lasted for bar in drawn.bars] == [9, 8]
    assert drawn.bars[1].run_id == "run"


def test_wait_is_one_bar_until_it_is_over() -> None:
    drawn = of([Step(1, "0~wait", "Delay", 0, None), Step(2, "0", "Delay", 0, 60)], 0, 60, {})
    assert [(bar.name, bar.state, bar.lasted) for bar in drawn.bars] == [("Delay", "wait", 60)]


@pytest.mark.parametrize(("failed", "is_void", "state"), [(True, False, "failed"), (False, True, "void")])
def test_bar_tells_what_became_of_the_step(failed: bool, is_void: bool, state: str) -> None:
    assert of([Step(1, "0", "Ask", 0, 1, failed, is_void)], 0, 1, {}).bars[0].state == state


def test_run_that_took_no_time_has_bars_all_the_same() -> None:
    bar = of([Step(1, "0", "Set", 5, 0)], 5, 5, {}).bars[0]
    assert 0 <= bar.left < 100 and bar.width > 0


def test_long_run_is_cut_and_says_so() -> None:
    drawn = of([Step(n + 1, str(n), "Set", n, 1) for n in range(5_000)], 0, 5_000, {})
    assert len(drawn.bars) == BARS and drawn.is_cut


def test_clock_that_went_back_breaks_nothing() -> None:
    bar = of([Step(1, "0", "Set", 90, 1)], 100, 101, {}).bars[0]
    assert bar.left == 0 and bar.left + bar.width <= 100


def test_step_that_failed_is_shown_in_whatever_pass_it_was() -> None:
    steps = [Step(1, "0", "For Each", 0, 0), *(Step(n + 2, f"0.{n}.0", "Ask", n, 1, n == 7) for n in range(8))]
    bars = of(steps, 0, 8, {}).bars
    assert [(bar.name, bar.state) for bar in bars][-1] == ("Ask", "failed")
    assert bars[0].folded == 4
