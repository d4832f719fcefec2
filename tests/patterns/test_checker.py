"""Everything that can be wrong with a graph is found, at once, and placed on its node and pin."""

from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import patterns.nodes  # noqa: F401 (fills the registry)
from patterns.compiler import called_patterns, check, compile_graph, declared_interface
from patterns.graph import CompileFailed, Severity
from patterns.pins import Interface
from tests.graphs import graph, node, variable, wires

CALLEE = Interface.from_dict(
    {
        "name": "Price order",
        "inputs": [{"name": "Order", "type": "Object", "required": True}, {"name": "Note", "type": "String"}],
        "outputs": [{"name": "Total", "type": "Float"}],
    }
)
ORDER = "00000000-0000-0000-0000-000000000001"


def found(drawn, interfaces=None):
    """Each problem as (code, node, pin)."""
    return {(p.code, p.node_id, p.pin) for p in check(drawn, interfaces or {})}


def errors(drawn, interfaces=None):
    problems = check(drawn, interfaces or {})
    return {(p.code, p.node_id, p.pin) for p in problems if p.severity is Severity.ERROR}


def call(name="call", pattern=ORDER, **defaults):
    return node(name, "CallPattern", {"pattern": pattern}, **defaults)


def scheduled(cron, **properties):
    return node("a", "OnSchedule", {"schedule": cron, **properties})


def test_sound_graph_has_no_problems():
    say = node("say", "Log", message="hello")
    assert check(graph("start: OnStart", say, "start > say")) == []


CASES = [
    ("no trigger", graph(node("c", "Comment")), ("NO_TRIGGER", None, None)),
    ("two triggers", graph("a: OnStart", "b: OnWebhook"), ("TWO_TRIGGERS", "b", None)),
    ("two On Error", graph("a: OnStart", "b: OnError", "c: OnError"), ("TWO_ERROR_HANDLERS", "c", None)),
    ("unwired pin", graph("a: OnStart", "each: ForEach", "a > each"), ("UNWIRED_PIN", "each", "collection")),
    (
        "wire of other types",
        graph("a: OnWebhook", "each: ForEach", "a > each, a.body > each.collection"),
        ("ILLEGAL_WIRE", "each", "collection"),
    ),
    (
        "data into exec",
        graph("a: OnWebhook", "each: ForEach", "a.method > each.exec"),
        ("ILLEGAL_WIRE", "each", "exec"),
    ),
    ("unknown node", graph("a: OnStart", "x: Teleport"), ("UNKNOWN_NODE", "x", None)),
    ("wire to nowhere", graph("a: OnStart", "a > gone"), ("UNKNOWN_NODE", None, None)),
    ("unknown output", graph("a: OnStart", "if: Branch", "a.body > if"), ("UNKNOWN_PIN", "a", "body")),
    ("unknown input", graph("a: OnStart", "if: Branch", "a > if.go"), ("UNKNOWN_PIN", "if", "go")),
    (
        "two wires into one data input",
        graph("a: OnWebhook", "say: Log", "a > say, a.url > say.message, a.method > say.message"),
        ("TWO_WIRES", "say", "message"),
    ),
    (
        "a cycle of pure nodes",
        graph("a: OnStart", "x: Add", "y: Add", "x.result > y.a, y.result > x.a"),
        ("DATA_CYCLE", "y", "a"),
    ),
    ("a pure node on itself", graph("a: OnStart", "x: Add", "x.result > x.a"), ("DATA_CYCLE", "x", "a")),
    ("no callee chosen", graph("a: OnStart", call(pattern="")), ("BAD_CALL", "call", None)),
    ("unknown callee", graph("a: OnStart", call(pattern="gone")), ("BAD_CALL", "call", None)),
    ("duplicate node id", graph("a: OnStart", "x: Comment", "x: Comment"), ("DUPLICATE_ID", "x", None)),
    ("bad property", graph("a: OnStart", node("s", "Sequence", {"outputs": 0})), ("BAD_PROPERTY", "s", None)),
    (
        "bad choice",
        graph(node("a", "OnWebhook", {"responseMode": "sometimes"})),
        ("BAD_PROPERTY", "a", "responseMode"),
    ),
    ("no schedule", graph("a: OnSchedule"), ("BAD_PROPERTY", "a", "schedule")),
    ("bad schedule", graph(scheduled("60 * * * *")), ("BAD_PROPERTY", "a", "schedule")),
    ("schedule that is never due", graph(scheduled("0 0 30 2 *")), ("BAD_PROPERTY", "a", "schedule")),
    ("bad time zone", graph(scheduled("@", timeZone="Mars/Olympus")), ("BAD_PROPERTY", "a", "timeZone")),
    ("bad overlap", graph(scheduled("@", overlap="queue")), ("BAD_PROPERTY", "a", "overlap")),
    ("bad typed value", graph("a: OnStart", node("r", "ForRange", end="abc"), "a > r"), ("BAD_VALUE", "r", "end")),
    ("bad level", graph("a: OnStart", node("l", "Log", message="", level="loud")), ("BAD_VALUE", "l", "level")),
    ("broken JSON", graph("a: OnStart", node("e", "ForEach", collection="[1,")), ("BAD_VALUE", "e", "collection")),
    (
        "unknown variable",
        graph("a: OnStart", node("get", "GetVariable", name="gone")),
        ("UNKNOWN_VARIABLE", "get", "name"),
    ),
    ("bad variable", graph("a: OnStart", variables=[variable("n", "Integer", "x")]), ("BAD_VARIABLE", None, None)),
    ("variable of no type", graph("a: OnStart", variables=[variable("n", "Date")]), ("BAD_VARIABLE", None, None)),
    (
        "two variables of one name",
        graph("a: OnStart", variables=[variable("n", "Integer"), variable("n", "String")]),
        ("DUPLICATE_ID", None, None),
    ),
    (
        "declared pin named like a fixed one",
        graph(node("a", "OnPatternCall", {"inputs": [{"name": "Exec", "type": "Any"}]})),
        ("BAD_PROPERTY", "a", None),
    ),
    (
        "two declared pins of one name",
        graph(node("a", "OnPatternCall", {"inputs": [{"name": "X"}, {"name": "x"}]})),
        ("BAD_PROPERTY", "a", None),
    ),
]


