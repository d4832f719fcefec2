"""The engine: what runs, in which order, and where errors and signals go."""

import sys
from itertools import pairwise

import pytest

from executions.engine import Limits
from executions.journal import Journal
from executions.status import Status
from tests.executions.running import Host, run
from tests.graphs import chain, graph, node, variable


def say(name, message=None, **properties):
    return node(name, "Log", properties, message=message or name)


def says(*names):
    return [say(name) for name in names]


def throws(name="boom", message="no such order", type="NotFound"):
    return node(name, "ThrowError", message=message, type=type)


COUNT = variable("n", "Integer", 0)


def adds(name="add", amount=1):
    return node(name, "IncrementVariable", name="n", amount=amount)


def reads(name="read"):
    return node(name, "GetVariable", name="n")


# --- Chains -----------------------------------------------------------------------------------------------------------


def test_run_of_a_trigger_alone_completes_without_a_result():
    ran = run(graph("start: OnStart"))
    assert (ran.status, ran.result, ran.nodes) == (Status.COMPLETED, None, ["start"])


def test_run_in_which_only_the_trigger_has_outputs_has_no_result():
    ran = run(graph("hook: OnWebhook"), event={"body": {"a": 1}})
    assert (ran.status, ran.result) == (Status.COMPLETED, None)


def test_wires_from_one_exec_output_run_one_after_the_other_to_their_ends_in_the_order_drawn():
    ran = run(graph("start: OnStart", *says("a", "a2", "b", "c"), "start > c, start > a, start > b, a > a2"))
    assert ran.messages == ["c", "a", "a2", "b"]


def test_wires_of_a_loop_body_run_in_order_in_each_pass():
    ran = run(
        graph(
            "start: OnStart",
            node("loop", "ForRange", end=2),
            *says("a", "b", "end"),
            "start > loop, loop.body > a, loop.body > b, loop.completed > end",
        )
    )
    assert ran.messages == ["a", "b", "a", "b", "end"]


def test_several_paths_may_join_in_one_exec_input():
    ran = run(graph("start: OnStart", *says("a", "b", "end"), "start > a, start > b, a > end, b > end"))
    assert ran.messages == ["a", "end", "b", "end"]


@pytest.mark.parametrize(("condition", "taken"), [(True, ["yes"]), (False, ["no"])])
def test_branch_goes_one_way(condition, taken):
    parts = ["start: OnStart", node("if", "Branch", condition=condition), *says("yes", "no")]
    assert run(graph(*parts, "start > if, if.true > yes, if.false > no")).messages == taken


@pytest.mark.parametrize(
    ("value", "taken"),
    [("b", ["one"]), ("1", ["two"]), (1, ["two"]), (1.0, ["two"]), (None, ["other"]), ([], ["other"])],
)
def test_switch_takes_the_first_case_that_matches(value, taken):
    cases = {"cases": ["a", "b", 1, "b"]}
    parts = ["hook: OnWebhook", node("way", "Switch", cases), *says("one", "two", "three", "other")]
    wires = (
        "hook > way, hook.body > way.value, way.case1 > one, way.case2 > two, way.case3 > three, way.default > other"
    )
    switch = graph(*parts, wires)
    assert run(switch, {"body": value}).messages == taken


def test_sequence_runs_each_output_to_its_end():
    parts = ["start: OnStart", node("seq", "Sequence", {"outputs": 3}), *says("a", "a2", "b", "c")]
    ran = run(graph(*parts, "start > seq, seq.then2 > c, seq.then0 > a, a > a2, seq.then1 > b"))
    assert ran.messages == ["a", "a2", "b", "c"]


def test_sequence_goes_on_after_a_chain_that_filter_guard_has_ended():
    parts = ["start: OnStart", node("seq", "Sequence"), node("guard", "FilterGuard", condition=False), *says("a", "b")]
    ran = run(graph(*parts, "start > seq, seq.then0 > guard, guard.pass > a, seq.then1 > b"))
    assert (ran.messages, ran.status) == (["b"], Status.COMPLETED)


def test_filter_guard_lets_pass_when_the_condition_is_true():
    parts = ["start: OnStart", node("guard", "FilterGuard", condition="yes"), *says("a")]
    assert run(graph(*parts, "start > guard, guard.pass > a")).messages == ["a"]


# --- Loops ------------------------------------------------------------------------------------------------------------


