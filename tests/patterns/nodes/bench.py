"""One node on a bench: drawn into a graph as its example has it, fed through wires, run by the compiler and engine.

          ┌ in ┐        ┌ every exit, or what follows: a Log that shows all outputs
start ────┤node├────────┤
          └────┘
"""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from time import time
from typing import Any

from dragops_site import jsontext
from executions.engine import Ended, Limits, Run, Waiting
from executions.journal import Entry, Journal, Outcome
from patterns.compiler import compile_graph
from patterns.context import Call, Environment, ExecutionInfo, Listen, Sleep
from patterns.pins import Interface, Pin, Pins
from patterns.plan import Plan
from patterns.registry import Kind, NodeType
from patterns.types import PinType, type_of
from tests.executions.running import Host
from tests.graphs import graph, node, variable
from tests.patterns.nodes.calling import Memory

INFO = ExecutionInfo("e1", "p1", "Order intake", 3, 1, "live", "webhook")
FAILURES = "failures so far"


@dataclass
class Bench:
    """A node type at the values of its example: `given` through wires, `typed` and `properties` in the node.

    Pins that may decide on others, as the template of Format does, are typed.
    """

    node_type: NodeType
    given: dict[str, Any] = field(default_factory=dict)
    is_shown: bool = True  # else what it gives is read, and no more
    typed: dict[str, Any] = field(default_factory=dict)
    properties: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        pins = {pin.name for pin in self.node_type.inputs}
        properties = {prop.name for prop in self.node_type.properties} - pins
        typed = pins if self.node_type.pin_rule else ()
        for name, value in self.node_type.example.given.items():
            place = self.properties if name in properties else self.typed if name in typed else self.given
            place[name] = unpacked(value)

    @property
    def context(self) -> Mapping[str, Any]:
        return self.node_type.example.context

    @property
    def is_flow(self) -> bool:
        return self.node_type.kind is Kind.FLOW and not self.node_type.is_effect

    @property
    def callee(self) -> dict[str, Interface]:
        """A pattern that takes and gives what the example says, where the node calls one."""
        target = self.properties.get("pattern")
        outputs = self.node_type.example.shown.outputs
        return {target: Interface(target, any_pins(self.given), any_pins(outputs))} if target else {}

    @property
    def pins(self) -> Pins:
        declared = {"": Interface("", (), any_pins(self.given))}
        return self.node_type.pins({**self.typed, **self.properties}, {**self.callee, **declared})

    @property
    def inputs(self) -> list[Pin]:
        return [pin for pin in self.pins.inputs if pin.type is not PinType.EXEC]

    @property
    def outputs(self) -> list[Pin]:
        return [pin for pin in self.pins.outputs if pin.type is not PinType.EXEC]

    @property
    def exits(self) -> list[str]:
        return [pin.name for pin in self.pins.outputs if pin.type is PinType.EXEC]

    def plan(self) -> Plan:
        return compile_graph(self.drawn(), self.callee)

    def drawn(self) -> dict[str, Any]:
        if self.node_type.type == "OnError":
            return self._drawn_handler()
        if self.node_type.kind is Kind.EVENT:
            parts = [self._node(), *self._log("shown"), "n > shown"]
            return graph(*filter(None, parts))
        parts = [*self._source(), self._node(), *self._around()]
        return graph(*filter(None, parts), variables=self._variables())

    def event(self) -> Any:
        return {**self.context.get("trigger", {}), **self.given}

    def _node(self) -> dict[str, Any]:
        return node("n", self.node_type.type, self.properties, **self.typed)

    def _drawn_handler(self) -> dict[str, Any]:
        boom = node("n2", "ThrowError", **self.event())
        boom["data"]["label"] = "Find Order"
        parts = ["start: OnStart", boom, self._node(), *self._log("shown"), "start > n2, n > shown"]
        return graph(*filter(None, parts))

    def _source(self) -> tuple[dict[str, Any], str]:
        """The arguments of a call, each by a wire of its own."""
        taken = [{"name": name, "type": "Any"} for name in self.given]
        answered = taken if self.node_type.type == "RespondWith" else []
        start = node("start", "OnPatternCall", {"inputs": taken, "outputs": answered})
        return start, ", ".join(f"start.{name} > n.{name}" for name in self.given)

    def _around(self) -> Iterator[Any]:
        if "loop" in self.context:
            yield node("loop", "ForEach", collection=self.context["loop"])
            yield node("pass", "Log", message="pass")
            yield "start > loop, loop.body > pass, pass > n"
        elif not self.node_type.is_pure:
            yield "start > n"
        if self.is_flow:
            for name in self.exits:
                yield from self._log(name)
                yield f"n.{name} > {name}"
                yield from self._failing(name) if self.is_shown else ()
        elif self.outputs or not self.node_type.is_pure:
            yield from self._log("shown")
            yield "start > shown" if self.node_type.is_pure else "n > shown"

    def _failing(self, name: str) -> Iterator[Any]:
        times = {key.lower(): count for key, count in self.context.get("fails", {}).items()}.get(name)
        if times:
            yield node(f"count_{name}", "IncrementVariable", name=FAILURES)
            yield node(f"few_{name}", "LessOrEqual", b=times)
            yield node(f"gate_{name}", "Branch")
            yield node(f"boom_{name}", "ThrowError", message="no such order")
            yield f"{name} > count_{name}, count_{name} > gate_{name}, gate_{name}.true > boom_{name}"
            yield f"count_{name}.newValue > few_{name}.a, few_{name}.result > gate_{name}.condition"

    def _log(self, name: str) -> Iterator[Any]:
        """A Log of one Object that holds every output, or a node that only reads one."""
        if not self.is_shown:
            yield node(name, "Stop")
            yield f"n.{self.outputs[0].name} > {name}.result" if self.outputs else ""
            return
        places = {pin.name: f"o{place}" for place, pin in enumerate(self.outputs)}
        yield node(f"all_{name}", "MakeObjectFromKeys", {"keys": list(places.values())})
        yield node(name, "Log")
        wires = [f"n.{output} > all_{name}.{place}" for output, place in places.items()]
        yield ", ".join([*wires, f"all_{name}.object > {name}.message"])

    def _variables(self) -> list[dict[str, Any]]:
        declared = {**self.context.get("variables", {}), **({FAILURES: 0} if "fails" in self.context else {})}
        return [variable(name, type_of(value).value, value) for name, value in declared.items()]