@pytest.mark.parametrize(("drawn", "problem"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_fault_is_an_error_on_its_node_and_pin(drawn, problem):
    assert problem in errors(drawn)
    with pytest.raises(CompileFailed):
        compile_graph(drawn)


def test_all_faults_of_a_graph_are_found_at_once():
    parts, expected = [], set()
    for number, (_, drawn, (code, node_id, pin)) in enumerate(CASES):
        if code in {"DUPLICATE_ID", "BAD_VARIABLE", "NO_TRIGGER", "TWO_TRIGGERS", "TWO_ERROR_HANDLERS"}:
            continue
        for item in drawn["nodes"]:
            parts.append({**item, "id": f"{number}{item['id']}"})
        for wire in drawn["edges"]:
            ends = {"source": f"{number}{wire['source']}", "target": f"{number}{wire['target']}"}
            parts.append({**wire, **ends, "id": f"{number}{wire['id']}"})
        expected.add((code, node_id and f"{number}{node_id}", pin))
    together = {"nodes": [p for p in parts if "type" in p], "edges": [p for p in parts if "source" in p]}
    assert expected <= errors(together)
    assert any(code == "TWO_TRIGGERS" for code, *_ in errors(together))


def test_schedule_that_is_right_is_no_problem_and_a_wrong_one_says_what_to_write():
    assert check(graph(scheduled("*/15 9-17 * * MON-FRI", timeZone="Europe/Berlin", overlap="skip"))) == []
    [problem] = check(graph(scheduled("60 * * * *")))
    assert problem.message.startswith("a, Schedule: the minute “60” is not one; it takes 0 to 59; *, lists such as")


def test_wire_faults_name_the_wire():
    drawn = graph("a: OnWebhook", "each: ForEach", "a > each, a.body > each.collection, a.nothing > each")
    assert {p.code: p.edge_id for p in check(drawn) if p.edge_id} == {"ILLEGAL_WIRE": "e1", "UNKNOWN_PIN": "e2"}


def test_wires_of_an_unknown_node_are_no_faults_of_their_own():
    drawn = graph("a: OnStart", "x: Teleport", "if: Branch", "a > x, x > if, x.value > if.condition")
    assert {code for code, *_ in errors(drawn)} <= {"UNKNOWN_NODE", "UNWIRED_PIN"}


def test_call_takes_the_pins_of_its_callee():
    sound = graph(
        "hook: OnWebhook",
        call(),
        "say: Log",
        "hook > call, hook.body > call.order, call > say, call.total > say.message",
    )
    assert check(sound, {ORDER: CALLEE}) == []


@pytest.mark.parametrize(
    ("drawn", "problem"),
    [
        (graph("a: OnStart", call(), "a > call"), ("UNWIRED_PIN", "call", "order")),
        (graph("a: OnWebhook", call(), "a > call, a.body > call.orders"), ("UNKNOWN_PIN", "call", "orders")),
        (graph("a: OnWebhook", call(), "say: Log", "call.sum > say.message"), ("UNKNOWN_PIN", "call", "sum")),
        (graph("a: OnWebhook", call(), "a > call, a.method > call.order"), ("ILLEGAL_WIRE", "call", "order")),
        (graph("a: OnStart", call(order="[]"), "a > call"), ("BAD_VALUE", "call", "order")),
    ],
)
def test_call_that_does_not_match_its_callee_is_an_error_with_node_and_pin(drawn, problem):
    assert problem in errors(drawn, {ORDER: CALLEE})


def test_node_that_no_exec_wire_reaches_is_a_warning():
    drawn = graph("a: OnStart", node("say", "Log", message="x"), node("next", "Log", message="y"), "say > next")
    assert {(p.code, p.node_id, p.severity) for p in check(drawn)} == {
        ("UNREACHED", "say", Severity.WARNING),
        ("UNREACHED", "next", Severity.WARNING),
    }
    compile_graph(drawn)


def test_unused_variable_is_a_warning_unless_a_name_is_chosen_while_running():
    drawn = graph("a: OnStart", variables=[variable("n", "Integer")])
    assert [(p.code, p.severity) for p in check(drawn)] == [("UNUSED_VARIABLE", Severity.WARNING)]
    computed = graph(
        "a: OnWebhook",
        "say: Log",
        "get: GetVariable",
        "a > say, a.url > get.name, get.value > say.message",
        variables=[variable("n", "Integer")],
    )
    assert check(computed) == []


def test_exec_cycle_is_legal():
    say = node("say", "Log", message="x")
    assert check(graph("start: OnStart", say, "start > say, say > say")) == []


def test_data_wire_back_from_an_impure_node_is_legal():
    drawn = graph(
        "start: OnStart",
        node("set", "SetVariable", name="n"),
        node("add", "Add", b=1),
        "start > set, set.value > add.a, add.result > set.value",
        variables=[variable("n", "Integer")],
    )
    assert check(drawn) == []


def test_unknown_keys_are_left_alone_and_harm_nothing():
    drawn = graph("start: OnStart")
    drawn["viewport"] = drawn["nodes"][0]["measured"] = drawn["nodes"][0]["data"]["colour"] = {"x": 1}
    before = repr(drawn)
    compile_graph(drawn)
    assert check(drawn) == []
    assert repr(drawn) == before


def test_interface_and_called_patterns_are_read_off_a_graph():
    declared = {"inputs": [{"name": "Order Id", "type": "String", "required": True}], "outputs": ["Total"]}
    drawn = graph(node("a", "OnPatternCall", declared), call(), call("again"), call("none", pattern=""))
    interface = declared_interface(drawn, "Orders")
    assert (interface.name, interface.inputs[0].name, interface.outputs[0].name) == ("Orders", "orderId", "total")
    assert Interface.from_dict(interface.as_dict()) == interface
    assert called_patterns(drawn) == {ORDER}
    assert declared_interface(graph("a: OnStart"), "Orders") is None
    assert declared_interface(graph(node("a", "OnPatternCall", {"inputs": 7})), "Orders") is None


# --- Hostile graphs ---------------------------------------------------------------------------------------------------


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


DEEP = nested(50_000)
WRONG = [None, True, 0, -1, 1e308, 10**400, "", "\x00", "\ud800", "x" * 100_000, [], {}, [[]], {"a": {}}, DEEP]


@pytest.mark.parametrize("wrong", WRONG, ids=range(len(WRONG)))
def test_wrong_thing_anywhere_is_a_problem_and_no_crash(wrong):
    sound = {"id": "s", "type": "OnStart", "data": {}}
    candidates = [
        wrong,
        {"nodes": wrong, "edges": []},
        {"nodes": [], "edges": wrong},
        {"nodes": [sound], "edges": [], "variables": wrong},
        {"nodes": [wrong, sound], "edges": [wrong], "variables": [wrong]},
        {"nodes": [{**sound, "id": wrong}], "edges": []},
        {"nodes": [{**sound, "type": wrong}], "edges": []},
        {"nodes": [{**sound, "data": wrong}], "edges": []},
        {"nodes": [{**sound, "data": {"label": wrong, "properties": wrong, "defaults": wrong}}], "edges": []},
        {"nodes": [sound], "edges": [{**wires("s > s")[0], key: wrong} for key in ("id", "source", "targetHandle")]},
        {"nodes": [sound], "edges": [], "variables": [{"name": wrong, "type": wrong, "default": wrong}]},
        {"nodes": [sound], "edges": [], "variables": [variable("v", name, wrong) for name in ("String", "Integer")]},
    ]
    for candidate in candidates:
        check(candidate)
        called_patterns(candidate)
        declared_interface(candidate, "x")


@pytest.mark.parametrize("wrong", WRONG, ids=range(len(WRONG)))
def test_wrong_property_or_value_of_any_node_is_a_problem_and_no_crash(wrong):
    from patterns.registry import all_types

    for node_type in all_types():
        names = [p.name for p in (*node_type.properties, *node_type.inputs)] + ["inputs", "outputs", "cases", "pattern"]
        values = dict.fromkeys(names, wrong)
        drawn = graph("start: OnStart", node("x", node_type.type, values, **values))
        check(drawn)
        try:
            compile_graph(drawn)
        except CompileFailed:
            continue


def test_graph_over_the_limits_says_so():
    drawn = {"nodes": [{}] * 20_001, "edges": [{}] * 60_001}
    assert [p.message for p in check(drawn) if p.code == "TOO_LARGE"] == [
        "The graph has 20,001 nodes; the limit is 20,000.",
        "The graph has 60,001 edges; the limit is 60,000.",
    ]


ids = st.sampled_from(["a", "b", "c", "", "\x00"])
pins = st.sampled_from(["exec", "body", "true", "value", "result", "a", "condition", "then0", "message", "zz"])
types = st.sampled_from(
    [
        *("OnStart", "OnWebhook", "OnPatternCall", "OnError", "Branch", "While", "Add", "Log", "CallPattern"),
        *("Sequence", "GetVariable", "SetVariable", "MakeInteger", "MakeArray", "Format", "Random", "TryCatch"),
        "Nonsense",
    ]
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | pins, inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(["inputs", "outputs", "cases", "pattern", "name", "value", "a", "condition", "template"])
data = st.fixed_dictionaries(
    {"properties": st.dictionaries(names, json_values), "defaults": st.dictionaries(names, json_values)}
)
graphs = st.fixed_dictionaries(
    {
        "nodes": st.lists(st.fixed_dictionaries({"id": ids, "type": types, "data": data | json_values}), max_size=6),
        "edges": st.lists(
            st.fixed_dictionaries({"source": ids, "target": ids, "sourceHandle": pins, "targetHandle": pins}),
            max_size=8,
        ),
        "variables": st.lists(
            st.fixed_dictionaries({"name": ids, "type": st.sampled_from(["Integer", "Array"]), "default": json_values})
        ),
    }
)


@settings(max_examples=300, deadline=None)
@given(json_values | graphs)
def test_no_json_makes_check_raise_and_what_has_no_errors_compiles(value):
    has_errors = any(problem.severity is Severity.ERROR for problem in check(value))
    try:
        compile_graph(value)
        assert not has_errors
    except CompileFailed as failed:
        assert has_errors or any(p.code == "BAD_VALUE" for p in failed.problems)


def test_ten_thousand_nodes_are_checked_and_compiled_within_reason():
    count = 5_000
    nodes = ["start: OnStart"]
    edges = ["start > l0"]
    for i in range(count):
        nodes += [node(f"l{i}", "Log"), node(f"p{i}", "Add", a=1, b=1)]
        edges.append(f"p{i}.result > l{i}.message")
    edges += [f"l{i} > l{i + 1}" for i in range(count - 1)]
    drawn = graph(*nodes, ", ".join(edges))
    began = process_time()
    assert check(drawn) == []
    compile_graph(drawn)
    assert process_time() - began < 10