def test_for_each_gives_item_and_index_from_zero_then_completes():
    ran = run(
        graph(
            "start: OnStart",
            node("loop", "ForEach", collection='["x", "y"]'),
            node("text", "Format", template="{0}{1}"),
            say("say"),
            say("end"),
            "start > loop, loop.body > say, loop.item > text.0, loop.index > text.1, text.result > say.message",
            "loop.completed > end",
        )
    )
    assert ran.messages == ["x0", "y1", "end"]


@pytest.mark.parametrize(
    ("start", "end", "step", "passes"),
    [
        (0, 3, 1, [0, 1, 2]),
        (0, 5, 2, [0, 2, 4]),
        (3, 0, -1, [3, 2, 1]),
        (0, 3, -1, []),
        (3, 3, 1, []),
        (-1, 1, 1, [-1, 0]),
        ("1", "3", 1.0, [1, 2]),
    ],
)
def test_for_range_counts_up_to_but_without_end(start, end, step, passes):
    loop = node("loop", "ForRange", start=start, end=end, step=step)
    ran = run(graph("start: OnStart", loop, say("say"), "start > loop, loop.body > say, loop.index > say.message"))
    assert ran.messages == [str(n) for n in passes]


def test_for_range_with_step_zero_fails_and_says_why():
    ran = run(chain("start: OnStart", node("loop", "ForRange", end=3, step=0)))
    assert (ran.status, ran.error.message) == (Status.FAILED, "Step is 0: the loop would never end.")
    assert (ran.error.node_name, ran.errors[0].inputs) == ("loop", {"start": 0, "end": 3, "step": 0})


def test_for_range_over_the_largest_numbers_takes_no_memory_before_it_runs():
    loop = node("loop", "ForRange", end=10**18)
    ran = run(graph("start: OnStart", loop, "out: Break", "start > loop, loop.body > out"))
    assert ran.status is Status.COMPLETED


def counting_while(*more, wires=""):
    return graph(
        "start: OnStart",
        node("loop", "While"),
        node("less", "LessThan", b=3),
        reads(),
        adds(),
        *more,
        "start > loop, read.value > less.a, less.result > loop.condition, loop.body > add",
        wires,
        variables=[COUNT],
    )


def test_while_reads_its_condition_anew_before_each_pass():
    ran = run(counting_while(say("end"), wires="loop.completed > end, read.value > end.message"))
    assert ran.messages == ["3"]
    assert len(ran.of("add")) == 3


def test_while_with_a_condition_that_fails_names_the_node_that_failed():
    ran = run(
        graph(
            "start: OnStart",
            "loop: While",
            node("bad", "Divide", a=1, b=0),
            "start > loop, bad.result > loop.condition",
        )
    )
    assert (ran.status, ran.error.node_name) == (Status.FAILED, "bad")
    assert ran.errors[0].inputs == {"a": 1, "b": 0}


def nested_loops(inner_exit):
    """for i in 0..2: (for j in 0..3: if j == 1: <inner_exit>; say j); say "i"; and "end"."""
    return graph(
        "start: OnStart",
        node("outer", "ForRange", end=2),
        node("inner", "ForRange", end=3),
        node("is1", "Equal", b=1),
        "if: Branch",
        node("exit", inner_exit),
        say("j"),
        say("i"),
        say("end"),
        "start > outer, outer.body > inner, outer.completed > end, inner.completed > i",
        "inner.body > if, inner.index > is1.a, is1.result > if.condition",
        "if.true > exit, if.false > j, inner.index > j.message",
    )


def test_break_ends_the_nearest_loop_only():
    assert run(nested_loops("Break")).messages == ["0", "i", "0", "i", "end"]


def test_continue_goes_on_with_the_next_pass_of_the_nearest_loop():
    assert run(nested_loops("Continue")).messages == ["0", "2", "i", "0", "2", "i", "end"]


@pytest.mark.parametrize(("exit", "said"), [("Break", ["finally", "end"]), ("Continue", ["finally", "finally", "end"])])
def test_break_and_continue_run_finally_on_their_way_out_of_a_try(exit, said):
    ran = run(
        graph(
            "start: OnStart",
            node("loop", "ForRange", end=2),
            "try: TryCatch",
            node("exit", exit),
            *says("never", "finally", "end"),
            "start > loop, loop.body > try, try.try > exit, try.catch > never, try.finally > finally",
            "loop.completed > end",
        )
    )
    assert ran.messages == said