@dataclass
class Finished:
    """A run that has come to its end, with what it was made to wait for answered at once."""

    run: Run
    host: Host
    ended: Ended
    waited: list[float]

    entries: list[Entry]

    def logged(self, outputs: list[str]) -> list[tuple[str, dict[str, Any]]]:
        """The Logs behind the node that were reached, in order, with the outputs that they showed."""
        shown = [(entry.node_name, json.loads(entry.message)) for entry in self.entries if entry.message[:1] == "{"]
        return [(name, {output: all[f"o{at}"] for at, output in enumerate(outputs)}) for name, all in shown]

    def messages(self, name: str) -> list[str]:
        """What a Log of this name has said."""
        return [entry.message for entry in self.entries if entry.node_name == name and entry.message]


def host_of(context: Mapping[str, Any]) -> Host:
    environment = Environment("production", context.get("environment", {}), context.get("secrets", {}))
    return Host(given=environment, kept=Memory(**context.get("state", {})))


def finish(plan: Plan, event: Any, host: Host, answer: Any = None, limits: Limits | None = None) -> Finished:
    """Run to the end, answering calls and requests with `answer`, and waits at once."""
    run, waited = Run(plan, event, INFO, Journal(), host, limits or Limits()), []
    state = run.advance()
    while isinstance(state, Waiting):
        for asked in state.asked:
            if isinstance(asked.request, Sleep) and asked.due is not None:
                waited.append(asked.due - time())
            run.answer(asked, _reply(asked, answer))
        state = run.advance()
    assert isinstance(state, Ended)
    return Finished(run, host, state, waited, run.journal.take())


def _reply(asked: Any, answer: Any) -> Any:
    if isinstance(asked.request, Call):
        return Outcome(asked.node_id, {**(answer or {}), "executionId": "e2"}, is_effect=True)
    return answer if isinstance(asked.request, Listen) else None


def any_pins(names: Any) -> tuple[Pin, ...]:
    return tuple(Pin(name, name, PinType.ANY) for name in names)


def unpacked(value: Any) -> Any:
    """A value of an example, with bytes for their JSON form."""
    if isinstance(value, dict):
        if value.keys() == {jsontext.BINARY_KEY}:
            return base64.b64decode(value[jsontext.BINARY_KEY])
        return {key: unpacked(item) for key, item in value.items()}
    return [unpacked(item) for item in value] if isinstance(value, list) else value
