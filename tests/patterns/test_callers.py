"""What is said of a call whose callee has other pins than when the call was drawn."""

from typing import Any

import pytest

from patterns.compiler import check
from patterns.graph import Severity
from patterns.pins import Interface, declared_pins
from tests.graphs import graph, node

PRICE = {"p": Interface("Price", declared_pins(["Order", "Country"]), declared_pins(["Total"]))}


def warnings(drawing: Any) -> list[str]:
    problems = check(drawing, PRICE)
    return [one.message for one in problems if (one.code, one.severity) == ("INTERFACE_CHANGED", Severity.WARNING)]


def calling(*wires: str, **typed: Any) -> Any:
    return graph("start: OnStart", node("call", "CallPattern", {"pattern": "p"}, **typed), "log: Log", *wires)


def test_call_warns_of_typed_pins_that_are_gone_and_tells_the_new_ones() -> None:
    told = "“call”: the pins of “Price” have changed. There is no “customer” any more; not filled in yet: “Country”."
    assert warnings(calling("start > call", order={}, customer=7)) == [told]


def test_call_warns_of_wired_pins_that_are_gone() -> None:
    drawing = calling("start > call, call > log, call.sum > log.message, call.total > call.order", country="DE")
    assert warnings(drawing) == ["“call”: the pins of “Price” have changed. There is no “sum” any more."]


@pytest.mark.parametrize("typed", [{}, {"order": {}}, {"order": {}, "country": "DE"}])
def test_call_that_names_no_other_pins_is_not_warned_of(typed: Any) -> None:
    assert warnings(calling("start > call, call > log, call.total > log.message", **typed)) == []


@pytest.mark.parametrize("pattern", ["", "unknown", 7, [], None])
def test_call_of_nothing_is_an_error_and_no_warning(pattern: Any) -> None:
    drawing = graph("start: OnStart", node("call", "CallPattern", {"pattern": pattern}, customer=7))
    assert "INTERFACE_CHANGED" not in {one.code for one in check(drawing, PRICE)}
