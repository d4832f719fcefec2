"""Patterns and the node library over the API."""

from typing import Any
from uuid import uuid4

import pytest

from deployments.actions import deploy
from patterns.actions import create_pattern
from patterns.models import Pattern
from tests.api.made import BROKEN, deployed, ids
from tests.patterns.graphs import started_by_hand, started_by_webhook

ROW = {
    *("id", "name", "description", "isPublic", "isTemplate", "tags", "versionNumber", "revision", "webhookUrl"),
    *("createdAt", "updatedAt"),
}


@pytest.fixture
def as_editor(api_as: Any, editor: Any) -> Any:
    return api_as(editor)


def _new(client: Any, **fields: Any) -> dict[str, Any]:
    answer = client.post("/api/patterns", {"name": "Orders", **fields})
    assert answer.status_code == 201, answer.content
    return answer.json()["data"]


def test_pattern_is_created_with_an_on_start_node_and_read_back_bare(as_editor: Any) -> None:
    made = _new(as_editor, tags=["shop"], isPublic=True)
    assert set(made) == {*ROW, "graphData"}
    assert [node["type"] for node in made["graphData"]["nodes"]] == ["OnStart"]
    assert (made["tags"], made["isPublic"], made["isTemplate"], made["revision"]) == (["shop"], True, False, 1)
    assert made["versionNumber"] is None
    assert as_editor.get(f"/api/patterns/{made['id']}").json() == made


def test_pattern_tells_its_webhook_url_and_its_last_version(as_editor: Any, editor: Any) -> None:
    pattern = create_pattern(editor, "Orders", graph=started_by_webhook())
    deploy(pattern, editor)
    deploy(pattern, editor)
    told = as_editor.get(f"/api/patterns/{pattern.pk}").json()
    assert (told["versionNumber"], told["webhookUrl"]) == (2, f"http://testserver/webhooks/{pattern.webhook_id}")


def test_patch_changes_what_it_names_and_raises_the_revision(as_editor: Any) -> None:
    made = _new(as_editor, description="old", tags=["a"])
    answer = as_editor.patch(
        f"/api/patterns/{made['id']}", {"revision": 1, "name": "New", "graphData": started_by_hand()}
    )
    changed = answer.json()["data"]
    assert (answer.status_code, changed["revision"], changed["name"]) == (200, 2, "New")
    assert (changed["description"], changed["tags"], changed["graphData"]) == ("old", ["a"], started_by_hand())


def test_patch_is_409_when_somebody_saved_since(as_editor: Any) -> None:
    made = _new(as_editor)
    address = f"/api/patterns/{made['id']}"
    as_editor.patch(address, {"revision": 1, "name": "Theirs"})
    answer = as_editor.patch(address, {"revision": 1, "name": "Mine"})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["details"]["revision"]) == (409, "CONFLICT", 2)
    assert as_editor.get(address).json()["name"] == "Theirs"


def test_patch_is_422_without_a_revision(as_editor: Any) -> None:
    made = _new(as_editor)
    answer = as_editor.patch(f"/api/patterns/{made['id']}", {"name": "New"})
    assert (answer.status_code, list(answer.json()["error"]["details"])) == (422, ["revision"])


