"""What a text that is typed for a pin comes to, with what is known of a run."""

from typing import Any

import pytest

from patterns.context import Environment
from patterns.preview import PastRun, preview
from tests.graphs import graph, node

SHOP = graph(
    "hook: OnWebhook",
    node("http", "HTTPRequest", url="https://example.org"),
    node("sum", "Add", a=1),
    node("text", "MakeString", {"value": "seven"}),
    node("set", "SetVariable", name="n", value=1),
    node("items", "GetProperty", key="items"),
    "keep: Filter",
    node("reduce", "Reduce", array="[5, 6]", initial=10),
    node("log", "Log", message="x"),
    "hook > http, http > set, set > log",
    "http.status > sum.b, http.response > items.object, items.value > keep.array",
    variables=[{"name": "n", "type": "Integer", "default": 7}, {"name": "bad", "type": "Integer", "default": "x"}],
)
PAST = PastRun(
    event={"body": {"name": "Ada"}},
    outputs={"http": {"status": 201, "response": {"items": [{"p": 5}, {"p": 6}]}}, "set": {"value": 42}},
    environment=Environment("production", {"API": "https://api.example.org"}, {"KEY": "sk_live"}),
)


def shown(text: Any, place: str = "log.message", drawing: Any = SHOP, past: PastRun = PAST) -> Any:
    return preview(drawing, {}, *place.split("."), text, past)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("Hi {{ trigger.body.name }}", "Hi Ada"),
        ("{{ nodes.http.response['items'] }}", [{"p": 5}, {"p": 6}]),
        ("{{ nodes.hook.body }}", {"name": "Ada"}),
        ("{{ nodes.sum.result * 2 }}", 404),
        ("{{ nodes.text.value }}", "seven"),
        ("{{ vars.n }}", 42),
        ("{{ env.API }}/orders", "https://api.example.org/orders"),
        (7, 7),
    ],
)
def test_preview_is_what_the_pin_would_read(text: Any, value: Any) -> None:
    assert shown(text) == value


def test_preview_is_in_the_type_of_the_pin() -> None:
    assert shown("{{ '7' }}", "sum.a") == 7
    assert shown('{"a": "{{ vars.n }}"}', "http.headers") == {"a": 42}
    with pytest.raises(ValueError, match="Ada"):
        shown("{{ trigger.body.name }}", "sum.a")


@pytest.mark.parametrize(
    ("text", "place", "value"),
    [
        ("item.p * 10", "keep.where", 50),
        ("{{ index + array | length }}", "keep.where", 2),
        ("total + item", "reduce.expression", 15),
        ("vars.n", "keep.where", 42),
    ],
)
def test_preview_of_a_formula_is_that_of_the_first_item(text: str, place: str, value: Any) -> None:
    assert shown(text, place) == value


def test_preview_of_a_path_is_what_it_leads_to_in_the_first_item() -> None:
    drawing = graph(node("map", "Map", array='[{"a": {"b": 3}}]'))
    assert shown("a.b", "map.by", drawing) == 3
    assert shown("a.c", "map.by", drawing) is None


def test_preview_of_a_formula_over_the_input_reads_it_through_pure_nodes() -> None:
    drawing = graph(node("add", "Add", a=1, b=2), "over: Transform", "add.result > over.input")
    assert shown("input * 2", "over.expression", drawing) == 6


def test_preview_prefers_pinned_data_to_what_a_run_gave() -> None:
    drawing = {**SHOP, "nodes": [dict(one) for one in SHOP["nodes"]]}
    http = next(one for one in drawing["nodes"] if one["id"] == "http")
    http["data"] = {**http["data"], "pinned": {"status": 500}}
    assert shown("{{ nodes.http.status }}", drawing=drawing) == 500


def test_preview_of_a_wired_pin_is_of_what_is_typed_for_it() -> None:
    assert shown("{{ 3 }}", "sum.b") == 3


@pytest.mark.parametrize(
    ("text", "place", "told"),
    [
        ("{{ nodes.nobody.x }}", "log.message", "No node is named “nobody”"),
        ("{{ nodes.http.nothing }}", "log.message", "has no output “nothing”, but"),
        ("{{ nodes.http.headers }}", "log.message", "What “http” gives as headers is not known"),
        ("{{ nodes.keep.result }}", "log.message", "“keep”, Where: needs a wire or a value"),
        ("{{ trigger.body.nothing.deep }}", "log.message", "not there"),
        ("{{ 1 + }}", "log.message", "unexpected end"),
        ("{{ who }}", "log.message", "“who” is not known here"),
        ("{{ env.NOTHING }}", "log.message", "not there"),
        ("{{ vars.bad }}", "log.message", "not there"),
        ("{{ 1 / 0 }}", "log.message", "unable to calculate"),
        ("{{ 'x' * 100000000 }}", "log.message", "cannot be multiplied"),
        ("nothing.here > 1", "keep.where", "“nothing” is not known here"),
        ("item.p >", "keep.where", "unexpected end"),
        ("item.p", "reduce.expression", "not there"),
        ("x", "log.nothing", "no such pin"),
        ("x", "log.exec", "no such pin"),
        ("x", "nobody.message", "no such pin"),
    ],
)
def test_preview_that_fails_says_what_is_missing(text: str, place: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        shown(text, place)


def test_preview_of_a_formula_without_items_says_so() -> None:
    with pytest.raises(ValueError, match="the Array is empty"):
        shown("item", "keep.where", graph(node("keep", "Filter", array="[]")))
    with pytest.raises(ValueError, match="needs a wire or a value"):
        shown("item", "keep.where", graph("keep: Filter"))


def test_preview_reads_no_secret() -> None:
    drawing = graph(
        node("key", "GetSecret", name="KEY"), node("log", "Log"), node("up", "UpperCase"), "key.value > up.value"
    )
    for text in ("{{ nodes.key.value }}", "{{ nodes.up.result }}"):
        with pytest.raises(ValueError, match="reads a secret"):
            shown(text, drawing=drawing)


def test_preview_of_a_circle_of_pure_nodes_ends() -> None:
    drawing = graph(node("a", "Add", b=1), node("b", "Add", b=1), node("log", "Log"), "a.result > b.a, b.result > a.a")
    with pytest.raises(ValueError, match="cycle"):
        shown("{{ nodes.a.result }}", drawing=drawing)


def test_preview_leaves_very_many_items_to_runs() -> None:
    drawing = graph(
        node("many", "Range", end=20_001),
        node("keep", "Filter", where="item > 7"),
        "log: Log",
        "many.result > keep.array",
    )
    with pytest.raises(ValueError, match="“keep” is given 20,001 items"):
        shown("{{ nodes.keep.result }}", drawing=drawing)


def test_preview_stops_when_its_time_is_over(monkeypatch: Any) -> None:
    monkeypatch.setattr("patterns.preview.TIME_S", 0)
    with pytest.raises(ValueError, match="more than 0 seconds"):
        shown("{{ nodes.sum.result }}")


@pytest.mark.parametrize("nodes", [[], [None], [3], [{"id": "log"}], [{"id": "log", "type": "Log", "data": 5}]])
@pytest.mark.parametrize("edges", [[None], [{"target": "log", "targetHandle": []}]])
def test_preview_of_a_strange_graph_fails_in_words(nodes: Any, edges: Any) -> None:
    drawing = {"nodes": nodes, "edges": edges}
    try:
        assert shown("x", drawing=drawing) == "x"
    except ValueError as error:
        assert str(error) == "There is no such pin in the draft."
