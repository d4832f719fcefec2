"""The API that an editor draws with: samples, previews, changes, versions, callable patterns, taps."""

from typing import Any

import pytest
from django.test import Client

from deployments.models import CapturedRequest, Delivery, Deployment, Tap
from executions.models import Execution
from patterns.actions import create_pattern, save_pattern
from tests.api.made import deployed, run
from tests.graphs import graph, node
from tests.pages.made import an_entry
from tests.patterns.graphs import started_by_webhook

pytestmark = pytest.mark.django_db
HELLO = graph(
    "hook: OnWebhook",
    node("http", "HTTPRequest", url="https://example.org"),
    node("log", "Log", message="x"),
    "hook > http, http > log",
    variables=[{"name": "n", "type": "Integer", "default": 7}],
)


@pytest.fixture
def as_editor(api_as: Any, editor: Any) -> Any:
    return api_as(editor)


def data(answer: Any) -> Any:
    assert answer.status_code == 200, answer.content
    return answer.json()["data"]


# --- Samples ----------------------------------------------------------------------------------------------------------
def test_the_sample_is_what_was_saved_or_captured_last(as_editor: Any, editor: Any) -> None:
    pattern = create_pattern(editor, "Orders", graph=HELLO)
    path = f"/api/patterns/{pattern.pk}/sample"
    assert data(as_editor.get(path))["source"] == "default"
    assert data(as_editor.put(path, {"event": {"body": 1}}))["event"] == {"body": 1}
    CapturedRequest.objects.create(pattern=pattern, event={"body": 2})
    assert data(as_editor.get(path)) | {"savedAt": ""} == {"event": {"body": 2}, "source": "captured", "savedAt": ""}
    assert data(as_editor.put(path, {"event": {"body": 3}}))["source"] == "saved"
    default = data(as_editor.get(path + "?source=default"))
    assert (default["source"], default["savedAt"], default["event"]["body"]) == ("default", None, {})
    assert as_editor.get(path + "?source=other").status_code == 422
    pattern.refresh_from_db()
    assert pattern.revision == 1


@pytest.mark.parametrize("event", [None, 3, "x", [], {"big": "x" * 1_000_001}])
def test_a_sample_that_is_none_is_refused(as_editor: Any, editor: Any, event: Any) -> None:
    pattern = create_pattern(editor, "Orders")
    assert as_editor.put(f"/api/patterns/{pattern.pk}/sample", {"event": event}).status_code == 422


# --- Previews ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def past(editor: Any) -> Any:
    pattern = create_pattern(editor, "Orders", graph=HELLO)
    found = run(pattern, event={"body": {"name": "Ada"}})
    an_entry(found, 1, node_id="http", node_name="http", output={"status": 201, "response": {"items": [{"p": 5}]}})
    return pattern


@pytest.mark.parametrize(
    ("text", "value", "type_name"),
    [
        ("Hi {{ trigger.body.name }}", "Hi Ada", "String"),
        ("{{ nodes['http'].status + 1 }}", 202, "Integer"),
        ("{{ vars.n }}", 7, "Integer"),
        ("plain", "plain", "String"),
    ],
)
def test_a_preview_is_what_the_pin_would_read(as_editor: Any, past: Any, text: str, value: Any, type_name: str) -> None:
    told = data(as_editor.post(f"/api/patterns/{past.pk}/preview", {"text": text, "nodeId": "log", "pin": "message"}))
    assert (told["value"], told["type"]) == (value, type_name)
    assert told["runId"] == str(Execution.objects.get().pk)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{{ nodes['Nobody'].x }}", "No node is named"),
        ("{{ nodes['log'].x }}", "has no output"),
        ("{{ trigger.body.nothing.deep }}", "nothing"),
        ("{{ 1 + }}", ""),
        ("{{ who }}", "not known here"),
    ],
)
def test_a_preview_that_fails_says_why(as_editor: Any, past: Any, text: str, told: str) -> None:
    body = {"text": text, "nodeId": "log", "pin": "message"}
    assert told in data(as_editor.post(f"/api/patterns/{past.pk}/preview", body))["error"]["message"]


