"""Expressions typed for unwired pins: checked with the graph, filled while it runs."""

import pytest

from executions.status import Status
from patterns.compiler import check
from patterns.context import Environment
from tests.executions.running import Host, run
from tests.graphs import graph, node, variable

EVENT = {"body": {"name": "Ada", "n": 2, "tags": ["a", "b"]}, "method": "PUT"}


def logged(message, *others, wires="", variables=(), event=EVENT, host=None):
    """What a Log node says to whom `message` was typed."""
    log = node("log", "Log", message=message)
    ran = run(graph("hook: OnWebhook", log, *others, f"hook > log, {wires}", variables=variables), event, host=host)
    assert ran.status is Status.COMPLETED, ran.error
    return ran.of("log")[0].inputs["message"]


def problems(*parts, variables=()):
    return [(p.code, p.node_id, p.pin, p.message) for p in check(graph(*parts, variables=variables))]


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("Hello {{ trigger.body.name }}", "Hello Ada"),
        ("{{ trigger.body.n }}", 2),
        ("{{ trigger.method }}", "PUT"),
        ("{{ trigger.url }}", ""),  # an output of the trigger node that the event does not have
        ("{{ trigger.body.tags | join }}", "ab"),
        ("{{ vars.total + 1 }}", 6),
        ("{{ vars }}", {"total": 5}),
        ("{{ vars | keys }}", ["total"]),
        ("{{ [vars, env] }}", [{"total": 5}, {}]),
        ("all: {{ vars }}", 'all: {"total":5}'),
        ({"name": "{{ trigger.body.name }}", "list": ["{{ vars.total }}", 7]}, {"name": "Ada", "list": [5, 7]}),
        ("plain", "plain"),
    ],
)
def test_expression_reads_trigger_and_variables(typed, value):
    assert logged(typed, variables=[variable("total", "Integer", 5)]) == value


def test_expression_reads_the_environment_and_records_what_it_found():
    host = Host(given=Environment("production", {"API": "https://api.example.com"}))
    ran = run(graph("hook: OnWebhook", node("log", "Log", message="{{ env.API }}/x"), "hook > log"), {}, host=host)
    (entry,) = ran.of("log")
    assert entry.inputs["message"] == "https://api.example.com/x"
    assert list(entry.outcome.volatile.values()) == ["https://api.example.com"]


def test_expression_reads_the_outputs_of_pure_and_impure_nodes_by_name():
    double = node("double", "Multiply", a=21, b=2)
    found = logged(
        '{{ nodes["double"].result }} {{ nodes.set.value }} {{ nodes["double"].result }}',
        double,
        node("set", "SetVariable", name="x", value="set"),
        variables=[variable("x", "String")],
    )
    assert found == "42  42"  # what has not run yet has no value


def test_pure_node_that_only_an_expression_reads_is_evaluated_once_a_step():
    first = node("first", "Log", message="{{ nodes.draw.result }} {{ nodes.draw.result }}")
    second = node("second", "Log", message="{{ nodes.draw.result }}")
    ran = run(graph("start: OnStart", first, second, "draw: Random", "start > first, first > second"))
    first, second = (ran.of(name)[0].inputs["message"] for name in ("first", "second"))
    once, again = first.split(" ")
    assert once == again
    assert second != float(once)


def test_condition_with_an_expression_is_read_before_each_pass():
    ran = run(
        graph(
            "start: OnStart",
            node("while", "While", condition="{{ vars.n < 3 }}"),
            node("add", "IncrementVariable", name="n"),
            "start > while, while.body > add",
            variables=[variable("n", "Integer", 0)],
        )
    )
    assert ran.status is Status.COMPLETED
    assert len(ran.of("add")) == 3


def test_value_of_an_expression_is_converted_to_the_type_of_its_pin():
    ran = run(graph("hook: OnWebhook", node("wait", "ForRange", end="{{ trigger.body.n }}"), "hook > wait"), EVENT)
    assert ran.of("wait")[0].inputs["end"] == 2
    failed = run(
        graph("hook: OnWebhook", node("wait", "ForRange", end="{{ trigger.body.name }}"), "hook > wait"), EVENT
    )
    assert failed.error.message == "End: 'Ada' (String) is not an Integer"
    assert (failed.error.node_id, failed.error.type) == ("wait", "ConversionError")


