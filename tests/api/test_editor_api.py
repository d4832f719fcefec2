"""Previews, samples and callable patterns, also under what should not be sent."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from deployments.actions import create_environment, set_secret
from deployments.models import EnvironmentSecret
from executions import masking
from patterns.actions import create_pattern, save_pattern, save_sample
from patterns.models import Pattern
from tests.api.made import deployed, run
from tests.graphs import graph, node
from tests.pages.made import an_entry

pytestmark = pytest.mark.django_db
SECRET = "sk_live_4eC39HqLyjWDarjtT1"
HELLO = graph(
    "hook: OnWebhook", node("http", "HTTPRequest", url="https://example.org"), node("log", "Log", message="x")
)


@pytest.fixture
def as_editor(api_as: Any, editor: Any) -> Any:
    return api_as(editor)


@pytest.fixture
def pattern(editor: Any) -> Pattern:
    return create_pattern(editor, "Orders", graph=HELLO)


@pytest.fixture
def production(editor: Any, admin: Any) -> Iterator[None]:
    made = create_environment(editor, "Production", is_default=True, variables={"API": "https://api.example.org"})
    set_secret(made, "KEY", SECRET, admin)
    masking.refresh()
    yield
    EnvironmentSecret.objects.all().delete()
    masking.refresh()


def preview(client: Any, pattern: Pattern, text: Any, /, **fields: Any) -> Any:
    body = {"text": text, "nodeId": "log", "pin": "message", **fields}
    return client.post(f"/api/patterns/{pattern.pk}/preview", body)


def told(answer: Any) -> Any:
    assert answer.status_code == 200, answer.content
    return answer.json()["data"]


# --- Previews ---------------------------------------------------------------------------------------------------------
def test_a_preview_where_nothing_ran_is_of_the_sample_event(as_editor: Any, pattern: Pattern) -> None:
    assert told(preview(as_editor, pattern, "{{ trigger.method }}"))["value"] == "POST"
    save_sample(pattern, {"body": {"name": "Ada"}})
    found = told(preview(as_editor, pattern, "{{ trigger.body.name }} {{ nodes.hook.body.name }}"))
    assert (found["value"], found["runId"]) == ("Ada Ada", None)


def test_a_preview_is_of_the_run_that_is_named_else_of_the_latest(as_editor: Any, pattern: Pattern) -> None:
    first, last = (run(pattern, event={"body": name}) for name in ("first", "last"))
    assert told(preview(as_editor, pattern, "{{ trigger.body }}"))["value"] == "last"
    found = told(preview(as_editor, pattern, "{{ trigger.body }}", runId=str(first.pk)))
    assert (found["value"], found["runId"]) == ("first", str(first.pk))
    assert last.pk != first.pk


def test_a_preview_takes_no_run_of_another_pattern(as_editor: Any, editor: Any, pattern: Pattern) -> None:
    other = run(create_pattern(editor, "Payroll", graph=HELLO), event={"body": "salary"})
    for run_id in (other.pk, uuid4()):
        answer = preview(as_editor, pattern, "{{ trigger.body }}", runId=str(run_id))
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "RUN_NOT_FOUND")


@pytest.mark.usefixtures("production")
def test_a_preview_shows_no_secret(as_editor: Any, pattern: Pattern) -> None:
    run(pattern, event={"body": SECRET, "list": [SECRET, {"key": f"a {SECRET}"}]})
    for text in ("{{ trigger.body }}", "{{ trigger.list }}", "{{ trigger.body | int }}", "{{ trigger.body + 1 }}"):
        answer = preview(as_editor, pattern, text)
        assert answer.status_code == 200
        assert SECRET not in answer.content.decode()
    number = preview(as_editor, pattern, "{{ trigger.body }}", nodeId="http", pin="timeoutS")
    assert "error" in told(number)
    assert SECRET not in number.content.decode()


@pytest.mark.usefixtures("production")
def test_a_preview_reads_the_environment_of_the_pattern(as_editor: Any, pattern: Pattern) -> None:
    assert told(preview(as_editor, pattern, "{{ env.API }}/x"))["value"] == "https://api.example.org/x"


def test_a_preview_of_much_is_cut(as_editor: Any, pattern: Pattern) -> None:
    run(pattern, event={"body": ["x" * 90] * 10_000})
    answer = preview(as_editor, pattern, "{{ trigger.body }}")
    assert told(answer)["type"] == "Array"
    assert len(answer.content) < 12_000


def test_a_preview_costs_few_queries(as_editor: Any, pattern: Pattern, django_assert_num_queries: Any) -> None:
    found = run(pattern)
    for seq in range(1, 40):
        an_entry(found, seq, node_id=f"n{seq}", node_name="x", output={"status": 200})
    preview(as_editor, pattern, "x")
    with django_assert_num_queries(6):  # pattern, run, two for the environment, and two for outputs
        told(preview(as_editor, pattern, "{{ trigger.body }}"))


@pytest.mark.parametrize(
    "fields",
    [
        {"graphData": None},
        {"graphData": []},
        {"graphData": {"nodes": {}, "edges": []}},
        {"nodeId": None},
        {"nodeId": 7},
        {"nodeId": "x" * 201},
        {"pin": []},
        {"pin": ""},
        {"runId": "x"},
        {"runId": 7},
        {"text": None},
    ],
)
def test_a_preview_that_is_asked_wrongly_is_refused(as_editor: Any, pattern: Pattern, fields: Any) -> None:
    assert preview(as_editor, pattern, "x", **fields).status_code == 422


@pytest.mark.parametrize(
    "text",
    [
        7,
        [],
        {},
        {"{{ 1 }}": "{{ 2 }}"},
        "{{",
        "}}",
        "{{ }}",
        "{{ {% raw %} }}",
        "{{ '\\ud800' }}",
        "\x00{{ '\x00' }}",
        "{{ " + "(" * 2000 + " }}",
        "{{ range(1000000000) }}",
        "{{ trigger.__class__.__mro__ }}",
        "{{ nodes }}",
        "{{ nodes[0].x }}",
        "{{ nodes['log'] }}",
        "{{ 1 }}" * 2000,
        "{{ 9**9**9 }}",
        "[" * 90 + "]" * 90,
    ],
)
@pytest.mark.parametrize("place", [("log", "message"), ("http", "headers"), ("http", "timeoutS"), ("keep", "where")])
def test_a_preview_of_any_text_is_a_value_or_an_error_in_words(
    as_editor: Any, pattern: Pattern, text: Any, place: tuple[str, str]
) -> None:
    drawing = {**HELLO, "nodes": [*HELLO["nodes"], node("keep", "Filter", array="[1]")]}
    found = told(preview(as_editor, pattern, text, nodeId=place[0], pin=place[1], graphData=drawing))
    assert found["error"]["message"] if "error" in found else found["type"]


# --- Samples ----------------------------------------------------------------------------------------------------------
def test_a_saved_sample_is_kept_while_the_draft_changes(as_editor: Any, pattern: Pattern) -> None:
    path = f"/api/patterns/{pattern.pk}/sample"
    event = {"body": {"n": 1, "text": "ü\x00\U0001f600", "deep": [[[]]]}}
    assert told(as_editor.put(path, {"event": event}))["event"] == event
    save_pattern(pattern.pk, 1, name="Renamed")
    found = told(as_editor.get(path))
    assert (found["event"], found["source"]) == (event, "saved")
    assert found["savedAt"]
    assert told(as_editor.get(f"{path}?source=default"))["source"] == "default"
    assert as_editor.get(f"{path}?source=other").status_code == 422


def test_a_sample_changes_neither_the_revision_nor_the_time_of_the_draft(as_editor: Any, pattern: Pattern) -> None:
    before = Pattern.objects.values("revision", "updated_at").get(pk=pattern.pk)
    told(as_editor.put(f"/api/patterns/{pattern.pk}/sample", {"event": {}}))
    assert Pattern.objects.values("revision", "updated_at").get(pk=pattern.pk) == before


def test_a_sample_nested_too_deeply_is_refused(as_editor: Any, pattern: Pattern) -> None:
    deep: Any = {}
    for _ in range(500):
        deep = {"a": deep}
    assert as_editor.put(f"/api/patterns/{pattern.pk}/sample", {"event": deep}).status_code in (400, 422)


def test_the_page_offers_the_saved_sample_for_its_test(client: Any, editor: Any, pattern: Pattern) -> None:
    save_sample(pattern, {"body": {"name": "Ada of the sample"}})
    client.force_login(editor)
    assert "Ada of the sample" in client.get(f"/patterns/{pattern.pk}/source").content.decode()


# --- Callable patterns ------------------------------------------------------------------------------------------------
def test_a_callable_pattern_is_told_by_its_live_version_not_its_draft(as_editor: Any, editor: Any) -> None:
    def called(name: str) -> Any:
        return graph(node("call", "OnPatternCall", {"inputs": [{"name": name, "type": "Object"}]}))

    live = deployed(editor, "Price", called("Order")).pattern
    save_pattern(live.pk, 1, graph=called("Customer"))
    (found,) = told(as_editor.get("/api/callable"))
    assert [pin["name"] for pin in found["inputs"]] == ["order"]
    assert (found["id"], found["status"], found["versionNumber"]) == (str(live.pk), "active", 1)


@pytest.mark.parametrize("inputs", [7, "x", [{}], [{"name": "a", "type": "Nothing"}], [{"name": "exec"}]])
def test_a_draft_whose_declared_pins_cannot_be_read_is_not_callable(as_editor: Any, editor: Any, inputs: Any) -> None:
    create_pattern(editor, "Draft", graph=graph(node("call", "OnPatternCall", {"inputs": inputs})))
    assert told(as_editor.get("/api/callable")) == []


def test_a_pattern_that_only_speaks_of_on_pattern_call_is_not_callable(as_editor: Any, editor: Any) -> None:
    create_pattern(editor, "Talk", graph=graph("start: OnStart", node("log", "Log", message='"OnPatternCall"')))
    assert told(as_editor.get("/api/callable")) == []