def test_delete_removes_a_pattern_that_is_not_deployed(as_editor: Any) -> None:
    made = _new(as_editor)
    answer = as_editor.delete(f"/api/patterns/{made['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert as_editor.get(f"/api/patterns/{made['id']}").json()["error"]["code"] == "PATTERN_NOT_FOUND"


def test_delete_is_409_while_the_pattern_is_deployed(as_editor: Any, editor: Any) -> None:
    assert as_editor.delete(f"/api/patterns/{deployed(editor).pk}").status_code == 409


@pytest.mark.parametrize("pattern_id", [str(uuid4()), "1", "x" * 1_000, "%00", "é", "{" + str(uuid4()) + "}"])
@pytest.mark.parametrize("tail", ["", "/export", "/versions", "/deployment"])
def test_unknown_pattern_is_404(as_editor: Any, pattern_id: str, tail: str) -> None:
    answer = as_editor.get(f"/api/patterns/{pattern_id}{tail}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "PATTERN_NOT_FOUND")


def test_clone_is_a_private_draft_of_its_own(as_editor: Any) -> None:
    made = _new(as_editor, isPublic=True, tags=["shop"])
    answer = as_editor.post(f"/api/patterns/{made['id']}/clone")
    copy = answer.json()["data"]
    assert (answer.status_code, copy["name"], copy["isPublic"], copy["tags"]) == (201, "Orders (copy)", False, ["shop"])
    assert copy["webhookUrl"] != made["webhookUrl"]


def test_export_comes_back_by_import_as_file_or_as_answer(as_editor: Any) -> None:
    made = _new(as_editor, graphData=started_by_webhook(), tags=["shop"])
    exported = as_editor.get(f"/api/patterns/{made['id']}/export").json()
    for document in (exported, exported["data"]):
        answer = as_editor.post("/api/patterns/import", document)
        copy = answer.json()["data"]
        assert (answer.status_code, copy["graphData"], copy["tags"]) == (201, started_by_webhook(), ["shop"])
        assert copy["id"] != made["id"]


@pytest.mark.parametrize(
    "document", [{}, [], None, 1, "text", {"dragops": 99}, {"dragops": 1, "name": "x", "graph": 1}]
)
def test_import_of_something_else_is_422(as_editor: Any, document: Any) -> None:
    answer = as_editor.post("/api/patterns/import", document, format="json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION")


def test_validate_tells_errors_with_node_and_pin_and_changes_nothing(as_editor: Any) -> None:
    made = _new(as_editor, graphData=BROKEN)
    found = as_editor.post(f"/api/patterns/{made['id']}/validate").json()["data"]
    assert set(found) == {"errors", "warnings", "pins"}
    assert set(found["errors"][0]) == {"code", "severity", "message", "nodeId", "pin", "edgeId"}
    assert {error["nodeId"] for error in found["errors"]} & {"one", "two"}


NOTHING: dict[str, Any] = {"errors": [], "warnings": [], "pins": {}}


def test_validate_finds_nothing_in_a_sound_draft(as_editor: Any) -> None:
    made = _new(as_editor)
    assert as_editor.post(f"/api/patterns/{made['id']}/validate").json()["data"] == NOTHING


# --- The list -------------------------------------------------------------------------------------------------------
def _names(client: Any, query: str = "") -> list[str]:
    answer = client.get(f"/api/patterns{query}")
    assert answer.status_code == 200, answer.content
    return [row["name"] for row in answer.json()["data"]]


@pytest.fixture
def four(editor: Any) -> None:
    create_pattern(editor, "Alpha", tags=["a"], is_public=True)
    create_pattern(editor, "Beta", tags=["a", "b"], description="50% off_")
    create_pattern(editor, "Gamma", tags=["b"], is_template=True)
    create_pattern(editor, "Delta")


def test_patterns_are_listed_last_changed_first_with_meta(as_editor: Any, four: None) -> None:
    answer = as_editor.get("/api/patterns?limit=2&offset=1").json()
    assert [row["name"] for row in answer["data"]] == ["Gamma", "Beta"]
    assert answer["meta"].pop("nextCursor") and answer["meta"] == {"total": 4, "limit": 2, "offset": 1}
    assert set(answer["data"][0]) == ROW


@pytest.mark.parametrize("query", ["", "&sortBy=name", "&sortBy=createdAt&sortOrder=asc", "&tags=a"])
def test_patterns_are_read_on_by_cursor_whatever_is_added_meanwhile(
    as_editor: Any, editor: Any, four: None, query: str
) -> None:
    whole = _names(as_editor, "?limit=100" + query)
    found, cursor = [], ""
    while cursor is not None:
        answer = as_editor.get("/api/patterns?limit=1" + query + (f"&cursor={cursor}" if cursor else "")).json()
        found += [row["name"] for row in answer["data"]]
        cursor = answer["meta"]["nextCursor"]
        if len(found) < 4:
            create_pattern(editor, f"Aa {len(found)}")
    assert [name for name in found if not name.startswith("Aa ")] == whole


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?search=ALPH", ["Alpha"]),
        ("?search=50%25", ["Beta"]),
        ("?search=f_", ["Beta"]),
        ("?search=%25", ["Beta"]),
        ("?search=\\", []),
        ("?isPublic=true", ["Alpha"]),
        ("?isPublic=false&sortBy=name", ["Beta", "Delta", "Gamma"]),
        ("?isTemplate=true", ["Gamma"]),
        ("?tags=a&sortBy=name", ["Alpha", "Beta"]),
        ("?tags=a&tags=b", ["Beta"]),
        ("?tags=none", []),
        ("?sortBy=name", ["Alpha", "Beta", "Delta", "Gamma"]),
        ("?sortBy=name&sortOrder=desc", ["Gamma", "Delta", "Beta", "Alpha"]),
        ("?sortBy=createdAt&sortOrder=asc", ["Alpha", "Beta", "Gamma", "Delta"]),
        ("?limit=1000000000", ["Delta", "Gamma", "Beta", "Alpha"]),
        ("?offset=100", []),
    ],
)
def test_patterns_are_found_by(as_editor: Any, four: None, query: str, names: list[str]) -> None:
    assert _names(as_editor, query) == names


