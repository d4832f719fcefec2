"""The list of all triggers, and the page of one webhook."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from deployments.actions import rotate_webhook_secret, set_webhook_security
from deployments.models import CapturedRequest, Schedule, Tick, WebhookRequest, WebhookSecret, WebhookSecurity
from dragops_site.ids import first_id
from executions.models import Execution
from patterns.models import Pattern
from tests.pages.made import a_deployment, a_graph, a_pattern, a_run

pytestmark = pytest.mark.django_db
FRAGMENT = {"HX-Request": "true"}
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def text_of(answer: Any) -> str:
    return answer.content.decode()


def a_schedule(name: str = "Report", **fields: Any) -> Pattern:
    deployment = a_deployment(name, "OnSchedule", status=fields.pop("status", "active"))
    given = {"cron": "0 9 * * MON-FRI", "time_zone": "Asia/Kolkata", "next_at": NOON, **fields}
    Schedule.objects.create(pattern=deployment.pattern, **given)
    return deployment.pattern


def a_request(pattern: Pattern, code: str = "BAD_SIGNATURE", status: int = 401, **fields: Any) -> WebhookRequest:
    given = {"received_at": timezone.now(), "method": "POST", "address": "203.0.113.7", "size": 12, **fields}
    return WebhookRequest.objects.create(pattern=pattern, code=code, status=status, **given)


def list_of(browser: Any, query: str = "") -> str:
    return text_of(browser.get(f"/triggers{query}"))


def page_of(browser: Any, pattern: Pattern, query: str = "") -> str:
    return text_of(browser.get(f"/triggers/webhooks/{pattern.pk}{query}"))


# --- The list -------------------------------------------------------------------------------------------------------
def test_the_list_says_what_to_do_when_there_is_no_trigger(client_as: Any, viewer: Any) -> None:
    a_deployment("By hand", "OnStart")
    assert "No triggers yet" in list_of(client_as(viewer))


def test_the_list_shows_webhooks_with_their_url_and_their_signature(client_as: Any, viewer: Any) -> None:
    signed = a_deployment("Signed.").pattern
    WebhookSecurity.objects.create(pattern=signed, scheme="github")
    html = list_of(client_as(viewer))
    assert f"http://testserver/webhooks/{signed.webhook_id}" in html
    assert "Signed: GitHub" in html and "Unsigned" not in html
    a_deployment("Unsigned one.")
    assert "Unsigned</span>" in list_of(client_as(viewer))


def test_the_list_shows_schedules_in_words_with_their_next_tick(client_as: Any, viewer: Any) -> None:
    a_schedule()
    html = list_of(client_as(viewer))
    assert "At 09:00 on Monday through Friday" in html and "2026-07-01T12:00:00.000Z" in html


@pytest.mark.parametrize(
    ("cron", "said"), [("0 9 * * MON-FRI", "At 09:00 on Monday through Friday"), ("every <b> day", "Cannot be read")]
)
def test_the_list_shows_what_a_draft_would_start_with(client_as: Any, viewer: Any, cron: str, said: str) -> None:
    graph = a_graph("OnSchedule")
    graph["nodes"][0]["data"]["properties"] = {"schedule": cron}
    a_pattern("Later.", graph=graph)
    a_pattern("Captures.", "OnWebhook")
    html = list_of(client_as(viewer))
    assert said in html and "Due once it is deployed" in html and "<b> day" not in html
    assert "Captures." in html and html.count(">Draft</span>") == 2


def test_the_live_version_and_not_the_draft_says_what_starts_a_pattern(client_as: Any, viewer: Any) -> None:
    pattern = a_deployment("By hand", "OnStart").pattern
    Pattern.objects.filter(pk=pattern.pk).update(graph=a_graph("OnWebhook"))
    assert "No triggers yet" in list_of(client_as(viewer))


def test_the_list_says_when_a_webhook_was_last_asked_whatever_came_of_it(client_as: Any, viewer: Any) -> None:
    pattern = a_deployment().pattern
    assert "never" in list_of(client_as(viewer))
    a_run(pattern, pk=first_id(NOON - timedelta(hours=1)))
    assert "2026-07-01T11:00:00.000Z" in list_of(client_as(viewer))
    a_request(pattern, pk=first_id(NOON))
    assert "2026-07-01T12:00:00.000Z" in list_of(client_as(viewer))


def test_the_list_says_what_came_of_the_last_request(client_as: Any, viewer: Any) -> None:
    pattern = a_deployment().pattern
    run = a_run(pattern, "failed", pk=first_id(NOON))
    html = list_of(client_as(viewer))
    assert f'href="/executions/{run.pk}"' in html and "Failed" in html
    a_request(pattern, pk=first_id(NOON + timedelta(seconds=1)))
    html = list_of(client_as(viewer))
    assert "Answered 401: Bad signature" in html and f'href="/executions/{run.pk}"' not in html


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ("paused", "Skipped: paused"),
        ("overlap", "Skipped: the last run had not ended"),
        ("missed", "Missed: the server was down for too long"),
        ("fired", "Its run was deleted"),
    ],
)
def test_the_list_says_why_the_last_tick_has_no_run(client_as: Any, viewer: Any, outcome: str, said: str) -> None:
    pattern = a_schedule(status="paused")
    Tick.objects.create(pattern=pattern, due_at=NOON, outcome=outcome, execution_id=UUID(int=5))
    html = list_of(client_as(viewer))
    assert said in html and "Ticks are skipped while it is paused" in html


def test_the_list_leads_to_the_run_of_the_last_tick_and_to_the_deployment(client_as: Any, viewer: Any) -> None:
    pattern = a_schedule()
    run = a_run(pattern, "completed")
    Tick.objects.create(pattern=pattern, due_at=NOON, outcome="fired", execution_id=run.pk)
    html = list_of(client_as(viewer))
    assert f'href="/executions/{run.pk}"' in html and "Completed" in html
    assert f'href="/deployments/{pattern.pk}"' in html


def test_the_list_filters_by_status(client_as: Any, viewer: Any) -> None:
    a_deployment("On."), a_schedule("Rests.", status="paused"), a_pattern("Later.", "OnWebhook")
    browser = client_as(viewer)
    for status, name in {"active": "On.", "paused": "Rests.", "draft": "Later."}.items():
        html = list_of(browser, f"?status={status}")
        assert [other for other in ("On.", "Rests.", "Later.") if f"<bdi>{other}</bdi></a>" in html] == [name]
    assert "No trigger matches" in list_of(browser, "?status=undeployed")
    assert "On." in list_of(browser, "?status=%00<b>")


def test_the_list_filters_by_kind_and_name(client_as: Any, viewer: Any) -> None:
    a_deployment("Orders.")
    a_schedule("Report.")
    browser = client_as(viewer)
    assert "Report." not in list_of(browser, "?kind=webhook") and "Orders." not in list_of(browser, "?kind=schedule")
    assert "Report." not in list_of(browser, "?q=ord") and "Orders." in list_of(browser, "?q=ord&kind=<b>")
    assert "No trigger matches" in list_of(browser, "?q=zzz%00")
    assert "<html" not in text_of(browser.get("/triggers", headers=FRAGMENT))


def test_the_list_takes_as_many_queries_for_many_triggers_as_for_one(client_as: Any, viewer: Any) -> None:
    browser, counts = client_as(viewer), []
    for start in (0, 1):
        for number in range(start, 1 + 5 * start):
            a_run(a_deployment(f"Hook {number}").pattern)
            timer = a_schedule(f"Timer {number}")
            Tick.objects.create(pattern=timer, due_at=NOON, outcome="fired", execution_id=a_run(timer).pk)
            a_request(a_deployment(f"Refused {number}").pattern)
            a_pattern(f"Draft {number}", "OnSchedule")
        with CaptureQueriesContext(connection) as made:
            list_of(browser)
        counts.append(len(made))
    assert counts[0] == counts[1] <= 9


# --- A webhook ------------------------------------------------------------------------------------------------------
def test_the_page_shows_url_and_a_command_that_signs(client_as: Any, viewer: Any) -> None:
    pattern = a_deployment().pattern
    assert f"curl -X POST http://testserver/webhooks/{pattern.webhook_id}" in page_of(client_as(viewer), pattern)
    WebhookSecurity.objects.create(pattern=pattern, scheme="slack")
    assert "X-Slack-Signature: v0=$SIGNATURE" in page_of(client_as(viewer), pattern)


def test_the_page_says_what_a_request_is_answered_while_nothing_can_start(client_as: Any, viewer: Any) -> None:
    browser = client_as(viewer)
    assert "Not deployed: requests are captured" in page_of(browser, a_pattern("Draft", "OnWebhook"))
    assert "answered with 503" in page_of(browser, a_deployment("Paused", status="paused").pattern)
    assert "answered with 404" in page_of(browser, a_deployment("By hand", "OnStart").pattern)


def test_the_log_tells_of_every_request_what_became_of_it(client_as: Any, viewer: Any) -> None:
    pattern = a_deployment().pattern
    first = a_run(pattern, "failed")
    a_request(pattern, "DUPLICATE", 202, execution_id=first.pk)
    a_request(pattern, reason="The signature does not match <b>the body</b>.")
    a_request(pattern, "CAPTURED", 202, captured_id=UUID(int=7))
    html = page_of(client_as(viewer), pattern)
    assert html.count(f'href="/executions/{first.pk}"') == 2 and "The run of the first request" in html
    assert "does not match &lt;b&gt;the body" in html and "203.0.113.7" in html
    assert "No longer kept" in html
    gone = a_request(pattern, "DUPLICATE", 202, execution_id=UUID(int=9))
    assert f'id="request-{gone.pk}"' in page_of(client_as(viewer), pattern)


def test_the_log_is_filtered_by_outcome(client_as: Any, viewer: Any) -> None:
    pattern, browser = a_deployment().pattern, client_as(viewer)
    run, refused = a_run(pattern), a_request(pattern)
    assert rows_in(page_of(browser, pattern, "?outcome=accepted")) == [str(run.pk)]
    assert rows_in(page_of(browser, pattern, "?outcome=refused")) == [str(refused.pk)]
    assert "No request matches" in page_of(browser, pattern, "?outcome=captured")
    assert len(rows_in(page_of(browser, pattern, "?outcome=<b>&cursor=x"))) == 2


def rows_in(html: str) -> list[str]:
    return [part.split('"')[0] for part in html.split('<li id="request-')[1:]]


def test_pages_of_the_log_lead_to_the_oldest_and_back(client_as: Any, viewer: Any) -> None:
    pattern, browser = a_deployment().pattern, client_as(viewer)
    made = [str((a_run if number % 2 else a_request)(pattern).pk) for number in range(60)][::-1]
    first = page_of(browser, pattern)
    second = text_of(browser.get(_link(first, "Older")))
    third = text_of(browser.get(_link(second, "Older")))
    assert rows_in(first) + rows_in(second) + rows_in(third) == made
    assert "hidden data-poll" in first and "hidden data-poll" not in second
    assert rows_in(text_of(browser.get(_link(third, "Newer")))) == rows_in(second)


def _link(html: str, word: str) -> str:
    link = next(part for part in html.split("<a ") if f" {word}" in part or f">{word} " in part)
    return link.split('href="')[1].split('"')[0].replace("&amp;", "&").split("#")[0]


def test_a_poll_gets_204_until_a_request_comes_or_a_run_changes(client_as: Any, viewer: Any) -> None:
    pattern, browser = a_deployment().pattern, client_as(viewer)
    run = a_run(pattern, "running")
    html = page_of(browser, pattern)
    with CaptureQueriesContext(connection) as made:
        assert _poll(browser, html).status_code == 204
    assert len(made) <= 5
    Execution.objects.filter(pk=run.pk).update(status="completed", ended_at=timezone.now() + timedelta(seconds=1))
    changed = text_of(_poll(browser, html))
    assert "Completed" in changed and "<html" not in changed
    assert _poll(browser, changed).status_code == 204
    a_request(pattern)
    assert _poll(browser, changed).status_code == 200


def _poll(browser: Any, html: str) -> Any:
    path = html.split('data-poll hx-get="')[1].split('"')[0].replace("&amp;", "&")
    return browser.get(path, headers=FRAGMENT)


def test_the_page_takes_as_many_queries_for_many_requests_as_for_one(client_as: Any, viewer: Any) -> None:
    pattern, browser, counts = a_deployment().pattern, client_as(viewer), []
    for start in (0, 1):
        for _ in range(1 + 20 * start):
            run = a_run(pattern)
            a_request(pattern, "DUPLICATE", 202, execution_id=run.pk)
            kept = CapturedRequest.objects.create(pattern=pattern, event={})
            a_request(pattern, "CAPTURED", 202, captured_id=kept.pk)
        with CaptureQueriesContext(connection) as made:
            page_of(browser, pattern)
        counts.append(len(made))
    assert counts[0] == counts[1] <= 12


# --- Signatures and secrets -----------------------------------------------------------------------------------------
def test_a_scheme_without_a_secret_is_said_to_refuse_everything(client_as: Any, editor: Any) -> None:
    pattern, browser = a_deployment().pattern, client_as(editor)
    assert "Whoever knows the URL can start runs" in page_of(browser, pattern)
    browser.post(f"/triggers/webhooks/{pattern.pk}/scheme", {"scheme": "github"})
    assert WebhookSecurity.objects.get().scheme == "github"
    assert "every request is refused" in page_of(browser, pattern)
    browser.post(f"/triggers/webhooks/{pattern.pk}/scheme", {"scheme": ""})
    assert not WebhookSecurity.objects.exists()


def test_a_scheme_that_is_none_is_refused_with_a_message(client_as: Any, editor: Any) -> None:
    pattern = a_deployment().pattern
    answer = client_as(editor).post(f"/triggers/webhooks/{pattern.pk}/scheme", {"scheme": "<b>\x00"}, follow=True)
    assert 'class="note error"' in text_of(answer) and "<b>" not in text_of(answer)


@pytest.mark.parametrize("headers", [{}, FRAGMENT])
def test_a_new_secret_is_shown_once(client_as: Any, editor: Any, headers: Any) -> None:
    pattern, browser = a_deployment().pattern, client_as(editor)
    set_webhook_security(pattern, "github", editor)
    html = text_of(browser.post(f"/triggers/webhooks/{pattern.pk}/secret", headers=headers))
    secret = html.split('id="fresh-secret">')[1].split("<")[0]
    assert len(secret) > 30
    assert secret not in page_of(browser, pattern)


def test_a_secret_that_the_sender_gave_is_kept_and_not_shown(client_as: Any, editor: Any) -> None:
    pattern, browser = a_deployment().pattern, client_as(editor)
    set_webhook_security(pattern, "stripe", editor)
    html = text_of(browser.post(f"/triggers/webhooks/{pattern.pk}/secret", {"secret": " whsec_of_stripe "}))
    assert "The secret is saved." in html and "whsec_of_stripe" not in html
    assert WebhookSecret.objects.count() == 1


def test_a_rotated_secret_stays_valid_for_the_time_chosen(client_as: Any, editor: Any) -> None:
    pattern, browser = a_deployment().pattern, client_as(editor)
    set_webhook_security(pattern, "dragops", editor)
    rotate_webhook_secret(pattern, editor)
    html = text_of(browser.post(f"/triggers/webhooks/{pattern.pk}/secret", {"overlap": "3600"}))
    old = WebhookSecret.objects.earliest("id")
    assert old.expires_at and timedelta(minutes=59) < old.expires_at - timezone.now() <= timedelta(hours=1)
    assert "Expires <time" in html and "Current" in html


def test_a_secret_that_cannot_be_one_is_refused_with_the_reason(client_as: Any, editor: Any) -> None:
    pattern, browser = a_deployment().pattern, client_as(editor)
    path = f"/triggers/webhooks/{pattern.pk}/secret"
    assert "Choose a scheme first" in text_of(browser.post(path, headers=FRAGMENT))
    set_webhook_security(pattern, "standard", editor)
    answer = browser.post(path, {"secret": "short"})
    assert answer.status_code == 422 and "8 to 500 printable characters" in text_of(answer)
    assert not WebhookSecret.objects.exists()


# --- Captured requests ----------------------------------------------------------------------------------------------
def test_a_captured_request_is_run_from_its_line_in_the_log(client_as: Any, operator: Any) -> None:
    pattern, browser = a_deployment().pattern, client_as(operator)
    kept = CapturedRequest.objects.create(pattern=pattern, event={"body": {"n": 1}})
    a_request(pattern, "CAPTURED", 202, captured_id=kept.pk)
    path = f"/triggers/webhooks/{pattern.pk}/captured/{kept.pk}/run"
    assert f'action="{path}"' in page_of(browser, pattern)
    answer = browser.post(path)
    run = Execution.objects.get()
    assert (answer["Location"], run.event) == (f"/executions/{run.pk}", {"body": {"n": 1}})


def test_the_draft_runs_a_captured_request_for_editors_alone(client_as: Any, operator: Any, editor: Any) -> None:
    pattern = a_pattern("Draft", "OnWebhook")
    kept = CapturedRequest.objects.create(pattern=pattern, event={"body": {}})
    a_request(pattern, "CAPTURED", 202, captured_id=kept.pk)
    path = f"/triggers/webhooks/{pattern.pk}/captured/{kept.pk}/run"
    assert path not in page_of(client_as(operator), pattern)
    assert "needs the role Editor" in text_of(client_as(operator).post(path, follow=True))
    assert path in page_of(client_as(editor), pattern)
    client_as(editor).post(path)
    assert Execution.objects.get().mode == "test"


def test_the_event_of_a_captured_request_opens_within_the_log(client_as: Any, viewer: Any) -> None:
    pattern, browser = a_pattern("Draft", "OnWebhook"), client_as(viewer)
    kept = CapturedRequest.objects.create(pattern=pattern, event={"body": {"<b>": "evil"}})
    a_request(pattern, "CAPTURED", 202, captured_id=kept.pk)
    path = f"/triggers/webhooks/{pattern.pk}/captured/{kept.pk}"
    assert f'hx-get="{path}"' in page_of(browser, pattern)
    html = text_of(browser.get(path, headers=FRAGMENT))
    assert "&lt;b&gt;" in html and "evil" in html and "<html" not in html
    assert "<html" in text_of(browser.get(path))


def test_a_captured_request_of_another_webhook_is_not_found(client_as: Any, operator: Any) -> None:
    kept = CapturedRequest.objects.create(pattern=a_pattern("Other"), event={})
    path = f"/triggers/webhooks/{a_deployment().pk}/captured/{kept.pk}/run"
    assert client_as(operator).post(path).status_code == 404
