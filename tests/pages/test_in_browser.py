"""The pages in Chromium: what scripts do, and that neither a script nor the security policy complains."""

import hmac
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.utils import timezone

from deployments import request_log
from deployments.actions import rotate_webhook_secret, set_webhook_security
from deployments.models import Notice, Schedule, Tick, WebhookRequest, WebhookSecret
from dragops_site.accounts.models import User
from dragops_site.accounts.resets import make_link
from executions import history, run_list
from executions.actions import bulk
from executions.models import BulkJob, Execution
from tests.conftest import PASSWORD
from tests.pages.made import a_deployment, a_run, an_entry, some_entries

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WAIT_MS = 6_000


@pytest.fixture
def page(browser: Any, live_server: Any, transactional_db: None, make_user: Any) -> Iterator[Any]:
    """A page signed in as an editor. The test fails when the console complains."""
    make_user("editor", is_staff=True)
    context = browser.new_context(base_url=live_server.url, viewport={"width": 1280, "height": 900})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page, complaints = context.new_page(), []
    page.set_default_timeout(WAIT_MS)
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto("/sign-in")
    page.fill("[name=email]", "editor@example.org")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/deployments")
    yield page
    context.close()
    assert complaints == []


def end(run: Execution, **fields: Any) -> None:
    ended_at = timezone.now() + timedelta(seconds=1)
    Execution.objects.filter(pk=run.pk).update(status="completed", ended_at=ended_at, **fields)


def test_a_run_appears_by_itself_and_its_row_opens_it(page: Any) -> None:
    deployment = a_deployment()
    page.goto(f"/deployments/{deployment.pk}")
    page.get_by_text("No executions yet").wait_for()
    run = a_run(deployment.pattern, "running")
    page.locator(f"#run-{run.pk}").wait_for()
    end(run)
    page.locator(".runs-table .status-completed").wait_for()
    page.locator(f"#run-{run.pk}").click()
    page.wait_for_url(f"**/executions/{run.pk}")


def test_a_log_is_followed_to_the_end_of_the_run(page: Any) -> None:
    run = a_run(a_deployment().pattern, "running")
    an_entry(run, 1, node_name="First step", output={"result": 42})
    page.goto(f"/executions/{run.pk}")
    page.get_by_text("First step").wait_for()
    an_entry(run, 2, node_name="Second step", inputs={"who": "Ada"}, output={"said": "hello"})
    page.get_by_text("Second step").click()
    page.locator("#entry-2 .json").get_by_text("“Ada”").wait_for()
    end(run, result={"sum": 77})
    page.locator("#run-header .status-completed").wait_for()
    page.locator("#run-result").get_by_text("77").wait_for()
    assert page.locator("#follow").count() == 0
    assert page.locator(".entry").count() == 2
    assert page.locator("#entry-2 details[open]").count() >= 1


def test_the_failing_node_is_one_click_away(page: Any) -> None:
    error = {"error_type": "HTTPError", "error_message": "503", "error_node_id": "post", "error_node_name": "Post it"}
    run = a_run(a_deployment().pattern, "failed", **error)
    an_entry(run, 1, node_id="post", node_name="Post it", level="error", inputs={"url": "https://a.example"})
    page.goto(f"/executions/{run.pk}")
    page.locator(".error-panel h2 a").click()
    page.locator("#entry-1 .entry-data").get_by_text("https://a.example").wait_for()


def test_filters_stand_in_the_address_and_survive_going_back(page: Any) -> None:
    deployment = a_deployment()
    a_run(deployment.pattern)
    a_run(deployment.pattern, "failed")
    page.goto(f"/deployments/{deployment.pk}")
    page.locator(".pick-many summary", has_text="Status").click()
    page.get_by_label("Failed").check()
    page.wait_for_url("**status=failed**")
    page.locator(".runs-table .status-completed").wait_for(state="detached")
    page.reload()
    assert page.locator(".runs-table tbody tr").count() == 1
    page.go_back()
    page.locator(".runs-table .status-completed").wait_for()


def test_the_webhook_url_is_copied(page: Any) -> None:
    deployment = a_deployment()
    page.goto(f"/deployments/{deployment.pk}")
    page.get_by_role("button", name="Copy the webhook URL").click()
    page.get_by_text("Copied").wait_for()
    url = page.evaluate("navigator.clipboard.readText()")
    assert url == page.locator("#webhook-url").inner_text()
    assert url.endswith(f"/webhooks/{deployment.pattern.webhook_id}")


def test_the_look_is_chosen_and_remembered(page: Any) -> None:
    page.get_by_label("Your menu").click()
    page.get_by_text("Dark", exact=True).click()
    page.goto("/patterns")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(15, 18, 23)"


