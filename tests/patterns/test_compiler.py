"""What a plan settles before anything runs."""

import pytest

import patterns.nodes  # noqa: F401 (fills the registry)
from patterns.compiler import compile_graph
from patterns.graph import CompileFailed
from tests.executions.running import run
from tests.graphs import chain, graph, node, variable


@pytest.mark.parametrize(
    ("chosen", "parts", "mode"),
    [
        ({}, (), "immediate"),
        ({}, ("answer: RespondToWebhook",), "responseNode"),
        ({"responseMode": ""}, ("answer: RespondToWebhook",), "responseNode"),
        ({"responseMode": "lastNode"}, ("answer: RespondToWebhook",), "lastNode"),
        ({"responseMode": "responseNode"}, (), "responseNode"),
    ],
)
def test_response_mode_is_the_chosen_one_else_by_whether_the_graph_answers(chosen, parts, mode):
    assert compile_graph(graph(node("hook", "OnWebhook", chosen), *parts)).response_mode == mode


def test_plan_names_its_trigger_and_has_no_response_mode_without_a_webhook():
    plan = compile_graph(graph("start: OnStart"))
    assert (plan.trigger.id, plan.trigger.type, plan.response_mode) == ("start", "OnStart", "")


def test_literals_are_settled_and_evaluated_by_no_step():
    plan = compile_graph(
        graph(
            "start: OnStart",
            "say: Log",
            node("text", "MakeString", {"value": "hi"}),
            "start > say, text.value > say.message",
        )
    )
    assert plan.start.then.ops == ()
    assert "hi" in plan.template


def test_broken_literal_is_a_compile_error_on_its_node():
    with pytest.raises(CompileFailed) as failed:
        compile_graph(graph("start: OnStart", node("list", "MakeArray", {"value": "[1,"})))
    assert [(p.code, p.node_id, p.pin) for p in failed.value.problems] == [("BAD_VALUE", "list", "value")]


def test_step_evaluates_a_pure_node_once_that_feeds_it_on_several_ways():
    """One Add feeds two Multiplies, which feed one Add."""
    plan = compile_graph(
        graph(
            "start: OnStart",
            "say: Log",
            node("one", "Add", a=1, b=2),
            node("x", "Multiply", b=2),
            node("y", "Multiply", b=3),
            "sum: Add",
            "start > say, one.result > x.a, one.result > y.a, x.result > sum.a, y.result > sum.b",
            "sum.result > say.message",
        )
    )
    names = [op.name for op in plan.start.then.ops]
    assert sorted(names) == ["one", "sum", "x", "y"]
    assert names[0] == "one"
    assert names[-1] == "sum"


def test_steps_share_the_evaluation_of_a_pure_node():
    """Else a chain of pure nodes that every step reads makes a plan that grows with the square of the graph."""
    plan = compile_graph(
        graph(
            "start: OnStart",
            *(node(f"l{i}", "Log") for i in range(3)),
            node("one", "Add", a=1, b=2),
            "start > l0, l0 > l1, l1 > l2, one.result > l0.message, one.result > l1.message, one.result > l2.message",
        )
    )
    first = plan.start.then
    assert first.ops[0] is first.then.ops[0] is first.then.then.ops[0]


def test_plan_is_not_changed_by_its_runs():
    drawn = graph(
        "start: OnStart",
        node("loop", "ForRange", end=3),
        node("add", "AppendToArray", name="all", item=1),
        node("get", "GetVariable", name="all"),
        "stop: Stop",
        "start > loop, loop.body > add, loop.completed > stop, get.value > stop.result",
        variables=[variable("all", "Array", [0])],
    )
    before = repr(drawn)
    plan = compile_graph(drawn)
    template = list(plan.template)
    assert [run(drawn).result for _ in range(2)] == [[0, 1, 1, 1]] * 2
    assert plan.template == template
    assert repr(drawn) == before


def test_typed_json_text_becomes_the_value_of_an_array_or_object_pin():
    stop = node("stop", "Stop")
    drawn = graph(
        "start: OnStart",
        node("get", "GetProperty", object='{"a": {"b": [7]}}', key="a.b[0]"),
        stop,
        "start > stop, get.value > stop.result",
    )
    assert run(drawn).result == 7


def test_errors_name_all_problems_in_one_message():
    with pytest.raises(CompileFailed) as failed:
        compile_graph(chain("a: OnStart", "b: ForEach", "c: Nonsense"))
    assert "“b”, Collection: needs a wire or a value." in str(failed.value)
    assert "There is no node type “Nonsense”." in str(failed.value)
