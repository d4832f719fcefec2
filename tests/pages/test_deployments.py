import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deployments.models import Deployment, Notice, Schedule
from dragops_site.ids import first_id
from executions.models import Execution
from patterns.models import Tag
from tests.pages.made import a_deployment, a_pattern, a_run, of_unknown_id

FRAGMENT = {"HX-Request": "true"}
LATER = timezone.now() + timedelta(hours=5)


def text_of(answer: Any) -> str:
    return answer.content.decode()


def queries_of(browser: Any, path: str) -> int:
    browser.get(path)
    with CaptureQueriesContext(connection) as made:
        assert browser.get(path).status_code == 200
    return len(made)


# --- The list -------------------------------------------------------------------------------------------------------
def test_the_list_says_what_to_do_when_nothing_is_deployed(client_as: Any, viewer: Any) -> None:
    assert "Nothing is deployed yet" in text_of(client_as(viewer).get("/deployments"))


def test_the_list_shows_the_share_of_completed_runs_among_the_ended_live_ones(client_as: Any, viewer: Any) -> None:
    pattern = a_deployment().pattern
    for status in ("completed", "completed", "completed", "failed", "canceled", "running"):
        a_run(pattern, status)
    a_run(pattern, "failed", mode="test", version_number=None)
    assert "75 %" in text_of(client_as(viewer).get("/deployments"))


def test_the_success_rate_looks_at_the_last_hundred_runs_only(client_as: Any, viewer: Any) -> None:
    pattern = a_deployment().pattern
    for status in ["failed"] * 20 + ["completed"] * 100:
        a_run(pattern, status)
    assert "100 %" in text_of(client_as(viewer).get("/deployments"))


def test_the_list_filters_by_name_and_status(client_as: Any, viewer: Any) -> None:
    a_deployment("Orders")
    a_deployment("Invoices", status="paused")
    browser = client_as(viewer)
    assert "Invoices" not in text_of(browser.get("/deployments?q=ord"))
    assert "Orders" not in text_of(browser.get("/deployments?status=paused"))
    assert "No deployment matches" in text_of(browser.get("/deployments?q=zzz\x00"))


def test_the_list_answers_htmx_with_the_rows_alone(client_as: Any, viewer: Any) -> None:
    a_deployment()
    html = text_of(client_as(viewer).get("/deployments", headers=FRAGMENT))
    assert "Orders" in html and "<html" not in html


def names_in(html: str) -> list[str]:
    return re.findall(r"data-row><bdi>([^<]+)</bdi>", html)


def test_the_list_is_sorted_by_a_column_and_what_has_no_value_comes_last(client_as: Any, viewer: Any) -> None:
    now = timezone.now()
    for name, days, statuses in (("B", 3, ["failed"]), ("A", 2, []), ("C", 1, ["completed", "failed"])):
        deployment = a_deployment(name, "OnStart" if name == "A" else "OnWebhook")
        Deployment.objects.filter(pk=deployment.pk).update(deployed_at=now - timedelta(days=days))
        for status in statuses:
            a_run(deployment.pattern, status)
    browser, orders = client_as(viewer), {
        "": "ABC", "name": "ABC", "-name": "CBA", "deployed": "BAC", "-deployed": "CAB", "last": "BCA", "-last": "CBA",
        "trigger": "ABC", "nonsense": "ABC", "--name": "CBA",
    }  # fmt: skip
    for sort, order in orders.items():
        assert names_in(text_of(browser.get("/deployments", {"sort": sort}))) == list(order), sort
    html = text_of(browser.get("/deployments?sort=-deployed&q=&status=active"))
    assert 'aria-sort="descending"' in html and "sort=deployed" in html and "status=active" in html


def test_the_list_filters_by_trigger_and_tag(client_as: Any, viewer: Any) -> None:
    tagged, _ = a_deployment("Tagged"), a_deployment("By hand", "OnStart")
    tagged.pattern.tags.add(Tag.objects.create(name="büro & co"))
    Tag.objects.create(name="of nothing that is deployed").patterns.add(a_pattern("Draft"))
    browser = client_as(viewer)
    for given, found in (
        ({"trigger": "OnStart"}, ["By hand"]),
        ({"tag": "büro & co"}, ["Tagged"]),
        ({"tag": "büro & co", "trigger": "OnStart"}, []),
        ({"trigger": "nonsense"}, []),
    ):
        assert names_in(text_of(browser.get("/deployments", given))) == found
    html = text_of(browser.get("/deployments"))
    assert "?tag=b%C3%BCro%20%26%20co" in html and "of nothing that is deployed" not in html