def test_a_formula_is_tried_with_the_first_item(as_editor: Any, past: Any) -> None:
    drawing = graph(
        "hook: OnWebhook",
        node("http", "HTTPRequest", url="x"),
        "keep: Filter",
        node("literal", "MakeArray", {"value": "[3]"}),
        "literal.value > keep.array",
    )
    body = {"text": "item * 2", "nodeId": "keep", "pin": "where", "graphData": drawing}
    assert data(as_editor.post(f"/api/patterns/{past.pk}/preview", body))["value"] == 6


# --- Changes and versions ---------------------------------------------------------------------------------------------
def test_changes_since_the_live_version_are_told(as_editor: Any, editor: Any) -> None:
    pattern = deployed(editor).pattern
    path = f"/api/patterns/{pattern.pk}/changes"
    assert data(as_editor.get(path))["isSame"]
    drawing = {**pattern.graph, "nodes": [*pattern.graph["nodes"], node("new", "Log", message="x")]}
    save_pattern(pattern.pk, 1, graph=drawing)
    told = data(as_editor.get(path))
    assert (told["since"]["number"], told["to"]["name"]) == (1, "Draft")
    assert [one["id"] for one in told["nodes"]["added"]] == ["new"]
    assert data(as_editor.post(path, {"graphData": drawing}))["isSame"]
    assert as_editor.get(f"{path}?since=9").status_code == 404
    assert as_editor.get(f"{path}?since=-1").status_code == 422


def test_of_what_was_never_deployed_all_is_new(as_editor: Any, editor: Any) -> None:
    pattern = create_pattern(editor, "Orders", graph=HELLO)
    told = data(as_editor.get(f"/api/patterns/{pattern.pk}/changes"))
    assert told["since"] == {"name": "Nothing", "number": None}
    assert len(told["nodes"]["added"]) == 3


def test_a_version_is_told_with_its_graph(as_editor: Any, editor: Any) -> None:
    pattern = deployed(editor).pattern
    told = data(as_editor.get(f"/api/patterns/{pattern.pk}/versions/1"))
    assert told["graphData"] == pattern.graph
    assert (told["isLive"], told["createdBy"]) == (True, editor.email)
    assert as_editor.get(f"/api/patterns/{pattern.pk}/versions/2").status_code == 404


def test_callable_patterns_are_listed_with_their_pins(
    as_editor: Any, editor: Any, django_assert_num_queries: Any
) -> None:
    called = graph(node("call", "OnPatternCall", {"inputs": [{"name": "Order", "type": "Object"}]}))
    create_pattern(editor, "B draft", graph=called)
    deployed(editor, "A live", called)
    deployed(editor, "Not one", started_by_webhook())
    with django_assert_num_queries(1):
        told = data(as_editor.get("/api/callable"))
    assert [(one["name"], one["status"], one["versionNumber"]) for one in told] == [
        ("A live", "active", 1),
        ("B draft", "draft", None),
    ]
    assert [pin["name"] for pin in told[0]["inputs"]] == ["order"]


# --- Taps -------------------------------------------------------------------------------------------------------------
def fire(pattern: Any, **headers: str) -> Any:
    answer = Client().post(f"/webhooks/{pattern.webhook_id}", {"n": 1}, "application/json", headers=headers)
    return answer.status_code, answer.json()["status"]


def test_a_tapped_webhook_captures_and_runs_nothing(as_editor: Any, editor: Any) -> None:
    pattern = deployed(editor).pattern
    path = f"/api/webhooks/{pattern.webhook_id}/tap"
    assert data(as_editor.get(path))["armedUntil"] is None
    assert data(as_editor.post(path, {"armed": True}))["armedUntil"]
    assert fire(pattern, **{"X-Idempotency-Key": "k"}) == (202, "captured")
    told = data(as_editor.get(path))
    assert [one["event"]["body"] for one in told["captured"]] == [{"n": 1}]
    assert (Execution.objects.count(), Delivery.objects.count()) == (0, 0)
    assert data(as_editor.post(path, {"armed": False})) | {"webhookUrl": ""} == {
        "armedUntil": None,
        "captured": [],
        "webhookUrl": "",
    }
    assert fire(pattern, **{"X-Idempotency-Key": "k"}) == (202, "accepted")


def test_a_tap_ends_by_itself(as_editor: Any, editor: Any) -> None:
    pattern = deployed(editor).pattern
    as_editor.post(f"/api/webhooks/{pattern.pk}/tap", {"armed": True})
    Tap.objects.update(until=1.0)
    assert fire(pattern) == (202, "accepted")
    assert data(as_editor.get(f"/api/webhooks/{pattern.pk}/tap"))["armedUntil"] is None


