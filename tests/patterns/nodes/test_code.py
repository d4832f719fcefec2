"""The Code node: what goes in, what comes out, and what people read where it fails."""

import math
from time import monotonic

import pytest

from executions.effects import left_behind
from executions.status import Status
from patterns.compiler import check
from patterns.context import NodeError
from tests.executions.processes import eventually
from tests.executions.running import run
from tests.graphs import chain, graph, node
from tests.patterns.nodes.calling import Run, call


def code(source, given=None, **properties):
    return call("Code", given, code=source, **properties)


def error_of(source, given=None, **properties):
    with pytest.raises((NodeError, ValueError)) as raised:
        code(source, given, **properties)
    return raised.value


# --- Output ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("source", "output"),
    [
        ("input * 2", 42),
        ("return input + 1", 22),
        ("output = input", 21),
        ("output = 5\n6", 5),
        ("output = None\n6", None),
        ("x = 1", None),
        ("", None),
        ("print(input)", None),
    ],
)
def test_output_is_the_variable_output_or_else_the_value_of_the_last_line(source, output):
    assert code(source, 21) == output


@pytest.mark.parametrize(
    ("source", "output"),
    [
        ("(1, 2)", [1, 2]),
        ("{3}", [3]),
        ("{1: 'a', False: 'b', None: 'c', 'd': (1,)}", {"1": "a", "false": "b", "null": "c", "d": [1]}),
        ("b'\\x00a'", b"\x00a"),
        ("2 ** 100", 2**100),
        ("1.5", 1.5),
        ("from datetime import datetime\ndatetime(2026, 7, 1, 9)", "2026-07-01T09:00:00Z"),
        ("from datetime import date\ndate(2026, 7, 1)", "2026-07-01"),
        ("from datetime import timedelta\ntimedelta(minutes=2)", 120.0),
        ("from decimal import Decimal\nDecimal('1.5')", 1.5),
        ("from dataclasses import dataclass\n@dataclass\nclass P:\n  x: int\n[P(1), P(2)]", [{"x": 1}, {"x": 2}]),
        ("{'a': [1]}.get('a')", [1]),
        ("(n for n in [1, 2])", [1, 2]),
    ],
)
def test_output_is_made_a_value(source, output):
    found = code(source)
    assert found == output
    assert type(found) is type(output)


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("float('nan')", "nan is not a value"),
        ("[1, -float('inf')]", "-inf is not a value"),
        ("10 ** 5000", "a whole number with more than 4,300 digits is not a value"),
        ("1j", "complex is not a value"),
        ("print", "MontyStdTypeProxy is not a value"),
        ("class A: pass\nA()", "an instance of the class A is not a value"),
        ("{(1, 2): 3}", "a key of an Object is text, not tuple"),
        ("x = []\nfor i in range(300): x = [x]\nx", "it is nested too deeply (more than 200 levels)"),
        (
            "x = []\nfor i in range(60): x = [x, x]\nx",
            "the value is too large: as JSON it has more than 20,000,000 characters",
        ),
    ],
)
def test_output_that_is_no_value_is_refused_by_the_name_of_its_pin(source, why):
    assert str(error_of(source)) == f"Output: {why}"


@pytest.mark.parametrize("shell", ["[x]", "{'a': x}", "(x,)"])
def test_output_may_be_as_deep_as_values_may_be(shell):
    assert code(f"x = 1\nfor n in range(195): x = {shell}\nx")


# --- Declared pins --------------------------------------------------------------------------------------------------
def test_declared_inputs_and_outputs_are_variables():
    drawn = graph(
        "start: OnStart",
        node(
            "sum",
            "Code",
            {
                "code": "total = unitPrice * count\nlabel = f'{input}: {total}'",
                "inputs": [{"name": "Unit Price", "type": "Float"}, {"name": "Count", "type": "Integer"}],
                "outputs": [{"name": "Total", "type": "Integer"}, {"name": "Label", "type": "String"}],
            },
            input="Order",
            unitPrice="2.5",
            count=4,
        ),
        node("stop", "Stop"),
        "start > sum, sum > stop, sum.label > stop.result",
    )
    assert run(drawn).result == "Order: 10.0"


def test_declared_output_is_converted_to_its_type():
    found = code("total = 10.0", outputs=[{"name": "Total", "type": "Integer"}])
    assert found == {"output": None, "total": 10}


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("x = 1", "Total: the code sets no variable “total”"),
        ("total = 'many'", "Total: 'many' (String) is not an Integer"),
        ("total = float('nan')", "Total: nan is not a value"),
    ],
)
def test_declared_output_that_is_missing_or_wrong_is_named(source, message):
    assert str(error_of(source, outputs=[{"name": "Total", "type": "Integer"}])) == message