@pytest.mark.parametrize(
    "query",
    [
        *("limit=0", "limit=-1", "limit=x", "offset=-1", f"offset={10**30}", "sortBy=id", "sortOrder=up"),
        *("isPublic=perhaps", "search=%00", "search=" + "x" * 500, "tags=" + "x" * 100, "&".join(["tags=a"] * 30)),
    ],
)
def test_patterns_query_that_makes_no_sense_is_422(as_editor: Any, query: str) -> None:
    answer = as_editor.get(f"/api/patterns?{query}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION")


def test_patterns_take_the_same_queries_whatever_their_number(
    as_editor: Any, editor: Any, four: None, django_assert_num_queries: Any
) -> None:
    for number in range(20):
        create_pattern(editor, f"More {number}", tags=["a", "b", str(number)])
    with django_assert_num_queries(3):  # count, rows, tags
        assert len(ids(as_editor.get("/api/patterns?limit=100&tags=a"))) == 22


# --- Values that no field takes -------------------------------------------------------------------------------------
WRONG = [1, 1.5, True, None, [], {}, "x" * 100_000, ["x"], {"a": 1}, [[]], [None], "a\x00b"]
FIELDS = ("name", "description", "isPublic", "isTemplate", "tags", "graphData", "revision")


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("value", WRONG, ids=lambda value: str(value)[:12])
def test_pattern_takes_or_refuses_any_value_of_any_field(as_editor: Any, field: str, value: Any) -> None:
    made = _new(as_editor)
    body = {"revision": 1, field: value}
    answer = as_editor.patch(f"/api/patterns/{made['id']}", body)
    assert answer.status_code in (200, 409, 422), answer.content
    assert as_editor.post("/api/patterns", {"name": "x", field: value}).status_code in (201, 422)


@pytest.mark.parametrize("name", ["a\ud800b", "\udfff"])
def test_name_with_a_lone_surrogate_is_refused_or_stored_readable(as_editor: Any, name: str) -> None:
    answer = as_editor.post(
        "/api/patterns", b'{"name": "%s"}' % name.encode("unicode_escape"), content_type="application/json"
    )
    assert answer.status_code in (201, 422)


def test_graph_with_nul_and_lone_surrogates_comes_back_as_it_was(as_editor: Any) -> None:
    text = r'{"name": "x", "graphData": {"nodes": [], "edges": [], "note": "a\u0000b\ud800"}}'
    answer = as_editor.post("/api/patterns", text.encode(), content_type="application/json")
    assert answer.status_code == 201
    assert Pattern.objects.get(pk=answer.json()["data"]["id"]).graph["note"] == "a\x00b\ud800"


# --- The node library -----------------------------------------------------------------------------------------------
def test_nodes_tell_what_the_editor_draws(as_editor: Any, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        nodes = {node["id"]: node for node in as_editor.get("/api/nodes").json()["data"]}
    branch = nodes["Branch"]
    assert (branch["label"], branch["category"], branch["kind"], branch["isPure"]) == (
        "Branch",
        "Flow Control",
        "flow",
        False,
    )
    condition = next(pin for pin in branch["inputs"] if pin["name"] == "condition")
    assert set(condition) == {"name", "label", "type", "default", "required", "choices", "takes", "editor"}
    assert (condition["label"], condition["type"], condition["required"]) == ("Condition", "Boolean", True)
    assert [pin["name"] for pin in branch["outputs"]] == ["true", "false"]
    mode = next(found for found in nodes["OnWebhook"]["properties"] if found["name"] == "responseMode")
    assert "lastNode" in mode["choices"]
    assert nodes["Branch"]["description"] == "Goes on at True or at False."


def test_nodes_carry_their_examples(as_editor: Any) -> None:
    nodes = {node["id"]: node for node in as_editor.get("/api/nodes").json()["data"]}
    assert nodes["IncrementVariable"]["example"] == {
        "text": 'variables {"total": 3}; Name "total", Amount 2 → 5',
        "context": {"variables": {"total": 3}},
        "given": {"name": "total", "amount": 2},
        "shown": {"outputs": {"newValue": 5}, "exits": [], "after": {}, "isSample": False},
    }
    exits = nodes["ForEach"]["example"]["shown"]["exits"]
    assert exits[0] == {"exit": "body", "outputs": {"item": "a", "index": 0}}
    assert all(node["example"]["text"] for node in nodes.values())