def test_a_tapped_webhook_still_asks_for_its_signature(as_editor: Any, editor: Any) -> None:
    pattern = deployed(editor).pattern
    as_editor.put(f"/api/webhooks/{pattern.pk}/security", {"scheme": "github"})
    as_editor.post(f"/api/webhooks/{pattern.pk}/tap", {"armed": True})
    answer = Client().post(f"/webhooks/{pattern.webhook_id}", {"n": 1}, "application/json")
    assert answer.status_code == 401
    assert not CapturedRequest.objects.exists()


def test_a_tapped_webhook_keeps_its_rate_limit_and_its_trigger(as_editor: Any, editor: Any, valkey: Any) -> None:
    deployment = deployed(editor)
    Deployment.objects.update(rate_limit=1, rate_period_s=60)
    as_editor.post(f"/api/webhooks/{deployment.pk}/tap", {"armed": True})
    codes = [Client().post(f"/webhooks/{deployment.pattern.webhook_id}").status_code for _ in range(3)]
    assert codes == [202, 429, 429]
    other = deployed(editor, "By hand", graph("start: OnStart")).pattern
    as_editor.post(f"/api/webhooks/{other.pk}/tap", {"armed": True})
    assert Client().post(f"/webhooks/{other.webhook_id}").status_code == 404


def test_a_paused_webhook_can_be_tapped_and_its_page_says_so(as_editor: Any, editor: Any, client_as: Any) -> None:
    deployment = deployed(editor)
    as_editor.post(f"/api/deployments/{deployment.pk}/pause")
    as_editor.post(f"/api/webhooks/{deployment.pk}/tap", {"armed": True})
    assert fire(deployment.pattern) == (202, "captured")
    page = client_as(editor).get(f"/triggers/webhooks/{deployment.pk}").content.decode()
    assert "Tapped in the editor until" in page


def test_arming_again_and_again_leaves_one_tap(as_editor: Any, editor: Any) -> None:
    pattern = create_pattern(editor, "Orders", graph=HELLO)
    for _ in range(3):
        as_editor.post(f"/api/webhooks/{pattern.pk}/tap", {"armed": True})
    assert Tap.objects.count() == 1


# --- Runs on their graphs ---------------------------------------------------------------------------------------------
def test_a_run_is_told_on_its_graph(as_editor: Any, past: Any, django_assert_num_queries: Any) -> None:
    found = Execution.objects.get()
    told = data(as_editor.get(f"/api/runs/{found.pk}/graph"))
    assert (told["patternName"], len(told["graphData"]["nodes"])) == ("Orders", 3)
    with django_assert_num_queries(4):
        answer = as_editor.get(f"/api/runs/{found.pk}/steps")
    assert data(answer)["nodes"]["http"]["state"] == "completed"
    meta = answer.json()["meta"]
    assert as_editor.get(f"/api/runs/{found.pk}/steps", meta).status_code == 204
    entry = data(as_editor.get(f"/api/runs/{found.pk}/nodes/http"))
    assert (entry["passes"], entry["entry"]["output"]["status"]) == (1, 201)
    assert as_editor.get(f"/api/runs/{found.pk}/nodes/http?pass=2").status_code == 404
    assert as_editor.get(f"/api/runs/{found.pk}/nodes/log").status_code == 404
    assert data(as_editor.get(f"/api/runs/{found.pk}/outputs"))["outputs"]["http"]["status"] == 201


@pytest.mark.parametrize("given", [{"startAt": "nobody"}, {"startAt": "hook"}, {"from": "x"}])
def test_a_run_that_cannot_begin_is_refused(as_editor: Any, past: Any, given: Any) -> None:
    assert as_editor.post(f"/api/patterns/{past.pk}/run", given).status_code == 422
    assert Execution.objects.count() == 1


def test_a_run_of_another_pattern_gives_nothing(as_editor: Any, editor: Any, past: Any) -> None:
    other = run(create_pattern(editor, "Other", graph=HELLO))
    body = {"startAt": "log", "from": str(other.pk)}
    assert as_editor.post(f"/api/patterns/{past.pk}/run", body).status_code == 422