def test_what_cannot_be_undone_asks_first(page: Any) -> None:
    deployment = a_deployment()
    page.goto(f"/deployments/{deployment.pk}")
    page.locator("main .page-head .menu > summary").click()
    page.get_by_role("button", name="Undeploy").click()
    page.get_by_role("button", name="Keep").click()
    deployment.refresh_from_db()
    assert deployment.status == "active"
    page.get_by_role("button", name="Undeploy").click()
    page.locator("#confirm").get_by_role("button", name="Undeploy").click()
    page.get_by_text("Undeployed. The graph and the history stay.").wait_for()


def test_execute_opens_a_form_with_a_sample_and_starts_a_run(page: Any) -> None:
    deployment = a_deployment(trigger="OnStart")
    page.goto(f"/deployments/{deployment.pk}")
    page.get_by_role("button", name="Execute").click()
    page.locator("#execute textarea").fill('{"a": 1}')
    page.locator("#execute").get_by_role("button", name="Execute").click()
    page.wait_for_url("**/executions/*")
    assert Execution.objects.get().event == {"a": 1}


def test_the_keyboard_reaches_the_content_the_search_and_the_rows(page: Any) -> None:
    deployment = a_deployment()
    page.goto("/deployments")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/deployments/{deployment.pk}")


def test_a_webhook_is_secured_and_its_log_tells_who_was_let_in_and_who_was_not(page: Any, valkey: Any) -> None:
    pattern = a_deployment().pattern
    page.goto(f"/triggers/webhooks/{pattern.pk}")
    page.get_by_text("Whoever knows the URL can start runs").wait_for()
    page.select_option("[name=scheme]", "github")
    page.locator("#security").get_by_role("button", name="Save").click()
    page.get_by_text("every request is refused").wait_for()
    page.get_by_role("button", name="Make a secret").click()
    page.get_by_role("button", name="Copy the secret").click()
    page.get_by_text("Copied").wait_for()
    secret = page.evaluate("navigator.clipboard.readText()")
    assert _send(page, '{"n": 1}', signed_with=secret) == 202
    page.locator("#requests").get_by_text("Accepted").wait_for()
    assert Execution.objects.get().event["body"] == {"n": 1}
    assert _send(page, '{"n": 2}', signed_with="another secret") == 401
    request_log.flush()
    page.locator("#requests").get_by_text("The signature does not match the body.").wait_for()
    page.locator(".tabs").get_by_text("Accepted").click()
    page.locator("#requests .request-what a").click()
    page.wait_for_url("**/executions/*")
    page.goto(f"/triggers/webhooks/{pattern.pk}")
    assert secret not in page.content()