@pytest.mark.parametrize("place", ["catch", "finally"])
def test_break_in_catch_or_finally_ends_the_loop(place):
    ran = run(
        graph(
            "start: OnStart",
            node("loop", "ForRange", end=2),
            "try: TryCatch",
            throws(),
            "exit: Break",
            say("end"),
            f"start > loop, loop.body > try, try.try > boom, try.{place} > exit, loop.completed > end",
        )
    )
    assert (ran.messages, ran.status) == (["end"], Status.COMPLETED)


@pytest.mark.parametrize("signal", ["Break", "Continue"])
def test_break_outside_of_a_loop_fails_and_names_itself_even_from_within_a_try(signal):
    ran = run(graph("start: OnStart", "try: TryCatch", node("exit", signal), say("f"), "start > try, try.try > exit"))
    assert (ran.status, ran.error.type, ran.error.node_name) == (Status.FAILED, "NotInALoop", "exit")
    assert ran.error.message == f"{signal} is not inside a loop."
    assert [entry.node_name for entry in ran.errors] == ["exit"]
    assert len({entry.key for entry in ran.entries}) == len(ran.entries)


def test_signals_pass_the_exits_of_several_wires():
    ran = run(
        graph(
            "start: OnStart",
            node("loop", "ForRange", end=2),
            "exit: Break",
            *says("a", "never", "end"),
            "start > loop, loop.body > a, loop.body > exit, loop.body > never, loop.completed > end",
        )
    )
    assert ran.messages == ["a", "end"]


# --- Errors -----------------------------------------------------------------------------------------------------------


def try_graph(*inside, wires):
    """A Try / Catch after which nothing comes but what its exits lead to."""
    return graph("start: OnStart", "try: TryCatch", *inside, "start > try", wires)


def test_try_without_an_error_runs_try_and_finally():
    ran = run(try_graph(*says("t", "c", "f"), wires="try.try > t, try.catch > c, try.finally > f"))
    assert (ran.messages, ran.status) == (["t", "f"], Status.COMPLETED)


def test_error_in_try_runs_catch_with_the_error_and_then_finally():
    caught = try_graph(
        throws(), *says("c", "f"), wires="try.try > boom, try.catch > c, try.error > c.message, try.finally > f"
    )
    ran = run(caught)
    expected = '{"message":"no such order","type":"NotFound","nodeId":"boom","nodeName":"boom"}'
    assert (ran.messages, ran.status) == ([expected, "f"], Status.COMPLETED)
    assert [entry.node_name for entry in ran.errors] == ["boom"]


def test_error_in_catch_runs_finally_and_goes_on_outwards():
    ran = run(
        try_graph(
            throws("one"),
            throws("two", "worse"),
            say("f"),
            wires="try.try > one, try.catch > two, try.finally > f",
        )
    )
    assert (ran.messages, ran.status, ran.error.message) == (["f"], Status.FAILED, "worse")
    assert [entry.node_name for entry in ran.errors] == ["one", "two"]


def test_error_in_finally_wins_over_the_one_that_was_caught():
    ran = run(
        try_graph(throws("one"), say("c"), throws("two"), wires="try.try > one, try.catch > c, try.finally > two")
    )
    assert (ran.messages, ran.status, ran.error.node_name) == (["c"], Status.FAILED, "two")


def test_try_without_a_catch_wire_swallows_the_error_once_finally_has_run():
    ran = run(try_graph(throws(), say("f"), wires="try.try > boom, try.finally > f"))
    assert (ran.messages, ran.status) == (["f"], Status.COMPLETED)


def test_error_of_an_inner_catch_is_caught_by_the_outer_try():
    ran = run(
        try_graph(
            "inner: TryCatch",
            throws("one"),
            throws("two", "worse"),
            *says("inner f", "outer c", "outer f"),
            wires="try.try > inner, inner.try > one, inner.catch > two, inner.finally > inner f, try.catch > outer c,"
            "try.error > outer c.message, try.finally > outer f",
        )
    )
    assert ran.status is Status.COMPLETED
    assert ran.messages[0] == "inner f"
    assert '"worse"' in ran.messages[1]
    assert ran.messages[2] == "outer f"


