"""Code: a few lines of Python, in a sandbox."""

from collections.abc import Mapping
from keyword import iskeyword
from typing import Annotated
from typing import Any as AnyValue

from dragops_site.jsontext import check_size
from patterns import sandbox
from patterns.context import NodeError, RunContext
from patterns.pins import Interfaces, Pin, Pins, declared_pins
from patterns.plain import plain
from patterns.registry import Editor, PinList, Rule, effect
from patterns.types import Any, PinType, Value, convert
from patterns.values import NO_ITEMS

UTILITY = "Utility"
INPUT, OUTPUT = "input", "output"
Source = Annotated[str, PinType.STRING, Editor("code"), Rule(sandbox.check)]


def _declared(properties: Mapping[str, Value], side: str) -> tuple[Pin, ...]:
    """The pins that Inputs or Outputs lists, each of which is a variable of the code."""
    try:
        pins = declared_pins(properties.get(side))
        for pin in pins:
            _check_name(pin)
    except ValueError as error:
        raise ValueError(f"{side.title()}: {error}") from None
    return pins


def _check_name(pin: Pin) -> None:
    if pin.name in (INPUT, OUTPUT):
        raise ValueError(f"“{pin.label}” is there already")
    if not pin.name.isascii() or not pin.name.isidentifier() or iskeyword(pin.name) or pin.name.startswith("__"):
        raise ValueError(f"“{pin.label}” cannot be the name of a variable")


def _pins(properties: Mapping[str, Value], interfaces: Interfaces) -> Pins:
    return Pins(_declared(properties, "inputs"), _declared(properties, "outputs"))


@effect(UTILITY, label="Code", output="Output", pins=_pins, acts=False)
def code(
    run: RunContext,
    input: Any = None,
    *values: AnyValue,
    code: Source = "output = input",
    inputs: PinList = NO_ITEMS,
    outputs: PinList = NO_ITEMS,
    names: tuple[str, ...] = (),
) -> Any:
    r"""Runs Python code in a sandbox: without files, network or environment, with limits on time and memory.

    The variable `input` holds Input. Output is the variable `output`; where the code sets none, the value of its last
    line, or of `return`. Inputs and Outputs declare further pins, each of which is the variable of its name. What is
    printed goes to the log. There are json, math, re, datetime, random, asyncio and a few more modules, but neither
    generators nor classes that inherit. Tuples and sets arrive as Arrays, dataclasses as Objects, times as ISO 8601.

    Example: Input [3, 4], Code "print(len(input))\noutput = sum(input)" → 7, log "2"
    """
    given = {INPUT: input, **dict(zip(names, values, strict=True))}
    _check_inputs(given, inputs)
    pins = declared_pins(outputs)
    read = [*([OUTPUT] if OUTPUT in code else []), *(pin.name for pin in pins)]
    ran = sandbox.run(code, given, read, _seconds(run))
    if ran.printed:
        run.log(ran.printed, "info")
    found = ran.variables.get(OUTPUT, sandbox.MISSING)
    result = _value("Output", ran.value if found is sandbox.MISSING else found)
    if not pins:
        return result
    return {OUTPUT: result, **{pin.name: _declared_value(pin, ran.variables[pin.name]) for pin in pins}}


def _seconds(run: RunContext) -> float:
    seconds = run.remaining()
    if seconds <= 0:
        raise NodeError("Code: the run's time limit is over.", "Timeout")
    return seconds


def _check_inputs(given: Mapping[str, Value], inputs: Value) -> None:
    labels = {INPUT: "Input", **{pin.name: pin.label for pin in declared_pins(inputs)}}
    for name, value in given.items():
        try:
            check_size(value)
        except ValueError as error:
            raise ValueError(f"{labels[name]}: {error}") from None


def _value(label: str, found: AnyValue) -> Value:
    try:
        return plain(found)
    except ValueError as error:
        raise ValueError(f"{label}: {error}") from None


def _declared_value(pin: Pin, found: AnyValue) -> Value:
    if found is sandbox.MISSING:
        raise ValueError(f"{pin.label}: the code sets no variable “{pin.name}”")
    value = _value(pin.label, found)
    try:
        return None if value is None else convert(value, pin.type)
    except ValueError as error:
        raise ValueError(f"{pin.label}: {error}") from None