def test_the_list_tells_the_next_tick_and_the_webhook(client_as: Any, viewer: Any) -> None:
    webhook, timed = a_deployment("Hooked"), a_deployment("Timed", "OnSchedule")
    due = timezone.now() + timedelta(minutes=5)
    Schedule.objects.create(pattern=timed.pattern, cron="*/5 * * * *", next_at=due)
    html = text_of(client_as(viewer).get("/deployments"))
    assert f'data-copy="http://testserver/webhooks/{webhook.pattern.webhook_id}"' in html
    assert f'datetime="{due:%Y-%m-%dT%H:%M:%S}' in html


def test_verbs_in_the_list_answer_with_the_row_as_it_is_then(client_as: Any, editor: Any) -> None:
    deployment, browser = a_deployment("Orders"), client_as(editor)
    path = f"/deployments/{deployment.pk}"
    paused = text_of(browser.post(f"{path}/pause", {"reason": "night"}, headers=FRAGMENT))
    assert f'id="deployment-{deployment.pk}"' in paused and "Paused" in paused and "<html" not in paused
    assert 'hx-swap-oob="innerHTML:#said"' in paused and "Its trigger is refused" in paused
    again = text_of(browser.post(f"{path}/pause", headers=FRAGMENT))
    assert "note error" in again
    assert "Its trigger fires again" in text_of(browser.post(f"{path}/resume", headers=FRAGMENT))
    undeployed = text_of(browser.post(f"/patterns/{deployment.pk}/undeploy", headers=FRAGMENT))
    assert "Undeployed" in undeployed and "menu-item" not in undeployed


@pytest.mark.parametrize(
    ("back", "goal"),
    [
        ("/deployments?q=a&page=2", "/deployments?q=a&page=2"),
        ("https://evil.example/deployments", None),
        ("//evil.example", None),
        ("/deployments\\@evil", "/deployments\\@evil"),
        ("", None),
    ],
)
def test_without_scripts_one_comes_back_to_the_list_and_nowhere_else(
    client_as: Any, operator: Any, back: str, goal: str | None
) -> None:
    deployment = a_deployment()
    answer = client_as(operator).post(f"/deployments/{deployment.pk}/pause", {"back": back})
    assert answer["Location"].startswith("/deployments") and (goal is None or "evil.example" not in answer["Location"])
    assert goal is not None or answer["Location"] == f"/deployments/{deployment.pk}"


def test_who_may_only_look_sees_no_verbs_in_the_list(client_as: Any, viewer: Any, operator: Any) -> None:
    a_deployment()
    assert "verbs-cell" not in text_of(client_as(viewer).get("/deployments"))
    html = text_of(client_as(operator).get("/deployments"))
    assert "verbs-cell" in html and "danger-text" not in html.split("<table")[1].split("</table")[0]


def test_the_list_takes_as_many_queries_for_many_deployments_as_for_one(client_as: Any, viewer: Any) -> None:
    browser = client_as(viewer)
    a_run(a_deployment("First").pattern)
    few = queries_of(browser, "/deployments")
    for number in range(12):
        pattern = a_deployment(f"More {number}").pattern
        a_run(pattern)
        a_run(pattern, "failed")
    assert queries_of(browser, "/deployments") == few <= 13


# --- One deployment -------------------------------------------------------------------------------------------------
def test_the_page_shows_webhook_url_and_curl_line(client_as: Any, viewer: Any) -> None:
    deployment = a_deployment()
    html = text_of(client_as(viewer).get(f"/deployments/{deployment.pk}"))
    url = f"http://testserver/webhooks/{deployment.pattern.webhook_id}"
    assert f'<code tabindex="0" id="webhook-url">{url}</code>' in html
    assert f"curl -X POST {url}" in html


def test_the_page_takes_as_many_queries_for_many_executions_as_for_one(client_as: Any, viewer: Any) -> None:
    deployment, browser = a_deployment(), client_as(viewer)
    a_run(deployment.pattern)
    few = queries_of(browser, f"/deployments/{deployment.pk}")
    for _ in range(40):
        a_run(deployment.pattern)
    assert queries_of(browser, f"/deployments/{deployment.pk}") == few <= 14