def test_error_within_loops_within_try_leaves_them_all():
    ran = run(
        try_graph(
            node("loop", "ForRange", end=5),
            throws(),
            *says("never", "c"),
            wires="try.try > loop, loop.body > boom, loop.completed > never, try.catch > c",
        )
    )
    assert ran.messages == ["c"]


def test_error_in_a_loop_body_that_is_caught_there_lets_the_loop_go_on():
    ran = run(
        graph(
            "start: OnStart",
            node("loop", "ForRange", end=3),
            "try: TryCatch",
            throws(),
            *says("c", "end"),
            "start > loop, loop.body > try, try.try > boom, try.catch > c, loop.completed > end",
        )
    )
    assert ran.messages == ["c", "c", "c", "end"]


def test_stop_within_try_runs_finally_and_completes_with_the_result():
    ran = run(
        try_graph(
            node("stop", "Stop", result="done"), *says("c", "f"), wires="try.try > stop, try.catch > c, try.finally > f"
        )
    )
    assert (ran.messages, ran.status, ran.result) == (["f"], Status.COMPLETED, "done")


def test_stop_in_finally_wins_over_an_error_on_its_way_out():
    ran = run(
        try_graph(
            throws("one"), throws("two"), "stop: Stop", wires="try.try > one, try.catch > two, try.finally > stop"
        )
    )
    assert ran.status is Status.COMPLETED


def test_throw_error_carries_message_type_and_whether_to_retry():
    ran = run(chain("start: OnStart", node("boom", "ThrowError", message="late", type="Busy", retryable=True)))
    assert (ran.error.message, ran.error.type, ran.error.retryable) == ("late", "Busy", True)


def test_throw_error_without_a_type_is_an_error_all_the_same():
    ran = run(chain("start: OnStart", node("boom", "ThrowError", message="late", type="")))
    assert ran.error.type == "Error"


def test_error_that_nothing_catches_fails_the_run_and_its_entry_holds_the_inputs():
    ran = run(chain("start: OnStart", say("before"), throws()))
    assert (ran.status, ran.messages) == (Status.FAILED, ["before"])
    assert ran.errors[0].inputs == {"message": "no such order", "type": "NotFound", "retryable": False}
    assert ran.errors[0].message == "no such order"


def with_handler(*parts, wires):
    return graph("start: OnStart", throws(), "oops: OnError", *parts, "start > boom", wires)


def test_on_error_runs_with_the_error_and_the_run_stays_failed():
    ran = run(with_handler(say("told"), wires="oops > told, oops.error > told.message"))
    assert '"no such order"' in ran.messages[0]
    assert (ran.status, ran.error.node_name, ran.result) == (Status.FAILED, "boom", None)


def test_error_within_on_error_leaves_the_first_error_standing():
    ran = run(with_handler(throws("again", "other"), wires="oops > again"))
    assert (ran.status, ran.error.message) == (Status.FAILED, "no such order")
    assert [entry.node_name for entry in ran.errors] == ["boom", "again"]


def test_stop_within_on_error_completes_the_run():
    ran = run(with_handler(node("stop", "Stop", result="saved"), wires="oops > stop"))
    assert (ran.status, ran.result) == (Status.COMPLETED, "saved")


def test_break_within_on_error_leaves_the_first_error_standing():
    ran = run(with_handler("exit: Break", wires="oops > exit"))
    assert (ran.status, ran.error.message) == (Status.FAILED, "no such order")


def test_on_error_can_loop_and_catch_itself():
    ran = run(
        with_handler(
            node("loop", "ForRange", end=2),
            "try: TryCatch",
            throws("inner"),
            say("c"),
            wires="oops > loop, loop.body > try, try.try > inner, try.catch > c",
        )
    )
    assert (ran.messages, ran.status) == (["c", "c"], Status.FAILED)
    assert len({entry.key for entry in ran.entries}) == len(ran.entries)


def test_error_of_the_trigger_itself_reaches_on_error():
    called = node("called", "OnPatternCall", {"inputs": [{"name": "Order", "type": "Object", "required": True}]})
    ran = run(graph(called, "oops: OnError", say("told"), "oops > told"), {})
    assert (ran.messages, ran.status) == (["told"], Status.FAILED)
    assert ran.error.type == "MissingInput"


# --- Values -----------------------------------------------------------------------------------------------------------


