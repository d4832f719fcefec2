import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from deployments.models import Deployment
from executions.models import Execution
from patterns.models import Pattern, Tag
from patterns.samples import sample_event
from tests.pages.made import a_deployment, a_graph, a_pattern

FRAGMENT = {"HX-Request": "true"}


def text_of(answer: Any) -> str:
    return answer.content.decode()


def typed(pattern: Pattern, **changes: Any) -> dict[str, Any]:
    return {
        "name": pattern.name,
        "description": "",
        "tags": "",
        "graph": json.dumps(pattern.graph),
        "revision": pattern.revision,
        **changes,
    }


# --- The list -------------------------------------------------------------------------------------------------------
def test_the_list_offers_a_first_pattern_to_editors(client_as: Any, editor: Any, viewer: Any) -> None:
    assert "/patterns/new" in text_of(client_as(editor).get("/patterns"))
    assert "/patterns/new" not in text_of(client_as(viewer).get("/patterns"))


def test_the_list_searches_and_filters_by_tag(client_as: Any, viewer: Any) -> None:
    a_pattern("Orders").tags.add(Tag.objects.create(name="shop & co"))
    a_pattern("Reports", description="every night")
    browser = client_as(viewer)
    assert "Reports" not in text_of(browser.get("/patterns?q=ORD"))
    assert "Reports" in text_of(browser.get("/patterns?q=night"))
    assert "Reports" not in text_of(browser.get("/patterns?tag=shop+%26+co", headers=FRAGMENT))
    assert "No pattern matches" in text_of(browser.get("/patterns?q=\x00"))


def test_the_list_turns_pages_and_keeps_the_search(client_as: Any, viewer: Any) -> None:
    for number in range(30):
        a_pattern(f"Report {number:02}")
    first = text_of(client_as(viewer).get("/patterns?q=report"))
    assert "Page 1 of 2" in first and "q=report&amp;page=2" in first
    assert "Page 2 of 2" in text_of(client_as(viewer).get("/patterns?q=report&page=99"))


def test_the_list_takes_as_many_queries_for_many_patterns_as_for_one(client_as: Any, viewer: Any) -> None:
    browser = client_as(viewer)
    tag = Tag.objects.create(name="shop")
    a_deployment("First").pattern.tags.add(tag)
    counts = []
    for number in range(2):
        browser.get("/patterns")
        with CaptureQueriesContext(connection) as made:
            browser.get("/patterns")
        counts.append(len(made))
        for more in range(10):
            a_deployment(f"More {number} {more}").pattern.tags.add(tag)
    assert counts[0] == counts[1] <= 7


# --- New, import, export --------------------------------------------------------------------------------------------
def test_a_new_pattern_opens_with_its_trigger_placed(client_as: Any, editor: Any) -> None:
    answer = client_as(editor).post("/patterns/new", {"name": "Orders", "tags": "shop, , night"})
    pattern = Pattern.objects.get()
    assert answer["Location"] == f"/patterns/{pattern.pk}"
    assert pattern.owner == editor
    assert sorted(tag.name for tag in pattern.tags.all()) == ["night", "shop"]


def test_a_name_that_is_none_is_refused_and_the_rest_kept(client_as: Any, editor: Any) -> None:
    answer = client_as(editor).post("/patterns/new", {"name": "  ", "description": "about <orders>"})
    assert answer.status_code == 422
    assert "about &lt;orders&gt;" in text_of(answer)


def test_what_export_gives_import_takes(client_as: Any, editor: Any) -> None:
    pattern, browser = a_pattern("Orders “x”"), client_as(editor)
    exported = browser.get(f"/patterns/{pattern.pk}/export")
    assert "attachment" in exported["Content-Disposition"]
    file = SimpleUploadedFile("orders.json", exported.content)
    answer = browser.post("/patterns/import", {"file": file, "text": ""})
    copy = Pattern.objects.exclude(pk=pattern.pk).get()
    assert answer["Location"] == f"/patterns/{copy.pk}"
    assert copy.graph == pattern.graph
    assert copy.webhook_id != pattern.webhook_id


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "{}", '{"name": 5}', "[" * 100_000, '"\\ud800"'])
def test_an_import_that_is_none_says_so_and_keeps_the_text(client_as: Any, editor: Any, text: str) -> None:
    answer = client_as(editor).post("/patterns/import", {"text": text})
    assert answer.status_code in (400, 422)
    assert 'role="alert"' in text_of(answer)
    assert not Pattern.objects.exists()


def test_a_file_that_is_not_text_is_refused(client_as: Any, editor: Any) -> None:
    answer = client_as(editor).post("/patterns/import", {"file": SimpleUploadedFile("a.json", b"\xff\xfe\x00")})
    assert "not text in UTF-8" in text_of(answer)


# --- One pattern ----------------------------------------------------------------------------------------------------
def test_the_page_lists_every_compile_error_with_its_node(client_as: Any, viewer: Any) -> None:
    graph = a_graph()
    graph["nodes"].append({"id": "odd", "type": "Nope", "data": {"label": "<i>Odd</i>"}})
    html = text_of(client_as(viewer).get(f"/patterns/{a_pattern(graph=graph).pk}/source"))
    assert "1 error" in html
    assert "&lt;i&gt;Odd&lt;/i&gt;" in html and "<i>Odd" not in html


