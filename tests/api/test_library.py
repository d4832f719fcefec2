"""What an editor asks for: the library with the rules of wires, and what is wrong with a graph that is being drawn."""

from typing import Any

import pytest

from patterns.actions import create_pattern
from patterns.types import PinType, is_legal_wire
from tests.graphs import graph

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_viewer(api_as: Any, viewer: Any) -> Any:
    return api_as(viewer)


SWITCH = {"cases": ["a", "b", "c"]}


def library(client: Any) -> dict[str, Any]:
    answer = client.get("/api/library")
    assert answer.status_code == 200
    return dict(answer.json()["data"])


def test_the_library_tells_what_each_node_can_do(as_viewer: Any) -> None:
    nodes = {node["id"]: node for node in library(as_viewer)["nodes"]}
    assert nodes["Switch"]["hasPinRule"] and not nodes["Log"]["hasPinRule"]
    pinnable = {name: nodes[name]["isPinnable"] for name in ("HTTPRequest", "Add", "Branch", "OnWebhook", "Log")}
    assert pinnable == {"HTTPRequest": True, "Add": True, "Branch": False, "OnWebhook": False, "Log": False}
    assert nodes["Add"]["example"]


def test_the_library_tells_which_wires_are_legal(as_viewer: Any) -> None:
    wires = library(as_viewer)["wires"]
    told = {(source, target) for source, targets in wires.items() for target in targets}
    assert told == {(one.value, other.value) for one in PinType for other in PinType if is_legal_wire(one, other)}


def test_the_library_is_not_sent_again_to_whoever_has_it(as_viewer: Any) -> None:
    tag = as_viewer.get("/api/library")["ETag"]
    again = as_viewer.get("/api/library", headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    assert as_viewer.get("/api/library", headers={"If-None-Match": f'"other", W/{tag}'}).status_code == 304
    for other in ('"other"', "", tag[1:-1], "W/", ",,", "\x00"):
        assert as_viewer.get("/api/library", headers={"If-None-Match": other}).status_code == 200


def test_the_library_and_a_graph_that_calls_nobody_cost_no_query_of_their_own(
    as_viewer: Any, editor: Any, django_assert_num_queries: Any
) -> None:
    pattern = create_pattern(editor, "Orders")
    library(as_viewer)
    with django_assert_num_queries(0):
        library(as_viewer)
    with django_assert_num_queries(1):  # the pattern
        assert validate(as_viewer, pattern, graph("start: OnStart")).status_code == 200


def validate(client: Any, pattern: Any, drawing: Any) -> Any:
    return client.post(f"/api/patterns/{pattern.pk}/validate", {"graphData": drawing})


def test_validate_looks_at_the_graph_that_is_sent_and_keeps_the_draft(as_viewer: Any, editor: Any) -> None:
    pattern = create_pattern(editor, "Orders")
    drawing = graph("start: OnStart", "switch: Switch", "start > switch")
    drawing["nodes"][1]["data"]["properties"] = SWITCH
    found = validate(as_viewer, pattern, drawing).json()["data"]
    outputs = [pin["name"] for pin in found["pins"]["switch"]["outputs"]]
    assert outputs == ["case0", "case1", "case2", "default"]
    assert "start" not in found["pins"]
    pattern.refresh_from_db()
    assert len(pattern.graph["nodes"]) == 1


@pytest.mark.parametrize(
    "drawing",
    [None, [], "x", 7, {}, {"nodes": 1, "edges": []}, {"nodes": [], "edges": None}, {"nodes": {}, "edges": {}}],
)
def test_validate_refuses_what_is_no_graph(as_viewer: Any, editor: Any, drawing: Any) -> None:
    assert validate(as_viewer, create_pattern(editor, "Orders"), drawing).status_code == 422


@pytest.mark.parametrize("node", [None, 3, {"id": 5, "type": []}, {"id": "a", "type": "Nothing"}, {"id": "a" * 900}])
def test_validate_names_what_is_wrong_with_a_node(as_viewer: Any, editor: Any, node: Any) -> None:
    answer = validate(as_viewer, create_pattern(editor, "Orders"), {"nodes": [node], "edges": [{}]})
    assert answer.status_code == 200
    assert len(answer.json()["data"]["errors"]) >= 2


def test_the_library_names_the_editor_of_pins_and_properties_whose_type_does_not_tell(as_viewer: Any) -> None:
    told = {
        (node["id"], one["name"]): one["editor"]
        for node in library(as_viewer)["nodes"]
        for one in [*node["inputs"], *node["properties"]]
    }
    wanted = {
        ("HTTPRequest", "headers"): "keyValue",
        ("HTTPRequest", "url"): "",
        ("SetVariable", "name"): "variable",
        ("GetSecret", "name"): "secret",
        ("GetEnvironment", "name"): "environment",
        ("FormatDate", "timeZone"): "timeZone",
        ("NextCronTime", "schedule"): "cron",
        ("CallPattern", "pattern"): "pattern",
        ("Code", "code"): "code",
        ("Switch", "cases"): "cases",
    }
    assert {place: told[place] for place in wanted} == wanted


def test_packs_are_the_categories_with_every_node_once(as_viewer: Any) -> None:
    packs = as_viewer.get("/api/packs").json()["data"]
    nodes = [node for pack in packs for node in pack["nodes"]]
    assert sorted(nodes) == sorted(node["id"] for node in as_viewer.get("/api/nodes").json()["data"])
    assert all(pack["isBuiltIn"] and pack["nodeCount"] == len(pack["nodes"]) > 0 for pack in packs)
    assert len({pack["id"] for pack in packs}) == len(packs) and {"http", "math"} <= {pack["id"] for pack in packs}