def rows_in(html: str) -> list[str]:
    return [part.split('"')[0] for part in html.split('id="run-')[1:]]


def test_pages_of_executions_lead_to_the_oldest_and_back(client_as: Any, viewer: Any) -> None:
    deployment, browser = a_deployment(), client_as(viewer)
    runs = [str(a_run(deployment.pattern).pk) for _ in range(60)][::-1]
    pages, path = [], f"/deployments/{deployment.pk}"
    for _ in range(3):
        html = text_of(browser.get(path))
        pages.append(rows_in(html))
        path = _link(html, "Older") or path
    assert pages == [runs[:25], runs[25:50], runs[50:]]
    middle = text_of(browser.get(_link(html, "Newer")))
    assert rows_in(middle) == runs[25:50]
    assert rows_in(text_of(browser.get(_link(middle, "Newer")))) == runs[:25]


def _link(html: str, word: str) -> str:
    for part in html.split("<a ")[1:]:
        link = part.split("</a>")[0]
        if f" {word}" in link or f">{word} " in link:
            return link.split('href="')[1].split('"')[0].replace("&amp;", "&").split("#")[0]
    return ""


def test_executions_are_filtered_by_status_trigger_and_mode(client_as: Any, viewer: Any) -> None:
    deployment, browser = a_deployment(), client_as(viewer)
    failed = a_run(deployment.pattern, "failed", trigger="manual")
    test = a_run(deployment.pattern, mode="test", version_number=None)
    base = f"/deployments/{deployment.pk}"
    assert rows_in(text_of(browser.get(f"{base}?status=failed"))) == [str(failed.pk)]
    assert rows_in(text_of(browser.get(f"{base}?trigger=manual&status="))) == [str(failed.pk)]
    assert rows_in(text_of(browser.get(f"{base}?mode=test"))) == [str(test.pk)]
    assert "No execution matches" in text_of(browser.get(f"{base}?status=timeout"))


@pytest.mark.parametrize("query", ["cursor=abc", "cursor=%00", "status=<b>", "trigger=x", "trail=a+b", "page=-1"])
def test_a_broken_address_shows_the_first_page(client_as: Any, viewer: Any, query: str) -> None:
    deployment = a_deployment()
    run = a_run(deployment.pattern)
    answer = client_as(viewer).get(f"/deployments/{deployment.pk}?{query}")
    assert rows_in(text_of(answer)) == [str(run.pk)]


def _poll(browser: Any, html: str) -> Any:
    path = html.split('data-poll hx-get="')[1].split('"')[0].replace("&amp;", "&")
    return browser.get(path, headers=FRAGMENT)


def test_a_poll_gets_204_until_a_run_appears_or_changes(client_as: Any, viewer: Any) -> None:
    deployment, browser = a_deployment(), client_as(viewer)
    run = a_run(deployment.pattern, "running")
    html = text_of(browser.get(f"/deployments/{deployment.pk}"))
    assert _poll(browser, html).status_code == 204
    Execution.objects.filter(pk=run.pk).update(status="completed", ended_at=timezone.now() + timedelta(seconds=1))
    changed = _poll(browser, html)
    assert "Completed" in text_of(changed) and "<html" not in text_of(changed)
    a_run(deployment.pattern)
    assert _poll(browser, text_of(changed)).status_code == 200


def test_a_poll_costs_few_queries_when_nothing_changed(client_as: Any, viewer: Any) -> None:
    deployment, browser = a_deployment(), client_as(viewer)
    a_run(deployment.pattern)
    html = text_of(browser.get(f"/deployments/{deployment.pk}"))
    with CaptureQueriesContext(connection) as made:
        assert _poll(browser, html).status_code == 204
    assert len(made) <= 4


def test_an_older_page_does_not_poll(client_as: Any, viewer: Any) -> None:
    deployment = a_deployment()
    for _ in range(30):
        a_run(deployment.pattern)
    html = text_of(client_as(viewer).get(f"/deployments/{deployment.pk}"))
    assert "hidden data-poll" not in text_of(client_as(viewer).get(_link(html, "Older")))


