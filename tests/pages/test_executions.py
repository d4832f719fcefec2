import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from executions.models import Execution
from tests.pages.made import a_deployment, a_pattern, a_run, an_entry, some_entries

FRAGMENT = {"HX-Request": "true"}


def text_of(answer: Any) -> str:
    return answer.content.decode()


def end(run: Execution, status: str = "completed") -> None:
    ended_at = timezone.now() + timedelta(seconds=1)
    Execution.objects.filter(pk=run.pk).update(status=status, ended_at=ended_at)


def test_the_page_shows_the_log_node_by_node(client_as: Any, viewer: Any) -> None:
    run = a_run(a_pattern())
    an_entry(run, 1, node_name="Add tax", level="debug", output={"result": 42, "ok": True})
    html = text_of(client_as(viewer).get(f"/executions/{run.pk}"))
    assert "Add tax" in html and "result: 42 · ok: true" in html and "90 µs" in html


def test_an_entry_opens_to_inputs_and_outputs(client_as: Any, viewer: Any) -> None:
    run = a_run(a_pattern())
    cut = {"$cut": {"type": "String", "size": 50_000_000, "start": "abc"}}
    an_entry(run, 1, inputs={"base": 2.5, "big": cut}, output={"items": [1, None, {"a": "x"}]})
    answer = client_as(viewer).get(f"/executions/{run.pk}/log/1", headers=FRAGMENT)
    html = text_of(answer)
    assert "cut, 50 MB in all" in html and "2.5" in html and "type-array" in html and "<html" not in html
    assert "<html" in text_of(client_as(viewer).get(f"/executions/{run.pk}/log/1"))


def test_a_failed_run_names_the_node_and_shows_its_data(client_as: Any, viewer: Any) -> None:
    error = {"error_type": "HTTPError", "error_message": "503", "error_node_id": "post", "error_node_name": "Post it"}
    run = a_run(a_pattern(), "failed", **error)
    an_entry(run, 1)
    an_entry(run, 2, node_id="post", node_name="Post it", level="error", inputs={"url": "https://a.example"})
    html = text_of(client_as(viewer).get(f"/executions/{run.pk}"))
    assert f'href="/executions/{run.pk}#entry-2"' in html
    assert "The data it was handling" in html and "https://a.example" in html


def test_everything_from_a_run_is_escaped(client_as: Any, viewer: Any) -> None:
    evil = "</pre><script>alert(1)</script>\u202e🔥\ud800\x00"
    kept = evil.encode("utf-8", "backslashreplace").decode().replace("\x00", "\\x00")
    names = {"error_type": kept, "error_message": kept * 300, "error_node_id": "n", "error_node_name": kept}
    run = a_run(a_pattern(kept), "failed", event={evil: [evil]}, result={evil: evil}, **names)
    an_entry(run, 1, node_id="n", node_name=kept, message=kept * 99, inputs={evil: evil}, output={evil: {evil: evil}})
    for path in ("", "/log/1", "/log?after=0"):
        html = text_of(client_as(viewer).get(f"/executions/{run.pk}{path}"))
        assert "<script>alert" not in html and "&lt;script&gt;alert(1)" in html


def test_a_tree_that_is_deep_and_wide_is_bounded(client_as: Any, viewer: Any) -> None:
    deep: Any = "end"
    for _ in range(240):
        deep = {"a": deep}
    run = a_run(a_pattern(), event={"deep": deep, "wide": list(range(9_000)), "long": "x" * 50_000})
    html = text_of(client_as(viewer).get(f"/executions/{run.pk}"))
    assert "too deep to show" in html and "8,800 more are not shown" in html and "50000 characters" in html
    assert len(html) < 200_000


def test_an_event_of_megabytes_is_a_download(client_as: Any, viewer: Any) -> None:
    run = a_run(a_pattern(), event={"text": "x" * 1_000_000})
    browser = client_as(viewer)
    assert "too big to show here" in text_of(browser.get(f"/executions/{run.pk}"))
    answer = browser.get(f"/executions/{run.pk}/event.json")
    assert answer.json() == run.event and "attachment" in answer["Content-Disposition"]


