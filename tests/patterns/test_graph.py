"""Reading the stored graph."""

import pytest

from patterns.graph import Problem, Severity, empty_graph, parse
from tests.graphs import graph, node, variable


def test_new_graph_holds_an_on_start_node():
    found, problems = parse(empty_graph())
    assert [n.type for n in found.nodes.values()] == ["OnStart"]
    assert problems == []


def test_order_of_nodes_wires_and_variables_is_kept():
    drawn = graph("b: X", "a: Y", "b > a, a.p > b.q", variables=[variable("z", "String"), variable("y", "Integer")])
    found, _ = parse(drawn)
    assert list(found.nodes) == ["b", "a"]
    assert [(e.id, e.source, e.source_pin, e.target, e.target_pin) for e in found.edges] == [
        ("e0", "b", "exec", "a", "exec"),
        ("e1", "a", "p", "b", "q"),
    ]
    assert list(found.variables) == ["z", "y"]


def test_node_without_a_label_is_called_by_its_type():
    for label in (None, "", "  ", 7):
        drawn = graph(node("a", "OnStart"))
        drawn["nodes"][0]["data"]["label"] = label
        assert parse(drawn)[0].nodes["a"].label == "OnStart"


def test_wire_without_an_id_is_named_by_its_place():
    drawn = graph("a: X", "b: X", "a > b")
    del drawn["edges"][0]["id"]
    assert parse(drawn)[0].edges[0].id == "edge 1"


def test_variables_may_be_left_out_but_nodes_and_edges_not():
    assert parse({"nodes": [], "edges": []})[1] == []
    assert [p.message for p in parse({})[1]] == ["The graph has no list of nodes.", "The graph has no list of edges."]


@pytest.mark.parametrize("data", [None, [], "graph", 7])
def test_what_is_no_object_is_no_graph(data):
    assert [p.code for p in parse(data)[1]] == ["BAD_GRAPH"]


def test_first_of_two_with_one_id_is_kept():
    found, problems = parse(graph("a: X", "a: Y"))
    assert found.nodes["a"].type == "X"
    assert [(p.code, p.node_id) for p in problems] == [("DUPLICATE_ID", "a")]


def test_problem_is_shown_with_the_names_of_the_api():
    assert Problem("CODE", "Words.", "n", "p", "e", Severity.WARNING).as_dict() == {
        "code": "CODE",
        "severity": "warning",
        "message": "Words.",
        "nodeId": "n",
        "pin": "p",
        "edgeId": "e",
    }
