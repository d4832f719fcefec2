"""Every input of every node, fed with what nobody should send: it gives outputs, or an error that names the pin.

All by wires, through the compiler and the engine, with the other pins at the values of the node's example.
"""

import re
from time import perf_counter

import pytest

import patterns.nodes  # noqa: F401 (fills the registry)
from executions.engine import Limits
from executions.status import Status
from patterns import registry
from patterns.graph import CompileFailed
from patterns.registry import Kind
from patterns.types import PinType
from tests.patterns.nodes.bench import Bench, finish, host_of
from tests.patterns.nodes.test_examples import here, web  # noqa: F401 (a fixture)

LIBRARY = registry.all_types()
LIMITS = Limits(seconds=30, steps=3_000)
LONGEST_S = 5
LONGEST_MESSAGE = 300
# What a run may end with whatever its nodes do: these name no pin, because none is at fault.
LIMITS_OF_RUNS = {"StepLimit", "MemoryLimit"}
PYTHON = re.compile(r"Traceback|object at 0x|NoneType|'\w+' object|\w+Error\b|<class|'(str|dict|list|int|float|bytes)'")
OWN_WORDS = {"ThrowError"}  # its errors are those of the person who drew it
SPEAK_PYTHON = {"Code"}  # so does the person who writes it


def nested(levels, wrap):
    value = 1
    for _ in range(levels):
        value = wrap(value)
    return value


HOSTILE = {
    "null": None,
    "empty text": "",
    "empty list": [],
    "empty object": {},
    "true": True,
    "minus one": -1,
    "a fraction": 0.5,
    "a word": "no such thing",
    "a sign": "[",
    "a mixed list": [None, {"a": [1]}, "x", True, 2.5],
    "an object": {"a": {"b": [1, None]}, "": 0},
    "bytes": b"\xff\x00\xfe",
    "2 MB of text": "x y, " * 400_000,
    "2 MB of one letter": "a" * 2_000_000,
    "300 lists": nested(300, lambda value: [value]),
    "300 objects": nested(300, lambda value: {"a": value}),
    "5,000 digits": 10**5000 - 1,
    "5,000 digits as text": "9" * 5000,
    "a large float": 1e308,
    "a large negative float": -1e308,
    "signs": "👩\u200d👩\u200d👧 e\u0301 \u202eעברית\u202c \x00 \ud800 \udfff\u2028ß İ",
    "signs as a key": {"\ud800\x00": "\udfff", "é": "👩"},
}
# Only for pins that take them: any other refuses a list or an object for what it is, whatever its size.
NUMBERS = {"200,000 numbers": list(range(200_000))}
LARGE_LISTS = {
    **NUMBERS,
    "200,000 objects": [{"a": number} for number in range(200_000)],
    "terabytes of one list": nested(40, lambda value: [value, value]),
}
LARGE_OBJECTS = {
    "200,000 keys": {f"k{number}": number for number in range(200_000)},
    "terabytes of one object": nested(40, lambda value: {"a": value, "b": value}),
}
LARGE = {PinType.ARRAY: LARGE_LISTS, PinType.OBJECT: LARGE_OBJECTS, PinType.ANY: {**NUMBERS, **LARGE_OBJECTS}}


@pytest.mark.parametrize("node_type", LIBRARY, ids=lambda node_type: node_type.type)
def test_node_answers_hostile_values_with_outputs_or_an_error_that_names_a_pin(node_type, web, settings):  # noqa: F811
    settings.HTTP_ALLOW = "127.0.0.1"
    web.answer = {"status": 200}
    faults = []
    for pin in ["the event"] if node_type.kind is Kind.EVENT else [pin.name for pin in Bench(node_type).inputs]:
        bench = Bench(node_type, is_shown=False)
        if node_type.acts:
            bench.given = here(bench.given, web)
        bench.given.setdefault(pin, None)
        faults += [f"{pin}, {name}: {fault}" for name, fault in faults_of(bench, pin)]
    assert faults == []


def faults_of(bench, pin):
    try:
        plan = bench.plan()
    except CompileFailed as failed:  # a pin that takes no wire
        yield "any wire", fault_in(bench, str(failed), 0)
        return
    pin_type = next((one.type for one in bench.inputs if one.name == pin), PinType.ANY)
    for name, value in {**HOSTILE, **LARGE.get(pin_type, {})}.items():
        event = value if pin == "the event" else {**bench.event(), pin: value}
        before = perf_counter()
        ended = finish(plan, event, host_of(bench.context), bench.context.get("answer"), LIMITS).ended
        if fault := fault_in(bench, message_of(bench, ended), perf_counter() - before):
            yield name, fault


def message_of(bench, ended):
    """The error that the node is answerable for; "" for none."""
    if ended.status is Status.COMPLETED or bench.node_type.type in OWN_WORDS or ended.error.type in LIMITS_OF_RUNS:
        return ""
    return ended.error.message


def fault_in(bench, message, seconds):
    """What is wrong with an error message ("" for none), or with the time it took."""
    if seconds > LONGEST_S:
        return f"took {seconds:.1f} s"
    if not message:
        return ""
    is_python = PYTHON.search(message) and bench.node_type.type not in SPEAK_PYTHON
    if len(message) > LONGEST_MESSAGE or is_python:
        return f"not for people: {message[: 2 * LONGEST_MESSAGE]}"
    return "" if names_a_pin(bench, message) else f"names no pin: {message}"


def names_a_pin(bench, message):
    labels = {pin.label for pin in (*bench.inputs, *bench.outputs, *bench.node_type.properties)}
    return any(re.search(rf"(?<!\w){re.escape(label)}(?!\w)", message, _flags(label)) for label in labels)


def _flags(label):
    """A label of one letter must stand as it is: “a” is in most sentences."""
    return re.IGNORECASE if len(label) > 1 else 0
