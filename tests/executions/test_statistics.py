"""What became of executions, over time; compared with counting them one by one."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dragops_site.ids import first_id
from executions import statistics, tally
from executions.actions.retry import retry
from executions.models import Execution, TalliedHour, Tally
from executions.statistics import Period
from tests.api.made import deployed, run

NOW = datetime(2026, 3, 14, 12, 34, 56, tzinfo=UTC)
_numbers = iter(range(1, 1_000_000))


def at(pattern: Any, ago: timedelta, status: str = "completed", took_ms: float = 100, **fields: Any) -> Execution:
    """A run that was accepted so long ago."""
    then = NOW - ago
    ended = None if status in ("queued", "running") else then + timedelta(milliseconds=took_ms)
    given = {"id": UUID(int=first_id(then).int + next(_numbers)), "created_at": then, "ended_at": ended}
    return run(pattern, status, **{**given, "started_at": None if status == "queued" else then, **fields})


@pytest.fixture
def pattern(editor: Any) -> Any:
    return deployed(editor).pattern


def roll() -> None:
    while tally.roll(NOW, work_s=60):
        pass


@pytest.mark.parametrize("is_rolled", [True, False])
@pytest.mark.parametrize("period", list(Period))
def test_figures_are_what_counting_one_by_one_comes_to(pattern: Any, period: Period, is_rolled: bool) -> None:
    dice = random.Random(7)
    length = {"1h": 3_500, "24h": 80_000, "7d": 500_000, "30d": 2_400_000}[period]
    span = length if is_rolled else min(length, 7_000)
    runs = []
    for _ in range(60):
        status = dice.choice(["completed", "completed", "failed", "timeout", "canceled", "running", "dead_letter"])
        mode = {"mode": "test", "version_number": None} if dice.random() < 0.2 else {}
        trigger = dice.choice(["webhook", "manual"])
        took = dice.choice([0.2, 5, 80, 900, 40_000])
        runs.append(at(pattern, timedelta(seconds=dice.uniform(0, span)), status, took, trigger=trigger, **mode))
    if is_rolled:
        roll()
    found = statistics.of([pattern.pk], period, NOW)
    assert found.is_complete or not is_rolled
    assert found.counts == Counter(each.status for each in runs)
    assert found.by_trigger == Counter(each.trigger for each in runs)
    assert sum((slot.counts for slot in found.slots), Counter()) == found.counts
    live = Counter(each.status for each in runs if each.mode == "live")
    rated = sum(live[status] for status in ("completed", "failed", "timeout", "dead_letter"))
    assert found.success_rate == live["completed"] / rated
    took = sorted((e.ended_at - e.started_at) / timedelta(milliseconds=1) for e in runs if _is_rated(e))
    for share in (0.5, 0.95, 0.99):
        exact = max(took[max(0, -int(-len(took) * share // 1) - 1)], 1)
        assert found.percentile(share) == pytest.approx(exact, rel=0.03)
    assert statistics.of(None, period, NOW).counts == found.counts


def _is_rated(each: Execution) -> bool:
    return each.mode == "live" and each.status in ("completed", "failed", "timeout", "dead_letter")


def test_slots_begin_at_full_hours_and_the_last_holds_this_moment(pattern: Any) -> None:
    at(pattern, timedelta(minutes=30))
    at(pattern, timedelta(hours=23, minutes=30), "failed")
    roll()
    slots = statistics.of([pattern.pk], Period.DAY, NOW).slots
    assert slots[0].start == datetime(2026, 3, 13, 13, tzinfo=UTC)
    assert slots[-1].start == datetime(2026, 3, 14, 12, tzinfo=UTC)
    assert (slots[0].counts, slots[-1].counts) == ({"failed": 1}, {"completed": 1})


def test_hour_with_an_open_run_is_counted_again_when_it_has_ended(pattern: Any) -> None:
    slow = at(pattern, timedelta(hours=2), "running")
    roll()
    assert statistics.of([pattern.pk], Period.DAY, NOW).counts == {"running": 1}
    Execution.objects.filter(pk=slow.pk).update(status="completed", ended_at=NOW)
    TalliedHour.objects.update(at=NOW - timedelta(minutes=11))
    roll()
    assert statistics.of([pattern.pk], Period.DAY, NOW).counts == {"completed": 1}
    assert not TalliedHour.objects.filter(is_final=False).exists()


def test_run_that_is_retried_is_counted_again(pattern: Any, editor: Any, valkey: Any) -> None:
    bad = at(pattern, timedelta(hours=5), "failed")
    roll()
    retry(bad.pk, editor)
    TalliedHour.objects.update(at=NOW - timedelta(minutes=11))
    roll()
    assert statistics.of([pattern.pk], Period.DAY, NOW).counts == {"queued": 1}


def test_run_that_is_saved_after_its_hour_was_counted_is_counted(pattern: Any) -> None:
    full_hour = NOW.replace(minute=0, second=0)
    tally.roll(full_hour + timedelta(seconds=1), work_s=60)
    at(pattern, NOW - full_hour + timedelta(milliseconds=100))
    roll()
    assert statistics.of([pattern.pk], Period.DAY, NOW).counts == {"completed": 1}


def test_counts_stay_when_executions_are_pruned(pattern: Any) -> None:
    at(pattern, timedelta(hours=5))
    roll()
    Execution.objects.all().delete()
    TalliedHour.objects.update(is_final=False, at=NOW - timedelta(minutes=11))
    roll()
    assert statistics.of([pattern.pk], Period.DAY, NOW).counts == {"completed": 1}


def test_hours_not_counted_yet_are_told(pattern: Any) -> None:
    assert statistics.of([pattern.pk], Period.MONTH, NOW).is_complete, "nothing has ever run"
    at(pattern, timedelta(hours=5))
    assert not statistics.of([pattern.pk], Period.MONTH, NOW).is_complete
    roll()
    assert statistics.of([pattern.pk], Period.MONTH, NOW).is_complete


def test_work_of_the_clock_is_cut_in_moments(pattern: Any) -> None:
    at(pattern, timedelta(hours=30))
    assert tally.roll(NOW, work_s=0) == 1
    newest = datetime(2026, 3, 14, 11, tzinfo=UTC)
    assert max(TalliedHour.objects.values_list("hour", flat=True)) == newest


def test_hours_before_the_first_execution_are_not_counted_one_by_one(
    pattern: Any, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(2):
        assert tally.roll(NOW, work_s=60) == 0
    at(pattern, timedelta(hours=3))
    assert tally.roll(NOW, work_s=60) == 3
    assert TalliedHour.objects.count() == 3


def test_last_day_of_many_patterns_takes_a_fixed_number_of_queries(editor: Any) -> None:
    counts, keys = [], []
    for number in (1, 8):
        for n in range(number):
            pattern = deployed(editor, f"P {number} {n}").pattern
            keys.append(pattern.pk)
            at(pattern, timedelta(hours=3), "failed"), at(pattern, timedelta(0), took_ms=1_000)
        TalliedHour.objects.all().delete()
        roll()
        with CaptureQueriesContext(connection) as made:
            found = statistics.brief(keys, NOW)
        counts.append(len(made))
    assert counts[0] == counts[1]
    for each in found.values():
        assert each.success_rate == 0.5
        assert (each.slots[-4].counts, each.slots[-1].counts) == ({"failed": 1}, {"completed": 1})
        assert each.p95 == pytest.approx(1_000, rel=0.03)


@pytest.mark.django_db(transaction=True)
def test_two_processes_that_count_the_same_hours_come_to_one_count(editor: Any) -> None:
    pattern = deployed(editor).pattern
    for hours in range(1, 30):
        at(pattern, timedelta(hours=hours))

    def work(_: int) -> None:
        try:
            tally.roll(NOW, work_s=60)
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as threads:
        list(threads.map(work, range(3)))
    assert Tally.objects.count() == 29
    assert sum(Tally.objects.values_list("runs", flat=True)) == 29


def test_counts_stay_when_an_hour_is_pruned_in_part_and_counted_again(pattern: Any) -> None:
    at(pattern, timedelta(hours=5)), at(pattern, timedelta(hours=5), "failed")
    roll()
    Execution.objects.filter(status="failed").delete()
    TalliedHour.objects.update(is_final=False, at=NOW - timedelta(minutes=11))
    roll()
    assert statistics.of([pattern.pk], Period.DAY, NOW).counts == {"completed": 1, "failed": 1}


def test_durations_of_all_patterns_are_told_by_nobody(pattern: Any) -> None:
    at(pattern, timedelta(hours=3), took_ms=5_000), at(pattern, timedelta(minutes=1), took_ms=50)
    roll()
    for period in Period:
        found = statistics.of(None, period, NOW)
        assert (found.p50, found.p95, found.slots[-1].p50) == (None, None, None)


def test_hour_that_turns_while_figures_are_read_harms_nothing(pattern: Any) -> None:
    at(pattern, timedelta(0))
    before = NOW - timedelta(hours=1)
    assert statistics.brief([pattern.pk], before)[pattern.pk].total in (0, 1)
    Tally.objects.create(
        pattern=pattern,
        hour=NOW + timedelta(hours=5),
        mode="live",
        trigger="webhook",
        status="completed",
        runs=1,
        durations="{}",
    )
    assert len(statistics.brief([pattern.pk], NOW)[pattern.pk].slots) == 24
