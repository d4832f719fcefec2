"""Flow control: each node is the Python control structure it stands for.

A generator yields the exit to run, alone or with outputs; the yield returns when that chain has come to its end, or
raises what ended it: a NodeError, or one of the signals Break, Continue, StopRun and TimedOut.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any as AnyValue

from dragops_site.jsontext import check_size
from patterns.context import (
    Break,
    Call,
    Continue,
    NodeError,
    RunContext,
    StopRun,
)
from patterns.pins import SELF
from patterns.registry import (
    REQUIRED,
    CaseList,
    Interfaces,
    LazyBoolean,
    PatternId,
    Pin,
    Pins,
    effect,
    exec_pin,
    flow,
)
from patterns.types import Any, Array, Boolean, Integer, Object, PinType, String, Value, to_string
from patterns.values import about

FLOW = "Flow Control"
MAX_EXITS = 100
Outputs = dict[str, Value]
Passes = Iterator[str | tuple[str, Outputs]]


@flow(FLOW, exits=("True", "False"))
def branch(condition: Boolean) -> str:
    """Goes on at True or at False.

    Example: Condition true → True
    """
    return "true" if condition else "false"


def _cases(value: Value) -> list[Value]:
    if not isinstance(value, list | tuple):
        raise ValueError("the cases are not a list")
    if len(value) > MAX_EXITS:
        raise ValueError(f"there are {len(value)} cases; the limit is {MAX_EXITS}")
    return [case.get("value") if isinstance(case, Mapping) else case for case in value]


def _case_pins(properties: Mapping[str, Value], interfaces: Interfaces) -> Pins:
    count = len(_cases(properties.get("cases", (0, 1, 2))))
    return Pins(outputs=(*(exec_pin(f"Case {i}") for i in range(count)), exec_pin("Default")))


@flow(FLOW, pins=_case_pins)
def switch(value: Any, *, cases: CaseList = (0, 1, 2)) -> str:
    """Goes on at the first case that Value matches, else at Default. Numbers match their text.

    Example: Value "b", Cases ["a", "b"] → Case 1
    """
    if isinstance(value, list | dict):
        return "default"
    with about("Value"):
        text = to_string(value)
    for position, case in enumerate(_cases(cases)):
        if to_string(case) == text:
            return f"case{position}"
    return "default"


def exit_count(value: Value) -> int:
    count = len(value) if isinstance(value, list) else value
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= MAX_EXITS:
        raise ValueError(f"the number of outputs must be between 1 and {MAX_EXITS}")
    return count


def _then_pins(properties: Mapping[str, Value], interfaces: Interfaces) -> Pins:
    return Pins(outputs=tuple(exec_pin(f"Then {i}") for i in range(exit_count(properties.get("outputs", 2)))))


@flow(FLOW, pins=_then_pins)
def sequence(*, outputs: Any = 2) -> Passes:
    """Runs the chain at each output to its end, one after the other.

    Example: Outputs 2 → Then 0, Then 1
    """
    for position in range(exit_count(outputs)):
        yield f"then{position}"


def _loop(passes: Iterable[Outputs]) -> Passes:
    """`body` once for each pass, heeding Break and Continue, then `completed`."""
    for outputs in passes:
        try:
            yield "body", outputs
        except Continue:
            continue
        except Break:
            break
    yield "completed"


@flow(FLOW, exits=("Body", "Completed"), outputs={"item": Any, "index": Integer})
def for_each(collection: Array) -> Passes:
    """Runs Body once for each item, with Item and Index (from 0), then Completed.

    Example: Collection ["a", "b"] → Body (Item "a", Index 0), Body (Item "b", Index 1), Completed
    """
    return _loop({"item": item, "index": index} for index, item in enumerate(collection))


@flow(FLOW, exits=("Body", "Completed"), outputs={"index": Integer})
def for_range(start: Integer = 0, end: Integer = REQUIRED, step: Integer = 1) -> Passes:
    """Runs Body for each whole number from Start up to, but without, End.

    Example: Start 0, End 3 → Body (Index 0), Body (Index 1), Body (Index 2), Completed
    """
    if step == 0:
        raise NodeError("Step is 0: the loop would never end.", "ValueError")
    return _loop({"index": index} for index in range(start, end, step))


@flow(FLOW, exits=("Body", "Completed"))
def while_(condition: LazyBoolean) -> Passes:
    """Runs Body as long as Condition, read again before each pass, is true; then Completed.

    Example: Condition false → Completed
    """
    return _loop(_while_true(condition))


def _while_true(condition: Callable[[], bool]) -> Iterator[Outputs]:
    while condition():
        yield {}


@flow(FLOW, label="Break")
def break_() -> None:
    """Ends the nearest enclosing loop; it goes on at Completed.

    Example: loop ["a", "b", "c"]; → passes 1
    """
    raise Break


@flow(FLOW, label="Continue")
def continue_() -> None:
    """Goes on with the next pass of the nearest enclosing loop.

    Example: loop ["a", "b", "c"]; → passes 3
    """
    raise Continue


@flow(FLOW, exits=("Pass",))
def filter_guard(condition: Boolean) -> str | None:
    """Goes on at Pass if Condition is true, else ends this chain quietly.

    Example: Condition true → Pass
    """
    return "pass" if condition else None


@flow(FLOW, label="Try / Catch", exits=("Try", "Catch", "Finally"), outputs={"error": Object})
def try_catch() -> Passes:
    """Runs Try; if a node in it fails, Catch with the Error; and in any case Finally.

    Error holds message, type, nodeId and nodeName.

    Example: fails {"Try": 1}; → Try, Catch, Finally
    """
    # No `finally` clause: a run that is dropped closes its generators, and a generator may not yield while closing.
    pending: Exception | None = None
    try:
        yield "try"
    except NodeError as error:
        try:
            yield "catch", {"error": error.as_value()}
        except Exception as raised:
            if isinstance(raised, NodeError):
                raised.roots = error.roots  # what Catch made of it: a further attempt goes on where it came from
            pending = raised
    except Exception as signal:
        pending = signal
    yield "finally"
    if pending is not None:
        raise pending


@flow(FLOW)
def throw_error(message: String, type: String = "Error", retryable: Boolean = False) -> None:
    """Fails with an error of your own, for Try / Catch, On Error, the caller, or the end of the run.

    Example: Message "no such order", Type "NotFound" → error "no such order"
    """
    raise NodeError(message, type, retryable)


@flow(FLOW)
def stop(result: Any = None) -> None:
    """Ends the run as completed, with this result.

    Example: Result {"ok": true} → result {"ok": true}
    """
    raise StopRun(result)


def _callee_pins(properties: Mapping[str, Value], interfaces: Interfaces) -> Pins:
    target = properties.get("pattern")
    if not target:
        raise ValueError("no pattern is chosen to be called")
    if not isinstance(target, str) or target not in interfaces:
        raise ValueError("the pattern to be called does not exist, or has no On Pattern Call node")
    called = interfaces[target]
    return Pins(called.inputs, (*called.outputs, Pin("executionId", "Execution Id", PinType.STRING)))


@effect(FLOW, pins=_callee_pins, acts=False, blocks=False)
def call_pattern(*values: AnyValue, pattern: PatternId = "", names: tuple[str, ...] = ()) -> Call:
    """Runs another pattern and waits for its result; its inputs and outputs are the pins here.

    An error of the called run is raised here.

    Example: answer {"total": 19.8}; Pattern "price-order", Order {"items": 2} → Total 19.8
    """
    inputs = dict(zip(names, values, strict=True))
    for name, value in inputs.items():
        with about(name):
            check_size(value)
    return Call(pattern, inputs)


def _answer_pins(properties: Mapping[str, Value], interfaces: Interfaces) -> Pins:
    return Pins(inputs=interfaces[SELF].outputs if SELF in interfaces else ())


@flow(FLOW, label="Respond With", pins=_answer_pins)
def respond_with(run: RunContext, *values: AnyValue, names: tuple[str, ...] = ()) -> None:
    """Hands the declared outputs of On Pattern Call back to the caller.

    Example: Total 19.8 → result {"total": 19.8}
    """
    run.respond_with(dict(zip(names, values, strict=True)))