def test_the_page_takes_as_many_queries_for_a_long_log_as_for_a_short_one(client_as: Any, viewer: Any) -> None:
    run, browser = a_run(a_pattern()), client_as(viewer)
    an_entry(run, 1000)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as made:
            browser.get(f"/executions/{run.pk}")
        counts.append(len(made))
        some_entries(run, 100) if len(counts) == 1 else None
    assert counts[0] == counts[1] <= 10


# --- The log, page by page ------------------------------------------------------------------------------------------
def test_a_long_log_comes_in_pages(client_as: Any, viewer: Any) -> None:
    run, browser = a_run(a_pattern()), client_as(viewer)
    some_entries(run, 500)
    html = text_of(browser.get(f"/executions/{run.pk}"))
    assert "Step 200." in html and "Step 201." not in html
    more = text_of(browser.get(f"/executions/{run.pk}/log?after=200&more=1", headers=FRAGMENT))
    assert "Step 201." in more and "Step 400." in more and "after=400" in more
    rest = text_of(browser.get(f"/executions/{run.pk}/log?after=400&more=1", headers=FRAGMENT))
    assert "Step 500." in rest and "Show the next" not in rest
    assert "Step 201." in text_of(browser.get(f"/executions/{run.pk}?after=200"))


def test_the_log_is_searched_in_names_messages_and_values(client_as: Any, viewer: Any) -> None:
    run, browser = a_run(a_pattern()), client_as(viewer)
    an_entry(run, 1, node_name="Ask the shop", message="Plain.")
    an_entry(run, 2, message="Größe 50 % or more")
    an_entry(run, 3, output={"reply": "Grüße, “Zoë”"}, message="")
    an_entry(run, 4, inputs={"id": "order_77"}, message="Other.", level="warning")
    for q, found in (("SHOP", [1]), ("50 %", [2]), ("größe", [2]), ("“Zoë”", [3]), ("order_7", [4]), ("orderX7", [])):
        html = text_of(browser.get(f"/executions/{run.pk}", {"q": q}))
        assert [seq for seq in range(1, 5) if f'id="entry-{seq}"' in html] == found, q
    html = text_of(browser.get(f"/executions/{run.pk}?q=nothing&level=error"))
    assert "No entry matches" in html and 'value="nothing"' in html


def test_a_search_of_the_log_answers_as_a_fragment_and_keeps_its_level(client_as: Any, viewer: Any) -> None:
    run = a_run(a_pattern())
    an_entry(run, 1, message="Coffee.", level="warning"), an_entry(run, 2, message="Coffee."), an_entry(run, 3)
    html = text_of(client_as(viewer).get(f"/executions/{run.pk}?q=coffee&level=warning", headers=FRAGMENT))
    assert 'id="entry-1"' in html and 'id="entry-2"' not in html and "<h1>" not in html
    assert '<input type="hidden" name="level" value="warning" form="log-search">' in html
    assert "?level=error&amp;q=coffee" in html or "?q=coffee&amp;level=error" in html


def test_a_long_log_is_read_from_its_end_and_from_a_named_entry(client_as: Any, viewer: Any) -> None:
    run, browser = a_run(a_pattern()), client_as(viewer)
    some_entries(run, 1_200)
    end = text_of(browser.get(f"/executions/{run.pk}?end=1"))
    assert "Step 1200." in end and "Step 1001." in end and "Step 1000." not in end and "before=1001" in end
    assert "To the end" not in end and "To the beginning" in end
    earlier = text_of(browser.get(f"/executions/{run.pk}/log?before=1001&earlier=1", headers=FRAGMENT))
    assert (
        "Step 1000." in earlier and "Step 801." in earlier and "before=801" in earlier and "Step 1001." not in earlier
    )
    first = text_of(browser.get(f"/executions/{run.pk}/log?before=201&earlier=1", headers=FRAGMENT))
    assert "Step 1." in first and "before=" not in first
    named = text_of(browser.get(f"/executions/{run.pk}?seq=900"))
    assert "Step 881." in named and "Step 880." not in named and 'id="entry-900"' in named
    assert "Step 1." in text_of(browser.get(f"/executions/{run.pk}?seq=3"))