# --- What people press ----------------------------------------------------------------------------------------------
def test_pause_keeps_the_reason_and_resume_lifts_it(client_as: Any, operator: Any) -> None:
    deployment, browser = a_deployment(), client_as(operator)
    html = text_of(browser.post(f"/deployments/{deployment.pk}/pause", {"reason": "<b>moving</b>\x00"}, follow=True))
    assert "&lt;b&gt;moving&lt;/b&gt;" in html and "<b>moving" not in html
    browser.post(f"/deployments/{deployment.pk}/resume")
    deployment.refresh_from_db()
    assert deployment.status == Deployment.Status.ACTIVE


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("1", "Version 1 is live."),
        ("2", "There is no version 2"),
        ("", "is not a number"),
        ("9" * 99, "is not a number"),
    ],
)
def test_an_older_version_is_made_live(client_as: Any, editor: Any, number: str, said: str) -> None:
    path = f"/deployments/{a_deployment().pk}/rollback"
    assert said in text_of(client_as(editor).post(path, {"number": number}, follow=True))


def test_execute_starts_a_run_with_the_typed_event(client_as: Any, operator: Any) -> None:
    deployment = a_deployment(trigger="OnStart")
    answer = client_as(operator).post(f"/deployments/{deployment.pk}/execute", {"event": '{"a": 1}'})
    run = Execution.objects.get()
    assert answer["Location"] == f"/executions/{run.pk}"
    assert (run.event, run.trigger, run.mode, run.started_by) == ({"a": 1}, "manual", "live", operator)


def test_execute_says_where_the_event_breaks(client_as: Any, operator: Any) -> None:
    deployment = a_deployment()
    answer = client_as(operator).post(f"/deployments/{deployment.pk}/execute", {"event": '{"a": }'}, follow=True)
    assert "The event is not valid JSON: Expecting value at line 1, column 7." in text_of(answer)
    assert not Execution.objects.exists()


def test_what_breaks_is_told_within_the_form_so_that_the_typed_event_stays(client_as: Any, operator: Any) -> None:
    deployment, htmx = a_deployment(trigger="OnStart"), {"HX-Request": "true"}
    path = f"/deployments/{deployment.pk}/execute"
    refused = client_as(operator).post(path, {"event": '{"a": <}'}, headers=htmx)
    assert "The event is not valid JSON" in text_of(refused) and "<html" not in text_of(refused)
    started = client_as(operator).post(path, {"event": '{"a": 1}'}, headers=htmx)
    run = Execution.objects.get()
    assert started["HX-Redirect"] == f"/executions/{run.pk}"
    again = client_as(operator).post(f"/executions/{run.pk}/again", {"event": "{"}, headers=htmx)
    assert "The event is not valid JSON" in text_of(again) and "HX-Redirect" not in again


@pytest.mark.parametrize("event", ["[1]", "5", "[" * 500 + "]" * 500, "[" * 99_999, '{"a": NaN}', '{"a": 1e999}'])
def test_execute_refuses_an_event_that_is_none(client_as: Any, editor: Any, event: str) -> None:
    deployment = a_deployment()
    for path in (f"/deployments/{deployment.pk}/execute", f"/patterns/{deployment.pk}/test-run"):
        assert client_as(editor).post(path, {"event": event}).status_code == 302
    assert not Execution.objects.filter(mode="live").exists()


def test_an_event_with_a_lone_surrogate_and_nul_is_kept(client_as: Any, operator: Any) -> None:
    deployment = a_deployment()
    answer = client_as(operator).post(f"/deployments/{deployment.pk}/execute", {"event": '{"a": "\\ud800\\u0000"}'})
    assert Execution.objects.get().event == {"a": "\ud800\x00"}
    assert client_as(operator).get(answer["Location"]).status_code == 200


def test_execute_is_refused_with_a_message_while_paused(client_as: Any, operator: Any) -> None:
    deployment = a_deployment(status="paused")
    answer = client_as(operator).post(f"/deployments/{deployment.pk}/execute", {"event": "{}"}, follow=True)
    assert 'class="note error"' in text_of(answer)
    assert not Execution.objects.exists()