def test_pure_node_is_evaluated_once_in_a_step_and_anew_in_the_next():
    ran = run(
        graph(
            "start: OnStart",
            "dice: Random",
            node("text", "Format", template="{0} {1}"),
            *says("one", "two"),
            "start > one, one > two, dice.result > text.0, dice.result > text.1",
            "text.result > one.message, text.result > two.message",
        )
    )
    (a, b), (c, d) = (message.split() for message in ran.messages)
    assert a == b
    assert c == d
    assert a != c


def test_outputs_of_nodes_that_have_not_run_are_null():
    ran = run(
        graph(
            "start: OnStart",
            node("if", "Branch", condition=False),
            node("loop", "ForRange", end=3),
            "null: IsNull",
            say("say"),
            "start > if, if.true > loop, if.false > say, loop.index > null.value, null.result > say.message",
        )
    )
    assert ran.messages == ["true"]


def test_wrong_type_in_an_event_fails_the_node_that_reads_it_with_a_clear_error():
    ran = run(
        graph(
            "hook: OnWebhook",
            node("up", "UpperCase"),
            say("say"),
            "hook > say, hook.method > up.value, up.result > say.message",
        ),
        {"method": ["GET"]},
    )
    assert (ran.status, ran.error.node_name) == (Status.FAILED, "up")
    assert "['GET'] (Array) is not a String" in ran.error.message


def test_output_of_a_node_that_has_not_run_is_a_clear_error_where_a_number_is_needed():
    ran = run(
        graph(
            "start: OnStart",
            node("one", "ForRange", end=1),
            node("two", "ForRange"),
            "start > two, one.index > two.end",
        )
    )
    assert (ran.status, ran.error.message) == (Status.FAILED, "End: None (Null) is not an Integer")


@pytest.mark.parametrize(
    ("reader", "pin", "message"),
    [
        (node("use", "ForRange"), "end", "End: 'abc' (String) is not an Integer"),
        (node("use", "Branch"), "condition", "Condition: 'abc' (String) is not a Boolean"),
        (node("use", "ForEach"), "collection", "Collection: 'abc' (String) is not an Array"),
    ],
)
def test_value_that_does_not_convert_fails_the_node_and_names_the_pin(reader, pin, message):
    parts = ["start: OnStart", node("text", "SetVariable", name="t", value="abc"), reader]
    drawn = graph(*parts, f"start > text, text > use, text.value > use.{pin}", variables=[variable("t", "String")])
    ran = run(drawn)
    assert (ran.error.message, ran.error.type, ran.error.node_name) == (message, "ConversionError", "use")
    assert ran.errors[0].inputs == {pin: "abc"}


def test_values_convert_on_their_way():
    parts = [node("hook", "OnWebhook"), node("sum", "Add"), say("say")]
    wires = "hook > say, hook.method > sum.a, hook.url > sum.b, sum.result > say.message"
    assert run(graph(*parts, wires), {"method": "40", "url": "2"}).messages == ["42"]


def test_body_that_is_no_object_fails_only_where_an_object_is_needed():
    parts = ["hook: OnWebhook", say("say"), node("get", "GetProperty", key="a"), say("got")]
    wires = "hook > say, hook.body > say.message, say > got, hook.body > get.object, get.value > got.message"
    ran = run(graph(*parts, wires), {"body": "plain"})
    assert ran.messages == ["plain"]
    assert (ran.status, ran.error.node_name) == (Status.FAILED, "get")


def test_result_is_that_of_the_last_node_that_has_outputs():
    ran = run(chain("start: OnStart", adds(), say("say")) | {"variables": [COUNT]})
    assert ran.result == {"newValue": 1}


def test_respond_with_sets_the_result_and_the_run_may_go_on():
    called = node("called", "OnPatternCall", {"outputs": [{"name": "Total", "type": "Float"}]})
    answer = node("answer", "RespondWith", total="19.8")
    ran = run(graph(called, answer, adds(), "called > answer, called > add", variables=[COUNT]))
    assert ran.result == {"total": 19.8}


def test_log_takes_level_and_message_of_any_type():
    ran = run(chain("start: OnStart", node("a", "Log", message="[1]", level="warning"), node("b", "Log", message=2.0)))
    assert [(e.level, e.message) for e in ran.entries[1:]] == [("warning", "[1]"), ("info", "2")]


# --- Limits -----------------------------------------------------------------------------------------------------------