def test_a_run_is_downloaded_with_its_whole_log(
    client_as: Any, viewer: Any, django_assert_max_num_queries: Any
) -> None:
    run = a_run(a_pattern(), event={"body": "Grüße"}, result=[1])
    some_entries(run, 450)
    an_entry(run, 451, output={"n": 0.5})
    browser = client_as(viewer)
    with django_assert_max_num_queries(11):
        answer = browser.get(f"/executions/{run.pk}/execution.json")
        document = json.loads(b"".join(answer.streaming_content))  # type: ignore[attr-defined]
    assert f'filename="execution-{run.pk}.json"' in answer["Content-Disposition"]
    assert (document["id"], document["eventData"], document["result"]) == (str(run.pk), {"body": "Grüße"}, [1])
    assert [entry["seq"] for entry in document["log"]] == list(range(1, 452))
    assert document["log"][-1]["output"] == {"n": 0.5}


def test_a_follower_who_falls_behind_gets_the_button_for_the_rest(client_as: Any, viewer: Any) -> None:
    run = a_run(a_pattern(), "running")
    some_entries(run, 301)
    path = f"/executions/{run.pk}/log?after=1&status=running"
    news = text_of(client_as(viewer).get(path, headers=FRAGMENT))
    assert "quiet=1" in news and 'id="log-end"' in news and "after=201&amp;more=1" in news


def test_the_last_entries_shown_take_up_following_again(client_as: Any, viewer: Any) -> None:
    run, browser = a_run(a_pattern(), "running"), client_as(viewer)
    some_entries(run, 300)
    assert "quiet=1" in text_of(browser.get(f"/executions/{run.pk}"))
    more = text_of(browser.get(f"/executions/{run.pk}/log?after=200&more=1", headers=FRAGMENT))
    assert 'id="follow"' in more and "hx-swap-oob" in more and "after=300" in more and "quiet" not in more


def test_the_log_is_filtered_by_level(client_as: Any, viewer: Any) -> None:
    run = a_run(a_pattern())
    for seq, level in enumerate(("debug", "info", "warning", "error"), 1):
        an_entry(run, seq, level=level, node_name=f"At {level}.")
    html = text_of(client_as(viewer).get(f"/executions/{run.pk}?level=warning"))
    assert "At info." not in html and "At warning." in html and "At error." in html
    assert "At debug." in text_of(client_as(viewer).get(f"/executions/{run.pk}?level=<b>"))


@pytest.mark.parametrize("after", ["x", "-1", "1.5", "99999999999"])
def test_a_number_that_is_none_is_not_found(client_as: Any, viewer: Any, after: str) -> None:
    run = a_run(a_pattern())
    assert client_as(viewer).get(f"/executions/{run.pk}/log?after={after}").status_code == 404


# --- Following a run ------------------------------------------------------------------------------------------------
def test_a_follower_gets_204_when_nothing_is_new(client_as: Any, viewer: Any) -> None:
    run, browser = a_run(a_pattern(), "running"), client_as(viewer)
    an_entry(run, 1)
    path = f"/executions/{run.pk}/log?after=1&status=running"
    with CaptureQueriesContext(connection) as made:
        assert browser.get(path, headers=FRAGMENT).status_code == 204
    assert len(made) <= 4


def test_a_follower_gets_the_new_entries_and_asks_on_from_the_last(client_as: Any, viewer: Any) -> None:
    run = a_run(a_pattern(), "running")
    an_entry(run, 1, node_name="Old.")
    an_entry(run, 2, node_name="New.")
    answer = client_as(viewer).get(f"/executions/{run.pk}/log?after=1&status=running", headers=FRAGMENT)
    html = text_of(answer)
    assert answer.status_code == 200
    assert "New." in html and "Old." not in html and "after=2" in html and 'id="run-header"' not in html


def test_a_follower_learns_that_a_queued_run_has_started(client_as: Any, viewer: Any) -> None:
    run = a_run(a_pattern(), "running")
    answer = client_as(viewer).get(f"/executions/{run.pk}/log?after=0&status=queued", headers=FRAGMENT)
    assert answer.status_code == 200
    assert 'id="run-header"' in text_of(answer) and "status=running" in text_of(answer)