@pytest.mark.parametrize("value", ["", "0", "-1", "1.5", "abc", "99999999999999999999", "²"])
def test_a_time_limit_that_is_none_is_refused(client_as: Any, editor: Any, value: str) -> None:
    deployment = a_deployment()
    path = f"/deployments/{deployment.pk}/settings"
    answer = client_as(editor).post(path, {"time_limit_s": value})
    assert answer.status_code == 422 and "Must be a whole number from 1 to 2,592,000." in text_of(answer)
    deployment.refresh_from_db()
    assert deployment.time_limit_s == 300


def test_the_time_limit_is_saved(client_as: Any, editor: Any) -> None:
    deployment = a_deployment()
    client_as(editor).post(f"/deployments/{deployment.pk}/settings", {"time_limit_s": "60"})
    deployment.refresh_from_db()
    assert deployment.time_limit_s == 60


def test_execute_again_runs_the_same_event_with_the_live_version(client_as: Any, operator: Any) -> None:
    run = a_run(a_deployment().pattern, "failed")
    answer = client_as(operator).post(f"/executions/{run.pk}/again")
    again = Execution.objects.exclude(pk=run.pk).get()
    assert answer["Location"] == f"/executions/{again.pk}"
    assert (again.event, again.mode, again.version_number) == (run.event, "live", 1)


def test_execute_again_of_a_test_run_tests_the_draft(client_as: Any, operator: Any, editor: Any) -> None:
    run = a_run(a_pattern(), mode="test", version_number=None)
    answer = client_as(operator).post(f"/executions/{run.pk}/again", follow=True)
    assert "needs the role Editor" in text_of(answer) and 'id="again"' not in text_of(answer)
    client_as(editor).post(f"/executions/{run.pk}/again")
    assert Execution.objects.exclude(pk=run.pk).get().mode == "test"


def test_execute_again_takes_another_event(client_as: Any, operator: Any) -> None:
    run, browser = a_run(a_deployment().pattern), client_as(operator)
    browser.post(f"/executions/{run.pk}/again", {"event": '{"body": 2}'})
    again = Execution.objects.exclude(pk=run.pk).get()
    assert (again.event, again.rerun_of_id) == ({"body": 2}, run.pk)
    assert f'href="/executions/{again.pk}"' in text_of(browser.get(f"/executions/{run.pk}"))
    assert f'href="/executions/{run.pk}"' in text_of(browser.get(f"/executions/{again.pk}"))
    answer = browser.post(f"/executions/{run.pk}/again", {"event": "[1]"}, follow=True)
    assert "The event is not a JSON object." in text_of(answer)


def test_all_dead_letters_are_retried_at_once(client_as: Any, operator: Any) -> None:
    deployment, browser = a_deployment(), client_as(operator)
    for _ in range(3):
        a_run(deployment.pattern, "dead_letter", ended_at=timezone.now())
    failed = a_run(deployment.pattern, "failed")
    assert "Retry all" not in text_of(browser.get(f"/deployments/{deployment.pk}"))
    html = text_of(browser.get(f"/deployments/{deployment.pk}?status=dead_letter&trigger=webhook"))
    assert "3 dead letters: failed after all attempts." in html
    path = html.split(f'action="/deployments/{deployment.pk}/redrive')[1].split('"')[0].replace("&amp;", "&")
    answer = browser.post(f"/deployments/{deployment.pk}/redrive{path}", follow=True)
    assert "3 queued for a further attempt." in text_of(answer)
    failed.refresh_from_db()
    assert (Execution.objects.filter(status="queued", attempt=2).count(), failed.status) == (3, "failed")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"waits_for": "time", "ready_at": LATER}, "until <time"),
        ({"waits_for": "webhook", "ready_at": LATER}, "for a request until <time"),
        ({"waits_for": "webhook", "ready_at": LATER + timedelta(days=364)}, "for a request</p>"),
        ({"waits_for": "callee", "ready_at": LATER}, "for a called pattern</p>"),
        (
            {"waits_for": "retry", "ready_at": LATER, "attempt": 2, "error_message": "503"},
            "for attempt 2 of 5 at <time",
        ),
        ({"concurrency": 1}, "for its turn: at most 1 at a time</p>"),
    ],
)
def test_a_row_says_what_a_queued_run_waits_for(client_as: Any, viewer: Any, fields: Any, said: str) -> None:
    deployment = a_deployment(retry_attempts=5)
    a_run(deployment.pattern, "queued", **fields)
    html = text_of(client_as(viewer).get(f"/deployments/{deployment.pk}"))
    assert said in html
    assert ("Waiting</span>" in html) == ("waits_for" in fields)