@pytest.mark.parametrize(
    ("side", "name", "why"),
    [
        ("inputs", "class", "“class” cannot be the name of a variable"),
        ("inputs", "input", "“input” is there already"),
        ("outputs", "Output", "“Output” is there already"),
        ("outputs", "2nd", "“2nd” cannot be the name of a variable"),
        ("outputs", "naïve", "“naïve” cannot be the name of a variable"),
    ],
)
def test_declared_pin_that_cannot_be_a_variable_is_a_fault_of_the_graph(side, name, why):
    (problem,) = check(chain("start: OnStart", node("c", "Code", {side: [name]})))
    assert (problem.code, problem.node_id) == ("BAD_PROPERTY", "c")
    assert why in problem.message
    assert side.title() in problem.message


def test_code_that_cannot_be_read_is_a_fault_of_the_graph():
    (problem,) = check(chain("start: OnStart", node("c", "Code", {"code": "x = 1\nif x\n"})))
    assert (problem.code, problem.node_id, problem.pin) == ("BAD_PROPERTY", "c", "code")
    assert problem.message.startswith("c, Code: line 2: ")


# --- Errors, log, time ----------------------------------------------------------------------------------------------
def test_error_has_the_type_of_the_exception_and_names_line_and_text():
    error = error_of("def share(n):\n    return 1 / n\n\nshare(input)", 0)
    assert (error.type, error.message) == ("ZeroDivisionError", "Code, line 2 “return 1 / n”: division by zero")


def test_error_tells_what_was_printed_before():
    error = error_of("print('so far')\nraise ValueError('no')")
    assert error.message == "Code, line 2 “raise ValueError('no')”: no\nPrinted before: so far"


def test_error_is_caught_by_its_type():
    drawn = graph(
        "start: OnStart",
        "try: TryCatch",
        node("c", "Code", {"code": "{}['missing']"}),
        node("stop", "Stop"),
        "start > try, try.try > c, try.catch > stop, try.error > stop.result",
    )
    result = run(drawn).result
    assert (result["type"], result["nodeId"]) == ("KeyError", "c")


def test_what_is_printed_is_one_message_of_the_log():
    found = run(chain("start: OnStart", node("c", "Code", {"code": "print('a', 1)\nprint('b')"})))
    assert found.status == Status.COMPLETED
    assert [entry.message for entry in found.of("c")] == ["a 1\nb"]


def test_code_that_prints_nothing_logs_nothing():
    seen = Run()
    call("Code", 1, run=seen, code="1")
    assert seen.logged == []


def test_code_gets_no_more_time_than_its_run_has_left():
    with pytest.raises(NodeError) as raised:
        call("Code", None, run=Run(remaining_s=0.2), code="while True: pass")
    assert raised.value.type == "TimeoutError"
    assert raised.value.message.startswith("Code: it took longer than 0.")
    with pytest.raises(NodeError) as raised:
        call("Code", None, run=Run(remaining_s=0), code="1")
    assert raised.value.type == "Timeout"


def test_input_that_would_be_terabytes_is_refused_by_the_name_of_its_pin():
    given = []
    for _ in range(60):
        given = [given, given]
    assert str(error_of("1", given)).startswith("Input: the value is too large")


def test_input_is_not_changed_by_the_code():
    given = {"list": [1]}
    assert code("input['list'].append(2)\ninput", given) == {"list": [1, 2]}
    assert given == {"list": [1]}


def test_random_and_the_time_are_there():
    assert math.isfinite(code("import random, time\nrandom.random() + time.time()"))


def test_replay_reads_the_outcome_and_does_not_run_the_code_again():
    drawn = chain("start: OnStart", node("c", "Code", {"code": "import random\nrandom.random()"}))
    first = run(drawn)
    again = run(drawn, journal=first.run.journal)
    assert [entry.key for entry in first.of("c")] == ["1"]
    assert again.run.journal.recorded == first.run.journal.recorded


def test_code_within_a_timeout_is_ended_with_it():
    drawn = graph(
        "start: OnStart",
        node("limit", "Timeout", seconds=0.3),
        node("c", "Code", {"code": "while True: pass"}),
        node("stop", "Stop", result="late"),
        "start > limit, limit.body > c, limit.timedOut > stop",
    )
    since = monotonic()
    assert run(drawn).result == "late"
    eventually(lambda: left_behind() == 0)
    assert monotonic() - since < 6  # and not the ten seconds of the code's own limit