def test_exec_cycle_is_stopped_by_the_step_limit():
    ran = run(graph("start: OnStart", *says("a", "b"), "start > a, a > b, b > a"), limits=Limits(steps=1000))
    assert (ran.status, ran.error.type) == (Status.FAILED, "StepLimit")
    assert ran.errors[-1].message.startswith("The run passed its limit of 1,000 steps")


def test_step_limit_is_not_an_error_that_try_can_catch():
    ran = run(
        try_graph(*says("a", "b", "c"), wires="try.try > a, a > b, b > a, try.catch > c"), limits=Limits(steps=1000)
    )
    assert ran.error.type == "StepLimit"
    assert "c" not in ran.messages


def test_flow_nodes_open_within_each_other_without_end_reach_the_depth_limit():
    """A Sequence whose first exit leads back to itself."""
    ran = run(graph("start: OnStart", "seq: Sequence", "start > seq, seq.then0 > seq"), limits=Limits(depth=50))
    assert (ran.status, ran.error.type) == (Status.FAILED, "DepthLimit")
    assert len(ran.of("seq")) == 51


def test_run_that_passes_its_time_limit_times_out_between_two_steps():
    ran = run(graph("start: OnStart", *says("a", "b"), "start > a, a > b, b > a"), limits=Limits(seconds=0.1))
    assert (ran.status, ran.error.message) == (Status.TIMEOUT, "The run passed its time limit of 0.1 s.")
    assert ran.error.node_name in {"a", "b"}


def test_canceled_run_ends_between_two_steps_without_an_error():
    host = Host(status=Status.CANCELED)
    ran = run(graph("start: OnStart", say("a"), "start > a, a > a"), host=host)
    assert (ran.status, ran.error) == (Status.CANCELED, None)


@pytest.fixture
def little_stack():
    """Room for 200 Python frames above the test."""
    depth, frame = 0, sys._getframe()
    while frame:
        depth, frame = depth + 1, frame.f_back
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(depth + 200)
    yield
    sys.setrecursionlimit(before)


def test_chain_of_ten_thousand_nodes_runs_without_recursion(little_stack):
    names = [f"n{i}" for i in range(10_000)]
    nodes = ["start: OnStart", *(node(name, "IncrementVariable", name="n") for name in names)]
    ran = run(chain(*nodes) | {"variables": [COUNT]})
    assert ran.result == {"newValue": 10_000}


def test_chain_of_ten_thousand_pure_nodes_runs_without_recursion(little_stack):
    names = [f"n{i}" for i in range(10_000)]
    wires = ", ".join(f"{a}.result > {b}.a" for a, b in pairwise(names))
    nodes = ["start: OnStart", *(node(name, "Add", a=1, b=1) for name in names), say("say")]
    ran = run(graph(*nodes, wires, "start > say, n9999.result > say.message"))
    assert ran.messages == ["10001"]


def test_flow_nodes_open_a_thousand_deep_without_recursion(little_stack):
    names = [f"n{i}" for i in range(999)]
    wires = ", ".join(f"{a}.then0 > {b}" for a, b in pairwise(names))
    nodes = ["start: OnStart", *(f"{name}: Sequence" for name in names), throws()]
    ran = run(graph(*nodes, wires, "start > n0, n998.then0 > boom"))
    assert ran.error.node_name == "boom"


def test_loop_of_a_million_passes_runs_and_its_log_is_capped(little_stack):
    drawn = graph(
        "start: OnStart",
        node("loop", "ForRange", end=1_000_000),
        adds(),
        node("end", "Log"),
        reads(),
        "start > loop, loop.body > add, loop.completed > end, read.value > end.message",
        variables=[COUNT],
    )
    ran = run(drawn, journal=Journal(limit=1_000))
    assert ran.run.variables.get("n") == 1_000_000
    assert len(ran.entries) == 1_000
    assert ran.run.journal.dropped == 1_000_003 - 1_000


def test_full_log_still_keeps_errors():
    drawn = graph(
        "start: OnStart",
        node("loop", "ForRange", end=100),
        adds(),
        throws(),
        "start > loop, loop.body > add, loop.completed > boom",
        variables=[COUNT],
    )
    ran = run(drawn, journal=Journal(limit=10))
    assert (len(ran.entries), ran.entries[-1].node_name) == (11, "boom")