def test_a_follower_stops_with_286_and_the_result_when_the_run_ends(client_as: Any, viewer: Any) -> None:
    run = a_run(a_pattern(), "running", result={"sum": 77})
    an_entry(run, 1, node_name="Last.")
    end(run)
    answer = client_as(viewer).get(f"/executions/{run.pk}/log?after=0&status=running", headers=FRAGMENT)
    html = text_of(answer)
    assert answer.status_code == 286
    assert "Last." in html and "Completed" in html and "77" in html and 'id="follow"' not in html


def test_a_follower_of_an_ended_run_gets_all_pages_before_286(client_as: Any, viewer: Any) -> None:
    run, browser = a_run(a_pattern()), client_as(viewer)
    some_entries(run, 600)
    assert browser.get(f"/executions/{run.pk}/log?after=0", headers=FRAGMENT).status_code == 200
    assert browser.get(f"/executions/{run.pk}/log?after=500", headers=FRAGMENT).status_code == 286


def test_an_ended_run_is_not_followed(client_as: Any, viewer: Any) -> None:
    assert 'id="follow"' not in text_of(client_as(viewer).get(f"/executions/{a_run(a_pattern()).pk}"))


# --- The call tree --------------------------------------------------------------------------------------------------
def test_the_call_tree_is_seen_from_every_member(client_as: Any, viewer: Any) -> None:
    root = a_run(a_deployment("Intake.").pattern)
    child = a_run(a_pattern("Payment."), parent=root, root=root, parent_key="k1", depth=1, trigger="pattern_call")
    leaf = a_run(a_pattern("Ledger."), parent=child, root=root, parent_key="k1", depth=2, trigger="pattern_call")
    an_entry(root, 1, node_name="Call it")
    for run in (root, child, leaf):
        html = text_of(client_as(viewer).get(f"/executions/{run.pk}"))
        assert all(name in html for name in ("Intake.", "Payment.", "Ledger."))
        assert all(f"/executions/{other.pk}" in html for other in (root, child, leaf) if other != run)
    assert 'class="entry-call"' in text_of(client_as(viewer).get(f"/executions/{root.pk}"))


def test_the_call_tree_takes_as_many_queries_for_many_calls_as_for_one(client_as: Any, viewer: Any) -> None:
    root, browser = a_run(a_pattern()), client_as(viewer)
    callee = a_pattern("Callee")
    counts = []
    for start in (0, 1):
        for number in range(start, 1 + 30 * start):
            an_entry(root, number + 1)
            a_run(callee, parent=root, root=root, parent_key=f"k{number + 1}", depth=1)
        with CaptureQueriesContext(connection) as made:
            browser.get(f"/executions/{root.pk}")
        counts.append(len(made))
    assert counts[0] == counts[1]


def test_cancel_stops_a_queued_run(client_as: Any, operator: Any) -> None:
    run, browser = a_run(a_pattern(), "queued"), client_as(operator)
    browser.post(f"/executions/{run.pk}/cancel")
    run.refresh_from_db()
    assert run.status == "canceled"
    assert "has ended already" in text_of(browser.post(f"/executions/{run.pk}/cancel", follow=True))


# --- Attempts, waits and branches -------------------------------------------------------------------------------------
LATER = timezone.now() + timedelta(hours=5)
FAILED = {"error_type": "HTTPError", "error_message": "503", "error_node_id": "log", "error_node_name": "Say"}


def page_of(browser: Any, run: Execution) -> str:
    return text_of(browser.get(f"/executions/{run.pk}"))


def test_the_log_separates_attempts_and_marks_what_is_done_again(client_as: Any, viewer: Any) -> None:
    run = a_run(a_deployment(retry_attempts=3).pattern, "dead_letter", attempt=3, **FAILED)
    an_entry(run, 1)
    for attempt in (1, 2, 3):
        an_entry(run, attempt + 1, attempt=attempt, is_void=True, level="error")
    html = page_of(client_as(viewer), run)
    assert [part.split("<")[0] for part in html.split('"attempt-mark"><span>')[1:]] == ["Attempt 2", "Attempt 3"]
    assert html.count("done again later") == 2
    assert "3 of 3</dd>" in html