def _send(page: Any, body: str, signed_with: str) -> int:
    """The answer to a request that is sent as GitHub sends one, to the URL that the page shows."""
    signature = hmac.new(signed_with.encode(), body.encode(), "sha256").hexdigest()
    headers = {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={signature}"}
    return httpx.post(page.locator("#webhook-url").inner_text(), content=body, headers=headers).status_code


def test_another_scheme_asks_before_it_deletes_the_secrets(page: Any, make_user: Any) -> None:
    pattern = a_deployment().pattern
    set_webhook_security(pattern, "github", None)
    rotate_webhook_secret(pattern, None)
    page.goto(f"/triggers/webhooks/{pattern.pk}")
    page.select_option("[name=scheme]", "slack")
    page.locator("#security").get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Keep").click()
    assert WebhookSecret.objects.count() == 1
    page.locator("#security").get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Change the scheme").click()
    page.get_by_text("Paste the one that Slack shows").wait_for()
    assert not WebhookSecret.objects.exists()


def test_settings_say_what_they_mean_while_they_are_typed(page: Any) -> None:
    deployment = a_deployment()
    page.goto(f"/deployments/{deployment.pk}/settings")
    page.get_by_text("A run that fails is not tried again.").wait_for()
    page.fill("[name=retry_attempts]", "3")
    page.get_by_text("3 attempts: after 5 s, 10 s; at most 1 h.").wait_for()
    page.get_by_role("button", name="Save settings").click()
    page.wait_for_url(f"**/deployments/{deployment.pk}")
    deployment.refresh_from_db()
    assert deployment.retry_attempts == 3


def test_a_wait_counts_down_and_the_page_follows_the_next_attempt(page: Any) -> None:
    soon = timezone.now() + timedelta(minutes=5)
    run = a_run(a_deployment(retry_attempts=3).pattern, "queued", waits_for="retry", attempt=2, ready_at=soon)
    an_entry(run, 1, level="error", is_void=True, node_name="Post it")
    page.goto(f"/executions/{run.pk}")
    page.locator(".waits").get_by_text("in 4 min 5").wait_for()
    page.get_by_text("done again later").wait_for()
    Execution.objects.filter(pk=run.pk).update(status="running", waits_for="", started_at=timezone.now())
    an_entry(run, 2, attempt=2, node_name="Post it again")
    page.locator("#run-header .status-running").wait_for()
    page.locator(".attempt-mark").get_by_text("Attempt 2").wait_for()
    assert page.locator(".waits").count() == 0


def test_an_open_circuit_breaker_is_seen_from_another_page(page: Any) -> None:
    broken = a_deployment("Broken", status="paused", breaker_opened_at=timezone.now())
    page.goto("/patterns")
    page.locator(".alarm").get_by_text("breaker open").click()
    page.wait_for_url(f"**/deployments/{broken.pk}")


@pytest.mark.parametrize("width", [390, 1280])
def test_no_page_is_wider_than_the_window(page: Any, width: int) -> None:
    deployment = a_deployment("W" * 200, breaker_opened_at=timezone.now(), status="paused", pause_reason="R" * 500)
    report = a_deployment("S" * 200, "OnSchedule")
    Schedule.objects.create(pattern=report.pattern, cron="0 9 * * MON-FRI", time_zone="America/Argentina/Buenos_Aires")
    Tick.objects.create(pattern=report.pattern, due_at=timezone.now(), outcome="missed")
    refused = {"code": "BAD_SIGNATURE", "status": 401, "reason": "R" * 500, "address": "2001:db8::1", "method": "POST"}
    WebhookRequest.objects.create(pattern=deployment.pattern, received_at=timezone.now(), **refused)
    Notice.objects.create(deployment=deployment, subject="N" * 200, text="T" * 500, problem="P" * 300)
    run = a_run(deployment.pattern, "failed", error_type="E" * 200, error_message="M" * 10_000)
    an_entry(run, 1, node_name="N" * 200, message="x" * 5_000, output={"k" * 300: "v" * 300})
    page.set_viewport_size({"width": width, "height": 844})
    paths = ["", f"/{deployment.pk}"]
    for path in [
        *(f"/deployments{end}" for end in paths),
        *(f"/patterns{end}" for end in ("", f"/{deployment.pk}/source", "/new", "/import")),
        f"/executions/{run.pk}",
        f"/executions/{run.pk}/log/1",
        f"/deployments/{report.pk}",
        f"/deployments/{deployment.pk}/settings",
        "/triggers",
        f"/triggers/webhooks/{deployment.pk}",
    ]:
        page.goto(path)
        page.locator(".alarm").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_selected_executions_are_canceled_and_stay_selected_while_others_come(page: Any) -> None:
    pattern = a_deployment().pattern
    first, second = a_run(pattern, "queued"), a_run(pattern, "queued")
    page.goto("/executions")
    page.locator(f"#run-{first.pk}").focus()
    page.keyboard.press("x")
    page.get_by_text("1 selected").wait_for()
    third = a_run(pattern, "queued")
    page.wait_for_timeout(2_500)  # a poll would have replaced the list by now
    assert page.locator("[data-choose]:checked").count() == 1
    page.locator(f"[data-choose][value='{second.pk}']").check()
    page.get_by_role("button", name="Cancel", exact=True).click()
    page.get_by_role("button", name="Cancel them").click()
    page.locator("#bulk-job").wait_for()
    while bulk.work():
        pass
    page.get_by_text("Canceled 2 executions.").wait_for()
    assert set(Execution.objects.filter(status="canceled")) == {first, second}
    assert Execution.objects.get(pk=third.pk).status == "queued"


def test_all_that_match_are_deleted_unless_it_is_undone(page: Any) -> None:
    pattern = a_deployment().pattern
    for _ in range(3):
        a_run(pattern, "failed")
    a_run(pattern)
    page.goto("/executions?status=failed")
    for is_undone in (True, False):
        page.get_by_label("Select all on this page").check()
        page.get_by_label("All that match").check()
        page.get_by_role("button", name="Delete", exact=True).click()
        page.get_by_role("button", name="Delete them").click()
        page.get_by_text("3 executions are deleted in").wait_for()
        if is_undone:
            page.get_by_role("button", name="Undo").click()
            page.get_by_text("Stopped before anything was done.").wait_for()
    BulkJob.objects.filter(state="waiting").update(begins_at=timezone.now())
    while bulk.work():
        pass
    page.get_by_text("Deleted 3 executions.").wait_for()
    assert list(Execution.objects.values_list("status", flat=True)) == ["completed"]


def test_errors_are_grouped_and_lead_to_their_executions(page: Any) -> None:
    deployment = a_deployment()
    kind = {"error_type": "Http", "error_node_id": "n4", "error_node_name": "Ask"}
    for number in range(3):
        a_run(deployment.pattern, "failed", **kind, error_message=f"503 after {number} s")
    a_run(deployment.pattern, "failed", **kind, error_message="refused")
    page.goto("/executions")
    page.get_by_text("Errors, grouped").click()
    page.locator(".error-groups tbody tr").first.get_by_role("link").first.click()
    page.wait_for_url(f"**/deployments/{deployment.pk}?*error_like=*")
    assert page.locator(".runs-table tbody tr").count() == 3


def test_waterfall_opens_and_leads_to_the_entry(page: Any) -> None:
    run = a_run(a_deployment().pattern)
    an_entry(run, 1, key="0", node_name="Ask Stock")
    page.goto(f"/executions/{run.pk}")
    page.locator("#waterfall summary").click()
    page.locator(".waterfall").get_by_role("link", name="Ask Stock").click()
    page.wait_for_url("**#entry-1")


def test_a_search_of_executions_goes_on_by_itself_until_it_has_found_one(page: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(history, "WINDOW", 10)
    monkeypatch.setattr(history, "SEARCH_S", 0.0)  # every look ends after one window
    monkeypatch.setattr(run_list, "GLANCE_S", 0.0)
    pattern = a_deployment().pattern
    wanted = a_run(pattern, event={"order": 4711})
    for _ in range(30):
        a_run(pattern)
    page.goto("/executions")
    page.locator(".runs-table").wait_for()
    page.fill("[name=q]", "4711")
    page.locator(f"#run-{wanted.pk}").wait_for()
    assert page.locator("[id^=run-]").count() == 1 and "q=4711" in page.url
    page.get_by_role("link", name="Newest").click()
    page.locator(f"#run-{wanted.pk}").wait_for()


def test_a_log_is_searched_as_one_types_and_read_from_its_end(page: Any) -> None:
    run = a_run(a_deployment().pattern)
    some_entries(run, 450)
    page.goto(f"/executions/{run.pk}")
    page.keyboard.press("/")
    page.keyboard.type("Step 44")
    page.wait_for_url("**q=Step%2044")
    page.locator("#entry-449").wait_for()
    assert page.locator(".entry").count() == 11
    page.get_by_label("Search the log").fill("")
    page.locator("#entry-200").wait_for()
    page.get_by_role("link", name="To the end").click()
    page.locator("#entry-450").wait_for()
    assert page.locator("#entry-250").count() == 0
    page.get_by_role("link", name="Show the 200 entries before").click()
    page.locator("#entry-51").wait_for(state="attached")
    ids = page.eval_on_selector_all(".entry", "rows => rows.map(row => +row.id.slice(6))")
    assert ids == list(range(51, 451))


def test_the_next_entries_come_as_one_reads_on(page: Any) -> None:
    run = a_run(a_deployment().pattern)
    some_entries(run, 450)
    page.goto(f"/executions/{run.pk}")
    for last in (400, 450):
        page.locator("#log-end").scroll_into_view_if_needed()
        page.locator(f"#entry-{last}").wait_for(state="attached")
    page.goto(f"/executions/{run.pk}?seq=300")
    page.locator("#entry-300 details[open]").wait_for()
    assert page.locator("#entry-300").is_visible()


def test_the_address_names_a_view_of_the_execution(page: Any) -> None:
    run = a_run(a_deployment().pattern)
    some_entries(run, 3)
    page.goto(f"/executions/{run.pk}?view=waterfall")
    page.locator("#waterfall .bar").first.wait_for()
    page.goto(f"/executions/{run.pk}?view=graph")
    page.locator("#graph[open]").wait_for()


@pytest.mark.parametrize("path", ["/account", "/settings", "/settings/users", "/deployments", "/forgot-password"])
def test_a_page_is_no_wider_than_a_phone(page: Any, make_user: Any, path: str) -> None:
    a_deployment("A rather long name of a deployment that goes on and on")
    User.objects.update(role="admin")
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_following_rests_while_one_reads(page: Any) -> None:
    run = a_run(a_deployment().pattern, "running")
    an_entry(run, 1, node_name="First step")
    page.goto(f"/executions/{run.pk}")
    page.locator("body").press("f")
    page.locator("[data-follow][aria-pressed=false]").wait_for()
    an_entry(run, 2, node_name="Second step")
    page.wait_for_timeout(2_500)
    assert page.locator("#entry-2").count() == 0
    page.get_by_role("button", name="Follow").click()
    page.locator("#entry-2").wait_for()


def test_an_event_that_is_not_json_is_told_in_the_dialog_and_stays_typed(page: Any) -> None:
    run = a_run(a_deployment().pattern)
    page.goto(f"/executions/{run.pk}")
    page.get_by_label("More ways to run it again").click()
    page.get_by_role("button", name="Execute again with another event").click()
    page.get_by_label("Event (JSON)").fill('{"a": }')
    page.get_by_role("button", name="Execute", exact=True).click()
    page.get_by_text("The event is not valid JSON: Expecting value at line 1, column 7.").wait_for()
    assert page.get_by_label("Event (JSON)").input_value() == '{"a": }'


def test_a_password_link_sets_a_password_and_signs_in(
    page: Any, browser: Any, live_server: Any, make_user: Any, settings: Any
) -> None:
    settings.PUBLIC_URL = live_server.url
    link = make_link(make_user("viewer"), actor="a test")
    stranger = browser.new_context().new_page()
    stranger.goto(link)
    assert link.rpartition("/")[2] not in stranger.url
    stranger.get_by_label("The new one").fill("password12345")
    stranger.get_by_role("button", name="Set it and sign in").click()
    stranger.get_by_text("too common").wait_for()
    stranger.get_by_label("The new one").fill("quite another password")
    stranger.get_by_role("button", name="Set it and sign in").click()
    stranger.wait_for_url("**/deployments")
    stranger.context.close()


def test_what_changes_by_itself_is_changed_in_place(page: Any) -> None:
    """Focus, scroll and what is open stay, for the elements do."""
    run = a_run(a_deployment().pattern, "running", error_type="HTTPError", error_message="503")
    page.goto(f"/executions/{run.pk}")
    page.evaluate("document.querySelector('#run-header h1').isTheSame = true")
    end(run)
    page.locator("#run-header .status-completed").wait_for()
    assert page.evaluate("document.querySelector('#run-header h1').isTheSame")
    again = a_run(run.pattern, "running")
    page.goto("/executions")
    page.locator(f"#run-{again.pk}").focus()
    page.evaluate("document.activeElement.isTheSame = true")
    a_run(run.pattern)
    end(again)
    page.locator(f"tr:has(#run-{again.pk}) .status-completed").wait_for()
    assert page.evaluate("document.activeElement.isTheSame && document.activeElement.id") == f"run-{again.pk}"


def test_the_webhook_url_is_copied_in_the_list(page: Any) -> None:
    deployment = a_deployment("Orders")
    page.goto("/deployments")
    page.get_by_role("button", name="Copy the webhook URL of Orders").click()
    page.get_by_text("Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()").endswith(f"/webhooks/{deployment.pattern.webhook_id}")


def test_a_deployment_is_paused_and_executed_from_its_row(page: Any) -> None:
    orders, _ = a_deployment("Orders", "OnStart"), a_deployment("Other", "OnStart")
    page.goto("/deployments?sort=-name&q=o")
    row = page.locator(f"#deployment-{orders.pk}")
    row.get_by_label("What to do with Orders").click()
    row.get_by_label("Reason").fill("night")
    row.get_by_role("button", name="Pause").click()
    row.locator(".badge.warn").wait_for()
    page.locator("#said").get_by_text("Orders: Paused").wait_for()
    assert page.evaluate("document.activeElement.id") == f"more-{orders.pk}"
    assert page.url.endswith("/deployments?sort=-name&q=o")
    page.keyboard.press("Enter")
    row.get_by_role("button", name="Resume").click()
    row.locator(".badge.ok").wait_for()
    row.get_by_label("What to do with Orders").click()
    row.get_by_role("link", name="Execute…").click()
    page.get_by_label("Event (JSON)").fill('{"a": 1}')
    page.get_by_role("button", name="Execute", exact=True).click()
    page.wait_for_url("**/executions/*")
    assert Execution.objects.get().event == {"a": 1}


def test_a_deployment_is_undeployed_from_its_row_after_a_yes(page: Any) -> None:
    orders = a_deployment("Orders")
    page.goto("/deployments")
    row = page.locator(f"#deployment-{orders.pk}")
    row.get_by_label("What to do with Orders").click()
    row.get_by_role("button", name="Undeploy").click()
    page.locator("#confirm").get_by_role("button", name="Undeploy").click()
    row.get_by_text("Undeployed").wait_for()
    assert page.evaluate("document.activeElement.id") == f"to-{orders.pk}"
    page.get_by_role("link", name="Pattern", exact=True).click()
    page.wait_for_url("**sort=-name")