def test_a_poll_tells_that_a_run_waits_for_something_else(client_as: Any, viewer: Any) -> None:
    deployment, browser = a_deployment(), client_as(viewer)
    run = a_run(deployment.pattern, "queued", waits_for="time", ready_at=LATER)
    html = text_of(browser.get(f"/deployments/{deployment.pk}"))
    assert _poll(browser, html).status_code == 204
    Execution.objects.filter(pk=run.pk).update(waits_for="webhook")
    assert "for a request" in text_of(_poll(browser, html))


# --- The circuit breaker ----------------------------------------------------------------------------------------------
def test_open_circuit_breakers_are_seen_on_every_page(client_as: Any, viewer: Any) -> None:
    browser = client_as(viewer)
    assert 'hx-get="/deployments/alarms"' in text_of(browser.get("/patterns"))
    a_deployment("Paused by hand", status="paused")
    assert "breaker" not in text_of(browser.get("/deployments/alarms", headers=FRAGMENT))
    first = a_deployment("Broken", status="paused", breaker_opened_at=timezone.now())
    one = text_of(browser.get("/deployments/alarms", headers=FRAGMENT))
    assert f'href="/deployments/{first.pk}"' in one and "1 <span>breaker open</span>" in one
    a_deployment("Broken, too", status="paused", breaker_opened_at=timezone.now())
    several = text_of(browser.get("/deployments/alarms", headers=FRAGMENT))
    assert 'href="/deployments?status=paused"' in several and "2 <span>breakers open</span>" in several
    assert text_of(browser.get("/deployments")).count("Breaker open") == 2


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"breaker_opened_at": timezone.now()}, 'A run is let through to try <time datetime="'),
        ({"breaker_opened_at": timezone.now() - timedelta(hours=1)}, "The next run is let through to try."),
        ({"breaker_opened_at": timezone.now(), "breaker_trial": of_unknown_id()}, f"/executions/{of_unknown_id()}"),
    ],
)
def test_the_page_says_what_an_open_breaker_does_next(client_as: Any, viewer: Any, fields: Any, said: str) -> None:
    reason = "Circuit breaker: 12 of the last 20 runs (60 %) failed within <b>5 minutes</b>."
    deployment = a_deployment(status="paused", pause_reason=reason, breaker_cooldown_s=1800, **fields)
    html = text_of(client_as(viewer).get(f"/deployments/{deployment.pk}"))
    assert said in html and "12 of the last 20 runs" in html and "<b>5" not in html


def test_the_page_shows_the_latest_notices(client_as: Any, viewer: Any) -> None:
    deployment = a_deployment()
    for number in range(7):
        Notice.objects.create(deployment=deployment, subject=f"<b>Notice {number}.", text="It failed.")
    Notice.objects.create(deployment=deployment, subject="Unsent.", text="", problem="Connection refused", tries=1)
    html = text_of(client_as(viewer).get(f"/deployments/{deployment.pk}"))
    assert "&lt;b&gt;Notice 6." in html and "Notice 2." not in html
    assert "not sent yet: <bdi>Connection refused</bdi>" in html


# --- Settings ---------------------------------------------------------------------------------------------------------
def test_the_page_says_in_words_what_its_settings_mean(client_as: Any, viewer: Any) -> None:
    deployment = a_deployment(retry_attempts=3, concurrency_limit=1, rate_limit=60, breaker_share=50)
    html = text_of(client_as(viewer).get(f"/deployments/{deployment.pk}"))
    assert "At most 1 run at a time; the others wait. At most 60 requests in 1 minute" in html
    assert "3 attempts: after 5 s, 10 s; at most 1 h. For errors that may pass." in html
    assert "Pauses when 50 % of at least 10 runs fail within 5 minutes; lets a run try after 1 minute." in html
    assert f"/deployments/{deployment.pk}/settings" not in html