@pytest.mark.parametrize(("after", "marks"), [(1, ["Attempt 2"]), (2, []), (3, ["Attempt 3"])])
def test_a_page_of_the_log_knows_which_attempt_came_before(
    client_as: Any, viewer: Any, after: int, marks: list[str]
) -> None:
    run = a_run(a_pattern(), "running", attempt=3)
    for seq, attempt in enumerate((1, 2, 2, 3), 1):
        an_entry(run, seq, attempt=attempt)
    html = text_of(client_as(viewer).get(f"/executions/{run.pk}/log?after={after}", headers=FRAGMENT))
    found = [part.split("<")[0] for part in html.split('"attempt-mark"><span>')[1:]]
    assert found[: len(marks)] == marks and len(found) == (0 if after == 3 else len(marks)) + (after < 4)


def test_the_log_names_branches_and_tells_waits_in_the_reader_s_time(client_as: Any, viewer: Any) -> None:
    run = a_run(a_pattern())
    an_entry(run, 1, key="4.0-2.1.0-0.7")
    an_entry(run, 2, key="5~wait", message="Waits until 2026-07-01T12:00:00.5Z.")
    an_entry(run, 3, key="6~wait", message="Waits until <b>whenever</b>.")
    html = page_of(client_as(viewer), run)
    assert "branch 3 › 1</span>" in html
    assert 'Waits until <time datetime="2026-07-01T12:00:00.500Z"' in html
    assert "Waits until &lt;b&gt;whenever" in html


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Waits for a worker"),
        ({"concurrency": 2}, "Waits for its turn: at most 2 runs of this pattern at a time"),
        ({"waits_for": "time", "ready_at": LATER}, "Waits until <time"),
        ({"waits_for": "time", "ready_at": LATER - timedelta(days=1)}, "Waits for a worker"),
        ({"waits_for": "webhook", "ready_at": LATER}, "Waits for a request, until <time"),
        ({"waits_for": "webhook", "ready_at": LATER + timedelta(days=364)}, "Waits for a request\n"),
        ({"waits_for": "callee", "ready_at": LATER}, "Waits for a called pattern"),
        ({"waits_for": "retry", "ready_at": LATER, "attempt": 2, **FAILED}, "Waits for attempt 2 at <time"),
        ({"waits_for": "several", "ready_at": LATER}, "Its branches wait"),
    ],
)
def test_the_page_says_what_a_queued_run_waits_for(client_as: Any, viewer: Any, fields: Any, said: str) -> None:
    html = page_of(client_as(viewer), a_run(a_deployment(retry_attempts=4).pattern, "queued", **fields))
    assert said in html.replace("</span></p>", "</p>")
    if "attempt" in fields:
        assert "Attempt 1 failed, with an error that may pass. Attempt 2 of 4 goes on" in html


def test_the_page_links_to_the_run_that_it_waits_for(client_as: Any, viewer: Any) -> None:
    run = a_run(a_pattern(), "queued", waits_for="callee", ready_at=LATER)
    called = a_run(a_pattern("Payment."), "running", parent=run, root=run, parent_key="k1", depth=1)
    assert f'Waits for <a href="/executions/{called.pk}"><bdi>Payment.</bdi></a>' in page_of(client_as(viewer), run)


def test_a_follower_learns_that_the_run_waits_for_something_else(client_as: Any, viewer: Any) -> None:
    run, browser = a_run(a_pattern(), "queued", waits_for="time", ready_at=LATER), client_as(viewer)
    html = page_of(browser, run)
    path = html.split('id="follow"')[1].split('hx-get="')[1].split('"')[0].replace("&amp;", "&")
    assert browser.get(path, headers=FRAGMENT).status_code == 204
    Execution.objects.filter(pk=run.pk).update(waits_for="webhook")
    told = browser.get(path, headers=FRAGMENT)
    assert told.status_code == 200 and "Waits for a request" in text_of(told)


