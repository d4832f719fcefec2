"""Runs, their logs and trees over the API."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from executions import history
from executions.models import Execution
from patterns.actions import create_pattern
from patterns.models import Pattern
from tests.api.made import deployed, entry, ids, run

ROW = {
    *("id", "deploymentId", "patternId", "patternName", "versionNumber", "mode", "triggeredBy", "status", "createdAt"),
    *("startedAt", "completedAt", "durationMs", "attempt", "eventData", "logOutput", "errorMessage"),
}
DETAIL = ROW | {"result", "error", "parentId", "rootId", "timeLimitS", "waitsFor", "readyAt", "rerunOf"}


@pytest.fixture
def pattern(editor: Any) -> Pattern:
    return deployed(editor).pattern


@pytest.fixture
def as_viewer(api_as: Any, viewer: Any) -> Any:
    return api_as(viewer)


def _runs(client: Any, pattern: Pattern, query: str = "") -> Any:
    answer = client.get(f"/api/deployments/{pattern.pk}/runs{query}")
    assert answer.status_code == 200, answer.content
    return answer


def test_row_tells_what_the_contract_names(as_viewer: Any, pattern: Pattern) -> None:
    execution = run(pattern, "failed", error_type="Error", error_message="no stock")
    row = _runs(as_viewer, pattern).json()["data"][0]
    assert set(row) == ROW
    assert (row["id"], row["deploymentId"], row["patternId"]) == (str(execution.pk), str(pattern.pk), str(pattern.pk))
    assert (row["status"], row["triggeredBy"], row["mode"], row["versionNumber"]) == ("failed", "webhook", "live", 1)
    assert (row["durationMs"], row["errorMessage"], row["eventData"]) == (500, "no stock", {"body": {"n": 1}})
    assert len(row["startedAt"]) == len(row["completedAt"]) == len("2026-01-01T00:00:00.000Z")


def test_test_run_is_listed_without_a_deployment(as_viewer: Any, pattern: Pattern) -> None:
    run(pattern, mode="test", trigger="manual", version_number=None)
    row = _runs(as_viewer, pattern).json()["data"][0]
    assert (row["deploymentId"], row["versionNumber"], row["mode"]) == (None, None, "test")


def test_queued_run_has_no_times(as_viewer: Any, pattern: Pattern) -> None:
    run(pattern, "queued")
    row = _runs(as_viewer, pattern).json()["data"][0]
    assert (row["startedAt"], row["completedAt"], row["durationMs"], row["errorMessage"]) == (None,) * 4


def test_log_output_of_a_row_leaves_out_plain_steps_and_is_capped(as_viewer: Any, pattern: Pattern) -> None:
    execution = run(pattern)
    entry(execution, 1)
    entry(execution, 2, message="hello", output='{"secret": "x"}')
    entry(execution, 3, level="warning", message="w" * 5_000)
    for seq in range(4, 60):
        entry(execution, seq, level="error", message=f"no {seq}")
    said = _runs(as_viewer, pattern).json()["data"][0]["logOutput"]
    assert set(said[0]) == {"seq", "timestamp", "nodeId", "nodeName", "level", "message"}
    assert [(line["level"], line["message"][:5]) for line in said[:3]] == [
        ("info", "hello"),
        ("warning", "wwwww"),
        ("error", "no 4"),
    ]
    assert (len(said), len(said[1]["message"])) == (20, 500)
    whole = as_viewer.get(f"/api/runs/{execution.pk}").json()["data"]["logOutput"]
    assert (len(whole), len(whole[1]["message"])) == (58, 5_000)


def test_long_event_is_cut_in_a_list_and_whole_in_the_detail(as_viewer: Any, pattern: Pattern, settings: Any) -> None:
    event = {"body": "x" * settings.EXECUTIONS["VALUE_BYTES"]}
    execution = run(pattern, event=event)
    cut = _runs(as_viewer, pattern).json()["data"][0]["eventData"]["$cut"]
    assert (cut["type"], cut["start"][:12]) == ("Object", '{"body":"xxx')
    assert cut["size"] > settings.EXECUTIONS["VALUE_BYTES"]
    assert as_viewer.get(f"/api/runs/{execution.pk}").json()["data"]["eventData"] == event


@pytest.mark.parametrize("status", ["completed", "queued"])
def test_runs_take_the_same_queries_whatever_their_number(
    as_viewer: Any, pattern: Pattern, django_assert_num_queries: Any, status: str
) -> None:
    for _ in range(15):
        entry(run(pattern, status), 1, message="hello")
    with django_assert_num_queries(6):  # pattern, ids, count, rows, log, events
        assert len(ids(_runs(as_viewer, pattern, "?limit=100"))) == 15
    cursor = str(Execution.objects.order_by("id")[10].pk)
    with django_assert_num_queries(4):  # ids, rows, log, events
        assert len(ids(as_viewer.get(f"/api/runs?cursor={cursor}"))) == 10
    with django_assert_num_queries(7):  # pattern; ids and count once for each of three statuses, and nothing found
        _runs(as_viewer, pattern, "?status=failure&status=running")


# --- Filters --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("query", "statuses"),
    [
        ("status=success", {"completed"}),
        ("status=failure", {"failed", "timeout"}),
        ("status=dead_letter", {"dead_letter"}),
        ("status=running", {"running"}),
        ("status=completed", {"completed"}),
        ("status=failed", {"failed"}),
        ("status=timeout", {"timeout"}),
        ("status=queued", {"queued"}),
        ("status=canceled", {"canceled"}),
        ("status=success&status=queued", {"completed", "queued"}),
        ("", {"completed", "failed", "timeout", "dead_letter", "running", "queued", "canceled"}),
    ],
)
def test_runs_are_found_by_status(as_viewer: Any, pattern: Pattern, query: str, statuses: set[str]) -> None:
    for status in ("completed", "failed", "timeout", "dead_letter", "running", "queued", "canceled"):
        run(pattern, status)
    for address in (f"/api/deployments/{pattern.pk}/runs", "/api/runs"):
        answer = as_viewer.get(f"{address}?{query}").json()
        assert {row["status"] for row in answer["data"]} == statuses
        assert answer["meta"]["total"] == len(statuses)
        assert [row["id"] for row in answer["data"]] == sorted((row["id"] for row in answer["data"]), reverse=True)


def test_runs_are_found_by_trigger_mode_and_text(as_viewer: Any, pattern: Pattern) -> None:
    hook = run(pattern, event={"body": {"city": "Köln", "quote": 'say "hi"', "rate": "50%"}})
    hand = run(pattern, "failed", trigger="manual", error_type="Error", error_message="No STOCK_left")
    test = run(pattern, mode="test", trigger="manual", version_number=None, event={"nul": "a\x00b", "lone": "\ud800"})
    found = {
        "triggeredBy=webhook": [hook],
        "triggeredBy=manual": [test, hand],
        "mode=test": [test],
        "mode=live": [hand, hook],
        "triggeredBy=manual&mode=live": [hand],
        "q=stock_LEFT": [hand],
        "q=stockXleft": [],
        "q=Köln": [hook],
        "q=50%25": [hook],
        "q=%25%25": [],
        "q=say+%22hi%22": [hook],
        "q=a\\": [],
        "q=": [test, hand, hook],
        "q=nul&mode=test": [test],
        "status=failed&q=stock": [hand],
    }
    for query, runs in found.items():
        assert ids(_runs(as_viewer, pattern, f"?{query}")) == [str(execution.pk) for execution in runs], query


def test_runs_are_found_by_time(as_viewer: Any, pattern: Pattern) -> None:
    first, last = run(pattern), run(pattern)
    moment = first.created_at
    later = moment + timedelta(hours=1)

    def found(**query: Any) -> int:
        answer = as_viewer.get(f"/api/deployments/{pattern.pk}/runs", {k: v.isoformat() for k, v in query.items()})
        return len(answer.json()["data"])

    assert found(since=moment - timedelta(minutes=1)) == 2
    assert found(since=later) == 0
    assert found(until=later) == 2
    assert found(until=moment - timedelta(minutes=1)) == 0
    assert found(since=moment - timedelta(minutes=1), until=later) == 2
    assert last.created_at >= moment


@pytest.mark.parametrize(
    "query",
    [
        *("status=done", "status=", "triggeredBy=mail", "mode=dry", "since=yesterday", "until=9", "page=0", "page=-1"),
        *("page=x", f"page={10**30}", "limit=0", "limit=-5", "limit=x", "cursor=rubbish", "cursor=%00", "q=%00"),
        *("cursor={01890000-0000-7000-8000-000000000000}", "q=" + "x" * 300, "&".join(["status=failed"] * 50)),
        *("page=1000000", "since=0000-00-00", "since=2026-13-45T99:99:99Z"),
    ],
)
@pytest.mark.parametrize("address", ["/api/runs", "/api/deployments/{}/runs"])
def test_query_that_makes_no_sense_is_422(as_viewer: Any, pattern: Pattern, address: str, query: str) -> None:
    answer = as_viewer.get(f"{address.format(pattern.pk)}?{query}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION")


@pytest.mark.parametrize(
    "query", ["since=0001-01-01T00:00:00Z", "until=9999-12-31T23:59:59Z", "limit=1000000000", "q=\\", "q=%25_%25"]
)
def test_query_at_the_edge_is_answered(as_viewer: Any, pattern: Pattern, query: str) -> None:
    _runs(as_viewer, pattern, f"?{query}")


def test_runs_of_a_pattern_never_deployed_are_its_test_runs(as_viewer: Any, editor: Any) -> None:
    draft = create_pattern(editor, "Draft")
    assert _runs(as_viewer, draft).json()["data"] == []


def test_runs_of_no_pattern_are_404(as_viewer: Any) -> None:
    for pattern_id in (uuid4(), "x", "%00"):
        assert as_viewer.get(f"/api/deployments/{pattern_id}/runs").json()["error"]["code"] == "PATTERN_NOT_FOUND"


# --- Paging ---------------------------------------------------------------------------------------------------------
def test_pages_by_number_and_by_cursor_show_each_run_once(as_viewer: Any, pattern: Pattern) -> None:
    made = [str(run(pattern, "failed" if number % 3 else "completed").pk) for number in range(11)][::-1]
    by_number = [_runs(as_viewer, pattern, f"?limit=4&page={page}") for page in (1, 2, 3, 4)]
    assert [run_id for page in by_number for run_id in ids(page)] == made
    meta = by_number[0].json()["meta"]
    assert {**meta, "nextCursor": ""} == {"page": 1, "limit": 4, "total": 11, "totalPages": 3, "nextCursor": ""}
    for filters in ("", "&status=failed", "&status=failed&status=completed", "&triggeredBy=webhook"):
        seen, cursor = [], ""
        while cursor is not None:
            page = _runs(as_viewer, pattern, f"?limit=4{filters}&cursor={cursor}").json()
            seen += [row["id"] for row in page["data"]]
            cursor = page["meta"]["nextCursor"]
        wanted = made if filters != "&status=failed" else [pk for n, pk in enumerate(made) if (10 - n) % 3]
        assert seen == wanted


def test_page_that_is_exactly_full_has_no_next_one(as_viewer: Any, pattern: Pattern) -> None:
    for _ in range(4):
        run(pattern)
    assert _runs(as_viewer, pattern, "?limit=4").json()["meta"]["nextCursor"] is None


def test_search_that_runs_out_of_time_hands_back_where_to_go_on(
    as_viewer: Any, pattern: Pattern, monkeypatch: Any
) -> None:
    monkeypatch.setattr(history, "WINDOW", 3)
    monkeypatch.setattr(history, "SEARCH_S", -1.0)
    wanted = run(pattern, event={"body": "needle"})
    for _ in range(7):
        run(pattern)
    seen, cursor, pages = [], "", 0
    while cursor is not None:
        page = _runs(as_viewer, pattern, f"?q=needle&cursor={cursor}").json()
        seen += [row["id"] for row in page["data"]]
        cursor, pages = page["meta"]["nextCursor"], pages + 1
    assert (seen, pages > 2) == ([str(wanted.pk)], True)


def test_total_is_counted_no_further_than_the_cap(pattern: Pattern) -> None:
    for number in range(6):
        run(pattern, "failed" if number % 2 else "completed")
    every = history.Filters(pattern_id=pattern.pk)
    both = history.Filters(pattern_id=pattern.pk, statuses=("failed", "completed"))
    searched = history.Filters(pattern_id=pattern.pk, q="body")
    for filters in (every, both, searched):
        assert (history.count_up_to(filters), history.count_up_to(filters, cap=4)) == (6, 4)


# --- One run --------------------------------------------------------------------------------------------------------
def test_run_tells_result_error_and_kin(as_viewer: Any, pattern: Pattern) -> None:
    top = run(pattern)
    execution = run(
        pattern,
        "failed",
        result={"sum": 3},
        error_type="HTTPError",
        error_message="no route",
        error_node_id="n7",
        error_node_name="Ask",
        parent=top,
        parent_key="1",
        root=top,
    )
    told = as_viewer.get(f"/api/runs/{execution.pk}").json()["data"]
    assert set(told) == DETAIL
    assert told["error"] == {"type": "HTTPError", "message": "no route", "nodeId": "n7", "nodeName": "Ask"}
    assert (told["result"], told["parentId"], told["rootId"]) == ({"sum": 3}, str(top.pk), str(top.pk))


@pytest.mark.parametrize("run_id", [str(uuid4()), "1", "x" * 1_000, "%00"])
@pytest.mark.parametrize("tail", ["", "/log", "/tree"])
def test_unknown_run_is_404(as_viewer: Any, run_id: str, tail: str) -> None:
    answer = as_viewer.get(f"/api/runs/{run_id}{tail}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "RUN_NOT_FOUND")


def test_tree_is_the_same_from_any_of_its_members(
    as_viewer: Any, pattern: Pattern, django_assert_num_queries: Any
) -> None:
    top = run(pattern)
    left = run(pattern, parent=top, parent_key="1", root=top)
    right = run(pattern, parent=top, parent_key="2", root=top)
    leaf = run(pattern, parent=right, parent_key="1", root=top)
    for member in (top, left, leaf):
        with django_assert_num_queries(2):  # the run, its kin
            tree = as_viewer.get(f"/api/runs/{member.pk}/tree").json()["data"]
        assert (tree["id"], [child["id"] for child in tree["children"]]) == (str(top.pk), [str(left.pk), str(right.pk)])
        assert tree["children"][1]["children"][0]["id"] == str(leaf.pk)
    assert (tree["patternName"], tree["status"], tree["durationMs"]) == ("Orders", "completed", 500)


def test_cancel_ends_a_queued_run_and_is_409_then(api_as: Any, operator: Any, pattern: Pattern, valkey: Any) -> None:
    address = f"/api/runs/{run(pattern, 'queued').pk}/cancel"
    answer = api_as(operator).post(address)
    assert (answer.status_code, answer.json()["data"]["status"]) == (200, "canceled")
    again = api_as(operator).post(address)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "CONFLICT")


def test_cancel_asks_a_running_run_to_stop(api_as: Any, operator: Any, pattern: Pattern) -> None:
    execution = run(pattern, "running")
    answer = api_as(operator).post(f"/api/runs/{execution.pk}/cancel")
    assert (answer.status_code, answer.json()["data"]["status"]) == (202, "running")
    execution.refresh_from_db()
    assert execution.cancel_requested


def test_cancel_of_no_run_is_404(api_as: Any, operator: Any) -> None:
    assert api_as(operator).post(f"/api/runs/{uuid4()}/cancel").json()["error"]["code"] == "RUN_NOT_FOUND"


# --- The log --------------------------------------------------------------------------------------------------------
def _log(client: Any, execution: Execution, query: str = "") -> Any:
    answer = client.get(f"/api/runs/{execution.pk}/log{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_log_tells_each_step_with_its_values(as_viewer: Any, pattern: Pattern) -> None:
    execution = run(pattern)
    entry(
        execution,
        1,
        inputs='{"a":1}',
        output='{"text":{"$cut":{"type":"String","size":9,"start":"x"}},"n":"\\u0000\\ud800"}',
        duration_us=1_500,
        level="error",
        error_type="Error",
        message="no",
    )
    entry(execution, 2)
    first, second = _log(as_viewer, execution)["data"]
    assert set(first) == {
        *("seq", "timestamp", "nodeId", "nodeName", "level", "message", "inputs", "output", "durationMs", "attempt"),
        *("errorType", "isVoid"),
    }
    assert (first["inputs"], first["durationMs"], first["errorType"]) == ({"a": 1}, 1.5, "Error")
    assert not first["isVoid"]
    assert first["output"]["n"] == "\x00\ud800"
    assert (second["inputs"], second["output"], second["durationMs"], second["errorType"]) == ({}, {}, None, None)


def test_log_goes_on_after_a_sequence_number(as_viewer: Any, pattern: Pattern, django_assert_num_queries: Any) -> None:
    execution = run(pattern)
    for seq in range(1, 8):
        entry(execution, seq)
    page = _log(as_viewer, execution, "?limit=3")
    assert [line["seq"] for line in page["data"]] == [1, 2, 3]
    assert page["meta"] == {"after": 3, "more": True, "status": "completed"}
    with django_assert_num_queries(2):
        page = _log(as_viewer, execution, "?after=3&limit=4")
    assert ([line["seq"] for line in page["data"]], page["meta"]["more"]) == ([4, 5, 6, 7], False)
    assert _log(as_viewer, execution, "?after=7")["meta"] == {"after": 7, "more": False, "status": "completed"}


def test_log_page_ends_early_where_entries_are_large(as_viewer: Any, pattern: Pattern, monkeypatch: Any) -> None:
    from executions import api

    monkeypatch.setattr(api, "LOG_BATCH", 2)
    monkeypatch.setattr(api, "LOG_BYTES", 1_000)
    execution = run(pattern)
    for seq in range(1, 8):
        entry(execution, seq, output='{"text":"%s"}' % ("x" * 400))
    seen, after, more = [], 0, True
    while more:
        page = _log(as_viewer, execution, f"?after={after}")
        seen.append(len(page["data"]))
        after, more = page["meta"]["after"], page["meta"]["more"]
    assert (sum(seen), max(seen)) == (7, 4)


@pytest.mark.parametrize("query", ["after=-1", "after=x", f"after={10**30}", "limit=0", "limit=x", "after=%00"])
def test_log_query_that_makes_no_sense_is_422(as_viewer: Any, pattern: Pattern, query: str) -> None:
    assert as_viewer.get(f"/api/runs/{run(pattern).pk}/log?{query}").status_code == 422


def test_runs_are_found_by_values_duration_version_and_node(as_viewer: Any, pattern: Pattern) -> None:
    one = run(pattern, event={"body": {"order": 7}})
    two = run(pattern, "failed", version_number=2, event={"body": {"order": 8}}, error_node_id="n4")
    for query, expected in {
        "match=event.body.order+%3D+7": [one],
        "match=event.body.order+%3D+8&match=error.nodeId+%3D+n4": [two],
        "version=2": [two],
        "errorNode=n4": [two],
        "minDurationMs=501": [],
        "minDurationMs=400&maxDurationMs=600": [two, one],
    }.items():
        assert ids(_runs(as_viewer, pattern, f"?{query}")) == [str(each.pk) for each in expected], query


@pytest.mark.parametrize("query", ["match=nonsense", "version=0", "minDurationMs=-1", "maxDurationMs=x"])
def test_condition_that_makes_no_sense_is_422(as_viewer: Any, pattern: Pattern, query: str) -> None:
    assert as_viewer.get(f"/api/deployments/{pattern.pk}/runs?{query}").status_code == 422