def test_typed_settings_are_told_in_words_before_they_are_saved(client_as: Any, editor: Any) -> None:
    deployment, browser = a_deployment(), client_as(editor)
    path = f"/deployments/{deployment.pk}/settings"
    typed = {"retry_attempts": "9", "retry_first_delay_s": "0.5", "retry_anew": "on", "retry_never": "A\nB"}
    said = text_of(browser.get(path, typed, headers=FRAGMENT))
    assert "9 attempts: after 0.5 s, 1 s, 2 s, 4 s, …; at most 1 h." in said and "from the start" in said
    assert "not for A, B" in said and "<html" not in said
    assert "not tried again" in text_of(browser.get(path, {"retry_attempts": "0"}, headers=FRAGMENT))
    deployment.refresh_from_db()
    assert deployment.retry_attempts == 1


def test_settings_are_saved_in_all_their_kinds(client_as: Any, editor: Any) -> None:
    deployment, browser = a_deployment(concurrency_limit=5, retry_every_error=True), client_as(editor)
    sent = {"concurrency_limit": "", "retry_jitter": "0.5", "retry_anew": "on", "was-retry_every_error": "on"}
    sent |= {"notify": " a@example.org\r\n\r\nb@example.org ", "breaker_share": "25"}
    browser.post(f"/deployments/{deployment.pk}/settings", sent)
    deployment.refresh_from_db()
    assert (deployment.concurrency_limit, deployment.retry_jitter, deployment.breaker_share) == (None, 0.5, 25)
    assert (deployment.retry_anew, deployment.retry_every_error) == (True, False)
    assert deployment.notify == ["a@example.org", "b@example.org"]


def test_only_what_was_changed_in_the_form_is_saved(client_as: Any, editor: Any) -> None:
    deployment, browser = a_deployment(time_limit_s=60, rate_period_s=5), client_as(editor)
    sent = {"time_limit_s": "300", "was-time_limit_s": "300.0", "rate_period_s": "9", "was-rate_period_s": "60"}
    browser.post(f"/deployments/{deployment.pk}/settings", sent)
    deployment.refresh_from_db()
    assert (deployment.time_limit_s, deployment.rate_period_s) == (60, 9)


def test_a_form_with_an_error_comes_back_as_it_was_typed(client_as: Any, editor: Any) -> None:
    deployment, browser = a_deployment(), client_as(editor)
    sent = {"notify": "<b>nobody</b>", "was-notify": "", "time_limit_s": "77", "was-time_limit_s": "300"}
    html = text_of(browser.post(f"/deployments/{deployment.pk}/settings", sent))
    assert "Not saved: 1 setting cannot be so." in html and "no e-mail address" in html
    assert "&lt;b&gt;nobody" in html and "<b>nobody" not in html and 'value="77"' in html and 'value="300"' in html
    deployment.refresh_from_db()
    assert deployment.time_limit_s == 300


@pytest.mark.parametrize("text", ["1e999", "nan", "-inf", "9" * 400, "0x10", "１２", "\x00", "1_0", " 2 "])
def test_no_number_makes_the_form_fail(client_as: Any, editor: Any, text: str) -> None:
    path = f"/deployments/{a_deployment().pk}/settings"
    for name in ("time_limit_s", "retry_factor", "concurrency_limit"):
        assert client_as(editor).post(path, {name: text}).status_code in (302, 422)
        assert client_as(editor).get(path, {name: text}, headers=FRAGMENT).status_code == 200


def test_the_page_draws_counts_and_durations_of_a_period_with_a_table(client_as: Any, viewer: Any) -> None:
    pattern = a_deployment().pattern
    for status in ("completed", "completed", "failed", "running"):
        a_run(pattern, status)
    for period in ("1h", "24h", "7d", "30d", "odd"):
        html = text_of(client_as(viewer).get(f"/deployments/{pattern.pk}?period={period}"))
        assert 'class="status-completed"' in html and '<polyline class="p95"' in html, period
        assert "<dd>4</dd>" in html and "66.6 %" in html, period
    hour_ago = first_id(timezone.now() - timedelta(hours=1))
    a_run(pattern, id=hour_ago)
    assert "<dd>5</dd>" in text_of(client_as(viewer).get(f"/deployments/{pattern.pk}"))


def test_the_list_shows_the_last_day_as_a_small_chart(client_as: Any, viewer: Any) -> None:
    a_run(a_deployment().pattern, "failed")
    html = text_of(client_as(viewer).get("/deployments"))
    assert 'aria-label="1 execution in the last 24 hours"' in html and re.search(r"2[45]\d ms", html)