def test_the_page_tells_of_lost_workers(client_as: Any, viewer: Any) -> None:
    run = a_run(a_pattern(), "running", recoveries=2, loss="signal 9 <b>")
    html = page_of(client_as(viewer), run)
    assert '<dd title="signal 9 &lt;b&gt;">2 times <span class="muted">and went on</span>' in html


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"attempt": 5, **FAILED}, "All 5 attempts failed; the last error is below."),
        ({**FAILED, "error_type": "WorkerLost"}, "Each worker that ran it was lost."),
    ],
)
def test_a_dead_letter_is_explained(client_as: Any, operator: Any, fields: Any, said: str) -> None:
    run = a_run(a_deployment(retry_attempts=5).pattern, "dead_letter", **fields)
    html = page_of(client_as(operator), run)
    assert said in html and 'id="retry"' in html


def test_a_failed_run_says_that_the_policy_does_not_cover_its_error(client_as: Any, viewer: Any) -> None:
    run = a_run(a_deployment(retry_attempts=5).pattern, "failed", **FAILED)
    assert "its retry policy does not cover this error" in page_of(client_as(viewer), run)


@pytest.mark.parametrize(("data", "epoch"), [({}, 0), ({"anew": "1"}, 1)])
def test_retry_queues_a_further_attempt(client_as: Any, operator: Any, data: Any, epoch: int) -> None:
    run = a_run(a_pattern(), "failed", ended_at=timezone.now())
    answer = client_as(operator).post(f"/executions/{run.pk}/retry", data, follow=True)
    run.refresh_from_db()
    assert (run.status, run.attempt, run.epoch) == ("queued", 2, epoch)
    assert "Queued for a further attempt." in text_of(answer)


def test_retry_of_a_completed_run_is_refused_with_a_message(client_as: Any, operator: Any) -> None:
    run, browser = a_run(a_pattern()), client_as(operator)
    assert 'id="retry"' not in page_of(browser, run)
    answer = browser.post(f"/executions/{run.pk}/retry", follow=True)
    assert "is completed and cannot be retried" in text_of(answer)


def test_the_waterfall_shows_each_step_and_the_runs_it_called(client_as: Any, viewer: Any) -> None:
    run = a_run(a_pattern())
    child = a_run(a_pattern("Price order"), parent=run, root=run, parent_key="1", trigger="pattern_call")
    an_entry(run, 1, key="0", node_name="Ask <b>")
    an_entry(run, 2, key="1", node_name="Call Pattern")
    html = text_of(client_as(viewer).get(f"/executions/{run.pk}/waterfall", headers=FRAGMENT))
    assert "Ask &lt;b&gt;" in html and "Call Pattern" in html and f"/executions/{child.pk}" in html
    assert "<html" not in html and "hx-get" not in html
    assert "<html" in text_of(client_as(viewer).get(f"/executions/{run.pk}/waterfall"))


def test_the_waterfall_of_an_open_run_is_drawn_again(client_as: Any, viewer: Any) -> None:
    run = a_run(a_pattern(), "running")
    html = text_of(client_as(viewer).get(f"/executions/{run.pk}/waterfall", headers=FRAGMENT))
    assert "No step has ended yet" in html and "hx-get" in html


def test_the_waterfall_takes_the_same_queries_whatever_the_log(client_as: Any, viewer: Any) -> None:
    run, browser, counts = a_run(a_pattern()), client_as(viewer), []
    for count in (1, 5_000):
        some_entries(run, count) if count > 1 else an_entry(run, 9_999)
        with CaptureQueriesContext(connection) as made:
            browser.get(f"/executions/{run.pk}/waterfall")
        counts.append(len(made))
    assert counts[0] == counts[1]


def test_the_waterfall_shows_the_attempt_that_went_well(client_as: Any, viewer: Any) -> None:
    run = a_run(a_pattern(), attempt=2)
    an_entry(run, 1, key="0", node_name="Ask", is_void=True, error_type="Http", level="error")
    an_entry(run, 2, key="0", node_name="Ask", attempt=2)
    html = text_of(client_as(viewer).get(f"/executions/{run.pk}/waterfall", headers=FRAGMENT))
    assert "bar status-done" in html and "bar status-failed" not in html