def test_object_typed_as_json_may_hold_expressions_in_its_texts():
    headers = '{"X-Name": "{{ trigger.body.name }}", "X-N": "{{ trigger.body.n }}"}'
    ran = run(graph("hook: OnWebhook", node("say", "RespondToWebhook", headers=headers), "hook > say"), EVENT)
    assert ran.of("say")[0].inputs["headers"] == {"X-Name": "Ada", "X-N": 2}
    assert (
        problems("s: OnStart", node("say", "RespondToWebhook", headers='{"a": {{ 1 }} }'), "s > say")[0][0]
        == "BAD_EXPRESSION"
    )
    whole = node("say", "RespondToWebhook", headers="{{ trigger.body }}")
    assert run(graph("hook: OnWebhook", whole, "hook > say"), EVENT).of("say")[0].inputs["headers"] == EVENT["body"]


def test_what_is_not_there_fails_the_node_and_names_the_pin():
    ran = run(graph("hook: OnWebhook", node("log", "Log", message="{{ trigger.body.nmae }}"), "hook > log"), EVENT)
    assert ran.error.message.startswith("Message: trigger.body.nmae is not there")
    assert ran.error.node_id == "log"


def test_wire_wins_over_what_was_typed():
    ran = run(
        graph(
            "start: OnStart",
            node("five", "MakeInteger", {"value": 5}),
            node("log", "Log", message="{{ 1 }}"),
            "start > log, five.value > log.message",
        )
    )
    assert ran.of("log")[0].inputs["message"] == 5


def test_braces_of_format_are_no_expression():
    ran = run(
        graph(
            "start: OnStart",
            node("text", "Format", {}, template="{{0}}", values={}),
            node("log", "Log"),
            "start > log, text.result > log.message",
        )
    )
    assert ran.of("log")[0].inputs["message"] == "{0}"


@pytest.mark.parametrize(
    ("typed", "code", "words"),
    [
        ("{{ trigger. }}", "BAD_EXPRESSION", "unexpected"),
        ("{{ foo }}", "BAD_EXPRESSION", "“foo” is not known here"),
        ("{{ item }}", "BAD_EXPRESSION", "“item” is not known here"),
        ("{{ nodes }}", "BAD_EXPRESSION", 'nodes["Name"].pin'),
        ("{{ nodes[vars.x].y }}", "BAD_EXPRESSION", 'nodes["Name"].pin'),
        ('{{ nodes["absent"].value }}', "BAD_EXPRESSION", "no nodes have the name “absent”"),
        ('{{ nodes["twin"].value }}', "BAD_EXPRESSION", "2 nodes have the name “twin”"),
        ('{{ nodes["one"].result }}', "BAD_EXPRESSION", "“one” has no output “result”, but value"),
        ("{{ vars.absent }}", "UNKNOWN_VARIABLE", "no variable is named “absent”"),
    ],
)
def test_wrong_expression_is_found_when_the_graph_is_checked(typed, code, words):
    twins = [node("one", "MakeInteger"), node("t1", "MakeInteger"), node("t2", "MakeInteger")]
    for twin in twins[1:]:
        twin["data"]["label"] = "twin"
    found = problems("s: OnStart", node("log", "Log", message=typed), *twins, "s > log")
    assert [(place[0], place[1], place[2]) for place in found] == [(code, "log", "message")]
    assert words in found[0][3]


def test_expression_that_needs_its_own_node_is_a_cycle():
    found = problems(
        "s: OnStart",
        node("sum", "Add", a="{{ nodes.sum.result }}", b=1),
        node("log", "Log"),
        "s > log, sum.result > log.message",
    )
    assert [(code, node_id, pin) for code, node_id, pin, _ in found] == [("DATA_CYCLE", "sum", "a")]


def test_variable_that_only_an_expression_reads_is_used():
    declared = [variable("used", "Integer"), variable("unused", "Integer")]
    found = problems("s: OnStart", node("log", "Log", message="{{ vars.used }}"), "s > log", variables=declared)
    assert [(code, message) for code, _, _, message in found] == [
        ("UNUSED_VARIABLE", "The variable “unused” is not used.")
    ]


def test_literal_is_converted_when_the_graph_is_compiled():
    parts = [
        "s: OnStart",
        node("text", "MakeString", {"value": "42"}),
        "range: ForRange",
        "s > range, text.value > range.end",
    ]
    assert run(graph(*parts)).of("range")[0].inputs["end"] == 42
    parts[1] = node("text", "MakeString", {"value": "abc"})
    assert [(code, node_id, pin) for code, node_id, pin, _ in problems(*parts)] == [("BAD_VALUE", "range", "end")]


@pytest.mark.parametrize("depth", [150, 5_000, 100_000])
def test_value_nested_deeply_is_no_crash(depth):
    deep = "{{ 1 }}"
    for _ in range(depth):
        deep = [deep]
    problems("s: OnStart", node("log", "Log", message=deep), "s > log")
