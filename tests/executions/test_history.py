"""Which runs a filter finds, by which index, and that nobody finds a secret by it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from deployments.actions import create_environment, set_secret
from executions import history, masking
from executions.history import Filters
from executions.matching import parse
from executions.models import Execution
from tests.api.made import deployed, run

SECRET = "sk_live_51Habcdefgh"


@pytest.fixture
def pattern(editor: Any) -> Any:
    return deployed(editor).pattern


def found(**given: Any) -> list[str]:
    return [str(row.pk) for row in history.page(Filters(**given)).rows]


def ids(*runs: Execution) -> list[str]:
    return [str(each.pk) for each in reversed(runs)]


def test_runs_are_found_by_version_node_and_duration(pattern: Any) -> None:
    now = timezone.now()
    fast = run(pattern, started_at=now, ended_at=now + timedelta(milliseconds=5))
    slow = run(
        pattern, "failed", version_number=2, error_node_id="n4", started_at=now, ended_at=now + timedelta(hours=1)
    )
    waits = run(pattern, "queued")
    assert found(version=1) == ids(fast, waits)
    assert found(error_node="n4") == ids(slow)
    assert found(min_ms=6) == ids(slow)
    assert found(max_ms=5) == ids(fast)
    assert found(min_ms=5, max_ms=3_600_000) == ids(fast, slow)


def test_runs_are_found_by_what_event_result_and_error_hold(pattern: Any) -> None:
    one = run(pattern, event={"body": {"customer": {"id": 42}, "tags": ["new", "vip"]}})
    two = run(pattern, event={"body": {"customer": {"id": "42"}}}, result={"ok": True, "at": "Köln"})
    bad = run(pattern, "failed", event={"body": {"n": 42}}, error_type="Http", error_message="503 from 10.0.0.1")
    for text, expected in {
        "event.body.customer.id = 42": [one, two],
        'event.body.customer.id = "42"': [two],
        "event.body.customer.id=4": [],
        "event.body.tags[1] = vip": [one],
        "event.body.tags[0] = vip": [],
        "result.ok = true": [two],
        "result.ok = 1": [],
        'result.at = "Köln"': [two],
        'error.type = "Http"': [bad],
        "event.body.n = 42.0": [bad],
    }.items():
        assert found(matches=(parse(text),)) == ids(*expected), text
    assert found(q="köln") == ids(two)
    assert found(q="503 FROM") == ids(bad)
    both = (parse("event.body.n = 42"), parse("error.type = Http"))
    assert found(matches=both) == found(matches=both, q="10.0.0.1") == ids(bad)


def test_rare_statuses_of_all_patterns_are_found_newest_first(pattern: Any, editor: Any) -> None:
    other = deployed(editor, "Returns").pattern
    one, two = run(pattern, "failed"), run(other, "dead_letter")
    run(pattern), run(other, "queued")
    assert found(statuses=("failed", "dead_letter")) == ids(one, two)
    assert found(statuses=("queued",)) == [str(Execution.objects.get(status="queued").pk)]


def test_value_past_what_is_searched_is_not_found(pattern: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "SEARCHED", 100)
    run(pattern, event={"begin": "here", "fill": "x" * 200, "end": "there"})
    assert len(found(q="here")) == 1
    assert found(q="there") == found(matches=(parse("event.end = there"),)) == []


def test_secret_is_found_by_nobody(pattern: Any, admin: Any) -> None:
    set_secret(create_environment(admin, "production", is_default=True), "KEY", SECRET, admin)
    masking.refresh()
    sent = run(
        pattern, event={"token": SECRET, "for": "the warehouse"}, result=[SECRET], error_message=f"with {SECRET}"
    )
    assert found(q="warehouse") == ids(sent)
    for start in (SECRET[:5], SECRET[:9], SECRET):
        assert found(q=start) == [], start
        assert found(matches=(parse(f"event.token = {start}"),)) == []


@pytest.mark.parametrize("status", ["failed", "dead_letter"])
def test_rare_status_of_all_patterns_is_read_off_its_index(pattern: Any, status: str) -> None:
    Execution.objects.bulk_create(Execution(**_columns(pattern)) for _ in range(2_000))
    run(pattern, status)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE executions_execution" if connection.vendor == "postgresql" else "ANALYZE")
    plan = history._indexed(Filters(statuses=(status,)))[0].order_by("-id")[:10].explain()
    assert f"executions_{status}" in plan


def _columns(pattern: Any) -> dict[str, Any]:
    now = timezone.now()
    given = {"mode": "live", "trigger": "webhook", "version_number": 1, "started_at": now, "ended_at": now}
    return {"pattern": pattern, "snapshot": pattern.snapshots.first(), "status": "completed", **given}


def test_open_runs_of_all_patterns_are_found_among_many_that_have_ended(pattern: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(history, "WINDOW", 5)
    monkeypatch.setattr(history, "SEARCH_S", 0)  # so that going through them all would not find it
    waiting, limited = run(pattern, "queued"), run(pattern, "queued", concurrency=3)
    busy = run(pattern, "running")
    Execution.objects.bulk_create(Execution(**_columns(pattern)) for _ in range(20))
    assert found(statuses=("queued",)) == ids(waiting, limited)
    assert found(statuses=("running", "queued")) == ids(waiting, limited, busy)
    monkeypatch.setattr(history, "COUNT_CAP", 2)
    assert found(statuses=("running", "queued")) == []


def test_open_runs_are_paged_like_all_others(pattern: Any) -> None:
    waiting = [run(pattern, "queued") for _ in range(5)]
    filters, seen, cursor = Filters(statuses=("queued",)), [], None
    for _ in range(3):
        page = history.page(filters, cursor=cursor, limit=2)
        seen += [str(row.pk) for row in page.rows]
        cursor = page.next_cursor
    assert seen == ids(*waiting) and cursor is None
