"""What a difference of two graphs counts, and what it does not."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patterns.differences import differences
from tests.graphs import graph, node, variable

START = graph(
    "start: OnStart",
    node("if", "Branch", condition=True),
    node("a", "Log", message="a"),
    node("b", "Log", message="b"),
    "start > if, if.true > a, if.true > b",
    variables=[variable("n", "Integer", 1)],
)


def changed(change: Any) -> Any:
    after = copy.deepcopy(START)
    change(after)
    return differences(START, after)


def test_a_graph_is_the_same_as_itself() -> None:
    assert differences(START, copy.deepcopy(START)).is_same
    assert differences(None, {"nodes": [], "edges": []}).is_same


def comment(after: Any) -> None:
    after["nodes"].append(node("c", "Comment", {"text": "why"}))


LAYOUT = [
    lambda after: after["nodes"][1].update(position={"x": 99, "y": 1}),
    lambda after: after["nodes"][1]["data"].update(notes="careful"),
    lambda after: after["nodes"][1]["data"].update(pinned={"x": 1}),
    lambda after: after["edges"][0].update(id="another"),
    lambda after: after["nodes"].reverse(),
    lambda after: after["nodes"][2]["data"]["defaults"].update(level="info"),
    comment,
]


@pytest.mark.parametrize("change", LAYOUT)
def test_what_does_nothing_does_not_count(change: Any) -> None:
    assert changed(change).is_same


def test_a_typed_value_is_told_by_its_label() -> None:
    found = changed(lambda after: after["nodes"][2]["data"]["defaults"].update(message="z"))
    assert found.nodes["changed"] == [
        {"id": "a", "type": "Log", "label": "a", "fields": [{"name": "Message", "before": "a", "after": "z"}]}
    ]


def test_true_is_not_one() -> None:
    assert not changed(lambda after: after["nodes"][1]["data"]["defaults"].update(condition=1)).is_same


def test_a_node_comes_and_goes_with_its_wires() -> None:
    added = differences({**START, "nodes": START["nodes"][:3]}, START)
    assert [one["id"] for one in added.nodes["added"]] == ["b"]
    assert [wire["targetLabel"] for wire in added.wires["added"]] == ["b"]
    removed = differences(START, {**START, "nodes": START["nodes"][:3]})
    assert [one["id"] for one in removed.nodes["removed"]] == ["b"]
    assert [wire["sourcePin"] for wire in removed.wires["removed"]] == ["true"]


def test_the_order_of_exec_wires_of_an_output_counts() -> None:
    found = changed(lambda after: after["edges"].reverse())
    assert found.nodes["changed"][0]["fields"] == [
        {"name": "Order of wires of true", "before": "a, b", "after": "b, a"}
    ]


def test_variables_are_compared_by_name() -> None:
    found = differences(START, {**START, "variables": [variable("n", "String", "1"), variable("m", "Float")]})
    assert found.variables["added"] == [{"name": "m"}]
    assert [one["name"] for one in found.variables["changed"][0]["fields"]] == ["Type", "Start value"]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.one_of(VALUES, st.fixed_dictionaries({"nodes": st.lists(VALUES), "edges": st.lists(VALUES)})))
def test_nothing_that_is_stored_makes_it_fail(rubbish: Any) -> None:
    assert differences(rubbish, rubbish).is_same
    differences(START, rubbish)


@given(st.dictionaries(st.sampled_from(["message", "level"]), VALUES), st.integers(0, 3))
def test_every_other_value_is_found(typed: Any, position: int) -> None:
    after = copy.deepcopy(START)
    after["nodes"][position]["data"]["defaults"] = typed
    assert differences(START, after).is_same == differences(after, START).is_same


def test_another_order_is_found_although_a_wire_came_with_it() -> None:
    def change(after: Any) -> None:
        after["nodes"].append(node("c", "Log", message="c"))
        after["edges"] = graph("start > if, if.true > c, if.true > b, if.true > a")["edges"]

    [changed_node] = changed(change).nodes["changed"]
    assert changed_node["fields"] == [{"name": "Order of wires of true", "before": "a, b", "after": "b, a"}]


def test_thousands_of_nodes_are_compared() -> None:
    nodes = [node(f"n{i}", "Log", message="x") for i in range(3_000)]
    wires = ", ".join(f"n{i} > n{i + 1}" for i in range(2_999))
    big = graph(*nodes, wires)
    assert differences(big, copy.deepcopy(big)).is_same