@pytest.mark.parametrize("graph", [[], None, "x", {"nodes": 5}, {"nodes": [1, {"id": "a", "data": []}]}])
def test_the_page_opens_whatever_the_stored_graph_is(client_as: Any, editor: Any, graph: Any) -> None:
    pattern = a_pattern()
    Pattern.objects.filter(pk=pattern.pk).update(graph=graph if graph is not None else {})
    assert client_as(editor).get(f"/patterns/{pattern.pk}/source").status_code == 200


def test_a_save_changes_the_draft(client_as: Any, editor: Any) -> None:
    pattern = a_pattern()
    path = f"/patterns/{pattern.pk}/source"
    client_as(editor).post(path, typed(pattern, name="Renamed", tags="a,b", graph=json.dumps(a_graph("OnWebhook"))))
    pattern.refresh_from_db()
    assert (pattern.name, pattern.revision, pattern.graph) == ("Renamed", 2, a_graph("OnWebhook"))


def test_a_stale_save_keeps_what_was_typed_beside_what_is_stored(client_as: Any, editor: Any) -> None:
    pattern, browser = a_pattern(), client_as(editor)
    path = f"/patterns/{pattern.pk}/source"
    browser.post(path, typed(pattern, name="Theirs"))
    mine = typed(pattern, name="Mine <1>", graph='{"nodes": [], "edges": [], "mine": true}')
    answer = browser.post(path, mine)
    html = text_of(answer)
    assert answer.status_code == 409
    assert "Mine &lt;1&gt;" in html and "&quot;mine&quot;: true" in html and "Theirs" in html
    assert 'name="revision" value="2"' in html
    browser.post(path, {**mine, "revision": "2"})
    pattern.refresh_from_db()
    assert pattern.name == "Mine <1>"


@pytest.mark.parametrize("revision", ["", "x", "-1", "99999999999999999999", "²"])
def test_a_save_without_a_real_revision_is_a_conflict(client_as: Any, editor: Any, revision: str) -> None:
    pattern = a_pattern()
    answer = client_as(editor).post(f"/patterns/{pattern.pk}/source", typed(pattern, revision=revision))
    assert answer.status_code == 409


def test_a_graph_that_is_not_json_is_refused_and_kept_in_the_field(client_as: Any, editor: Any) -> None:
    pattern = a_pattern()
    answer = client_as(editor).post(f"/patterns/{pattern.pk}/source", typed(pattern, graph='{"nodes": [}'))
    assert answer.status_code == 422
    assert "line 1, column 12" in text_of(answer)
    assert "{&quot;nodes&quot;: [}" in text_of(answer)


def test_deploy_leads_to_the_deployment(client_as: Any, editor: Any) -> None:
    pattern = a_pattern()
    answer = client_as(editor).post(f"/patterns/{pattern.pk}/deploy")
    assert answer["Location"] == f"/deployments/{pattern.pk}"
    assert Deployment.objects.get().version.number == 1


def test_deploy_of_a_graph_with_errors_lists_them_and_deploys_nothing(client_as: Any, editor: Any) -> None:
    pattern = a_pattern(graph={"nodes": [], "edges": [], "variables": []})
    answer = client_as(editor).post(f"/patterns/{pattern.pk}/deploy", follow=True)
    assert "The graph does not compile" in text_of(answer)
    assert not Deployment.objects.exists()


def test_a_test_run_needs_no_deployment(client_as: Any, editor: Any) -> None:
    pattern = a_pattern()
    answer = client_as(editor).post(f"/patterns/{pattern.pk}/test-run", {"event": '{"a": [1]}'})
    run = Execution.objects.get()
    assert answer["Location"] == f"/executions/{run.pk}"
    assert (run.mode, run.event, run.version_number) == ("test", {"a": [1]}, None)


def test_delete_asks_to_undeploy_first(client_as: Any, editor: Any) -> None:
    deployment, browser = a_deployment(), client_as(editor)
    path = f"/patterns/{deployment.pk}"
    assert '"kind": "error"' in text_of(browser.post(f"{path}/delete", follow=True))
    browser.post(f"{path}/undeploy")
    assert browser.post(f"{path}/delete")["Location"] == "/patterns"
    assert not Pattern.objects.exists()


def test_a_clone_opens_as_a_draft(client_as: Any, editor: Any) -> None:
    pattern = a_pattern()
    answer = client_as(editor).post(f"/patterns/{pattern.pk}/clone")
    copy = Pattern.objects.exclude(pk=pattern.pk).get()
    assert answer["Location"] == f"/patterns/{copy.pk}"


# --- Sample events --------------------------------------------------------------------------------------------------
def test_a_sample_has_the_shape_of_the_trigger() -> None:
    assert sample_event(a_graph("OnStart")) == {}
    assert set(sample_event(a_graph("OnWebhook"))) == {"body", "headers", "query", "method", "url"}
    graph = a_graph("OnPatternCall")
    inputs = [{"name": "Order Id", "type": "String"}, {"name": "Count", "type": "Integer", "default": 3}]
    graph["nodes"][0]["data"]["properties"] = {"inputs": inputs}
    assert sample_event(graph) == {"orderId": "", "count": 3}


@pytest.mark.parametrize("graph", [None, [], {}, {"nodes": "x"}, {"nodes": [{"id": "a", "type": "OnError"}]}])
def test_a_graph_without_a_trigger_has_an_empty_sample(graph: Any) -> None:
    assert sample_event(graph) == {}
