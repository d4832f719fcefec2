"""How long executions are kept."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from deployments import retention
from deployments.models import Deployment
from dragops_site.ids import first_id
from executions import deletion
from executions.models import Execution, LogEntry
from patterns.actions import create_pattern
from tests.api.made import deployed, entry, run

NOW = timezone.now()
_numbers = iter(range(1, 1_000_000))


@pytest.fixture(autouse=True)
def _from_the_first_pattern() -> Iterator[None]:
    retention._last = None
    yield
    retention._last = None


def aged(pattern: Any, days: float, status: str = "completed", **fields: Any) -> Execution:
    """A run that was accepted so long ago, and ended a second later."""
    then = NOW - timedelta(days=days)
    ended = None if status in ("queued", "running") else then + timedelta(seconds=1)
    row_id = first_id(then).int + next(_numbers)
    given = {"id": type(first_id(then))(int=row_id), "created_at": then, "started_at": then, "ended_at": ended}
    return run(pattern, status, **{**given, **fields})


def prune(now: datetime = NOW) -> int:
    return retention.prune(now, work_s=60)


def kept() -> set[Execution]:
    return set(Execution.objects.all())


def test_executions_older_than_thirty_days_go_with_their_log_unless_told_otherwise(editor: Any) -> None:
    pattern = deployed(editor).pattern
    old, young = aged(pattern, 31, "failed"), aged(pattern, 29)
    entry(old, 1), entry(young, 1)
    assert prune() == 1
    assert kept() == {young}
    assert LogEntry.objects.get().execution == young
    assert prune() == 0


@pytest.mark.parametrize(("days", "left"), [(7, 1), (None, 3), (90, 2)])
def test_age_is_a_setting_of_the_deployment(editor: Any, days: int | None, left: int) -> None:
    deployment = deployed(editor)
    for age in (1, 40, 100):
        aged(deployment.pattern, age)
    Deployment.objects.update(retention_days=days)
    prune()
    assert len(kept()) == left


def test_newest_stay_where_a_number_of_them_is_kept(editor: Any) -> None:
    deployment, other = deployed(editor), deployed(editor, "Returns")
    runs = [aged(deployment.pattern, age) for age in (5, 4, 3, 2, 1)]
    theirs = aged(other.pattern, 20)
    Deployment.objects.filter(pk=deployment.pk).update(retention_count=2)
    assert prune() == 3
    assert kept() == {*runs[3:], theirs}


def test_what_is_open_or_ended_of_late_stays(editor: Any) -> None:
    pattern = deployed(editor).pattern
    stay = {
        aged(pattern, 99, "queued"),
        aged(pattern, 99, "running"),
        aged(pattern, 99, ended_at=NOW - timedelta(days=1)),
    }
    prune()
    assert kept() == stay


@pytest.mark.parametrize("who_is_open", ["root", "sibling", "nobody"])
def test_call_tree_goes_when_all_of_it_has_ended(editor: Any, who_is_open: str) -> None:
    pattern = deployed(editor).pattern
    root = aged(pattern, 90, "queued" if who_is_open == "root" else "completed")
    child = aged(pattern, 89, parent=root, root=root, parent_key="1", depth=1)
    status = "queued" if who_is_open == "sibling" else "completed"
    sibling = aged(pattern, 88, status, parent=root, root=root, parent_key="2", depth=1)
    prune()
    assert kept() == (set() if who_is_open == "nobody" else {root, child, sibling})


def test_tests_of_a_pattern_never_deployed_are_kept_as_long_as_the_server_is_told(editor: Any, settings: Any) -> None:
    pattern = create_pattern(editor, "Draft")
    aged(pattern, 20, mode="test", version_number=None)
    prune()
    assert len(kept()) == 1
    settings.RETENTION_DAYS = 0
    prune(NOW + timedelta(days=999))
    assert len(kept()) == 1
    settings.RETENTION_DAYS = 10
    prune()
    assert not kept()


def test_long_log_goes_in_parts(editor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deletion, "ENTRIES", 10)
    old = aged(deployed(editor).pattern, 40)
    for seq in range(35):
        entry(old, seq + 1)
    prune()
    assert not kept() and not LogEntry.objects.exists()


def test_work_stops_in_time_and_goes_on_at_the_same_pattern(editor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "RUNS", 1)
    pattern = deployed(editor).pattern
    for _ in range(3):
        aged(pattern, 40)
    assert retention.prune(NOW, work_s=0) == 0
    while retention.prune(NOW, work_s=0.000_01):
        pass
    prune()
    assert not kept()


def test_each_pattern_has_its_turn(editor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "PATTERNS", 2)
    for number in range(5):
        aged(deployed(editor, f"Pattern {number}").pattern, 40)
    assert [prune() for _ in range(3)] == [2, 2, 1]


@pytest.mark.django_db(transaction=True)
def test_several_processes_at_once_delete_each_once(editor: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "RUNS", 5)
    pattern = deployed(editor).pattern
    for _ in range(60):
        aged(pattern, 40)

    def work(_: int) -> int:
        try:
            return retention.prune(NOW, work_s=30)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        gone = sum(threads.map(work, range(4)))
    assert gone + prune() == 60
    assert not kept()


def test_number_that_is_kept_spares_what_may_not_be_counted_yet(editor: Any) -> None:
    deployment = deployed(editor)
    for minutes in (10, 30, 60, 200, 300):
        aged(deployment.pattern, minutes / 1_440)
    Deployment.objects.update(retention_count=1)
    assert prune() == 2
