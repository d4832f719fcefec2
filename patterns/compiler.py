"""Compiles a checked graph into a plan. Types, conversions, defaults and constants are settled here, once."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from patterns.bindings import Binding
from patterns.checker import Checked, called_patterns, check_graph, declared_interface, pure_sources
from patterns.context import RunContext
from patterns.graph import CompileFailed, Node, Problem
from patterns.pins import Interfaces, Pin
from patterns.plan import RUN_SLOT, Op, Place, Plan, Step, Values, evaluate, reader
from patterns.registry import Kind
from patterns.rehearsal import LIVE, Rehearsal, rehearsal_of
from patterns.types import OPEN, ConversionError, PinType, Value, convert, needs_conversion

NO_INTERFACES: Interfaces = {}


def check(graph: Any, interfaces: Interfaces = NO_INTERFACES) -> list[Problem]:
    """All errors and warnings of stored graph data; never raises."""
    return check_graph(graph, interfaces).problems


def compile_graph(graph: Any, interfaces: Interfaces = NO_INTERFACES) -> Plan:
    """The plan of stored graph data. Raises CompileFailed with every problem, warnings included.

    Of a graph that is for a test the plan is that of the rehearsal (`patterns.rehearsal`).
    """
    checked = check_graph(graph, interfaces)
    if checked.errors or checked.trigger is None:
        raise CompileFailed(checked.problems)
    return _Compiler(checked, rehearsal_of(checked, graph)).plan(checked.trigger)


def response_mode(checked: Checked, trigger: Node) -> str:
    """How the trigger's webhook answers; where nobody chose, by whether the graph has an answer of its own."""
    if trigger.type != "OnWebhook":
        return ""
    chosen = checked.settings[trigger.id].get("response_mode")
    has_response = any(node.type == "RespondToWebhook" for node in checked.graph.nodes.values())
    return str(chosen or ("responseNode" if has_response else "immediate"))


@dataclass(frozen=True)
class Reading:
    """How one pin comes to its value: evaluate `ops`, then look into `slot`."""

    nodes: list[Node]  # pure nodes that are evaluated
    ops: list[Op]
    slot: int
    values: Values


def reading(checked: Checked, rehearsal: Rehearsal, node_id: str, pin: Pin) -> Reading:
    """The part of the plan that one pin needs. The graph may have errors elsewhere, which the caller looks for."""
    compiler = _Compiler(checked, rehearsal)
    return compiler.reading(checked.graph.nodes[node_id], pin)


class _Compiler:
    def __init__(self, checked: Checked, rehearsal: Rehearsal = LIVE) -> None:
        self.checked = checked
        self.rehearsal = rehearsal
        self.values: Values = [None]  # slot 0: the run
        self.slots: dict[tuple[str, str], int] = {}  # of outputs
        self.evaluations: dict[str, list[Op]] = {}  # of pure nodes

    def plan(self, trigger: Node) -> Plan:
        self._place_outputs()
        impure = [n for n in self.checked.graph.nodes.values() if not self.checked.types[n.id].is_pure]
        steps = {node.id: self._step(node) for node in impure}
        for node in impure:
            self._link(node, steps)
        if self.rehearsal.start_at in steps:
            steps[trigger.id].then = steps[self.rehearsal.start_at]
        handler = self.checked.on_error
        return Plan(
            trigger=trigger,
            start=steps[trigger.id],
            on_error=steps[handler.id] if handler else None,
            template=self.values,
            variables=self.checked.graph.variables,
            response_mode=response_mode(self.checked, trigger),
            size=len(impure),
        )

    def reading(self, node: Node, pin: Pin) -> Reading:
        self._place_outputs()
        nodes = self._pure_order(node.id, [pin])
        last, slot = self._input(node, pin)
        return Reading(nodes, [*(op for one in nodes for op in self._evaluation(one)), *last], slot, self.values)

    def _place_outputs(self) -> None:
        """Give every data output a slot; literals are settled at once."""
        for node in self.checked.graph.nodes.values():
            for pin in self._data_outputs(node.id):
                self.slots[node.id, pin.name] = self._new_slot(None)
            if node.id in self.checked.literals:
                self.values[self.slots[node.id, "value"]] = self.checked.literals[node.id]
        for known in (self.rehearsal.given, self.rehearsal.pinned):
            for node_id, outputs in known.items():
                for name, value in outputs.items():
                    self.values[self.slots[node_id, name]] = value

    def _step(self, node: Node) -> Step:
        if node.id in self.rehearsal.pinned:
            return self._pinned_step(node)
        node_type = self.checked.types[node.id]
        pins = list(self.checked.data_inputs(node.id))
        ops, slots = self._inputs(node, pins)
        names = tuple(pin.name for pin in self._data_outputs(node.id))
        return Step(
            node_id=node.id,
            name=node.label,
            type=node.type,
            function=self._function(node),
            ops=ops,
            read=reader(self._with_run(node, slots)),
            input_names=tuple(pin.name for pin in pins),
            hidden=int(node_type.takes_run),
            place=self._place(node.id),
            slots={name: self.slots[node.id, name] for name in names},
            by_name=len(names) > sum(pin.type is not PinType.EXEC for pin in node_type.outputs),
            is_flow=node_type.kind is Kind.FLOW and not node_type.is_effect,
            is_effect=node_type.is_effect,
            acts=node_type.acts,
            blocks=node_type.blocks,
        )

    def _pinned_step(self, node: Node) -> Step:
        """Does nothing: what the node would give stands in its slots already."""
        slots = {pin.name: self.slots[node.id, pin.name] for pin in self._data_outputs(node.id)}
        read = reader([RUN_SLOT])
        return Step(node.id, node.label, node.type, _say_pinned, read=read, hidden=1, slots=slots)

    def _link(self, node: Node, steps: dict[str, Step]) -> None:
        step = steps[node.id]
        for pin in self.checked.pins[node.id].outputs:
            targets = [steps[target] for target in self.checked.exits.get((node.id, pin.name), ())]
            if targets:
                step.exits[pin.name] = targets[0] if len(targets) == 1 else _fork(step, targets)
        if node.id in self.rehearsal.pinned:
            step.then = next(iter(step.exits.values()), None)  # whatever its one exit is called
        elif not step.is_flow:
            step.then = step.exits.get("exec")

    def _inputs(self, node: Node, pins: Iterable[Pin]) -> tuple[tuple[Op, ...], list[int]]:
        """The evaluations that come before a step, each pure node once, and the slots of its arguments."""
        pins = list(pins)
        eager = [pin for pin in pins if not pin.lazy]
        ops: list[Op] = [op for source in self._pure_order(node.id, eager) for op in self._evaluation(source)]
        slots = []
        for pin in pins:
            pin_ops, slot = self._lazy(node, pin) if pin.lazy else self._input(node, pin)
            ops += pin_ops
            slots.append(slot)
        return tuple(ops), slots

    def _pure_order(self, node_id: str, pins: Iterable[Pin]) -> list[Node]:
        """The pure nodes that feed these pins, sources before what they feed; literals are settled already."""
        order: list[Node] = []
        seen: set[str] = set()
        path = [pure_sources(self.checked, node_id, pins)]
        names = [node_id]
        while path:
            edge = next(path[-1], None)
            if edge is None:
                path.pop()
                done = names.pop()
                if path and self.checked.types[done].category != "Literals":
                    order.append(self.checked.graph.nodes[done])
            elif edge.source not in seen and edge.source not in self.rehearsal.pinned:
                seen.add(edge.source)
                names.append(edge.source)
                path.append(pure_sources(self.checked, edge.source))
        return order

    def _evaluation(self, node: Node) -> list[Op]:
        """A pure node with the conversions of its inputs; the same for every step, which evaluates it anew."""
        if node.id not in self.evaluations:
            self.evaluations[node.id] = self._new_evaluation(node)
        return self.evaluations[node.id]

    def _new_evaluation(self, node: Node) -> list[Op]:
        ops: list[Op] = []
        slots: list[int] = []
        for pin in self.checked.data_inputs(node.id):
            pin_ops, slot = self._input(node, pin)
            ops += pin_ops
            slots.append(slot)
        return [*ops, self._op(node, slots)]

    def _op(self, node: Node, slots: Iterable[int] = ()) -> Op:
        node_type = self.checked.types[node.id]
        function = self._function(node)
        return Op(
            node_id=node.id,
            name=node.label,
            function=_recorded(node.id, function, node_type.takes_run) if node_type.is_volatile else function,
            read=reader(self._with_run(node, slots)),
            place=self._place(node.id),
            input_names=tuple(pin.name for pin in self.checked.data_inputs(node.id)),
            hidden=int(node_type.takes_run or node_type.is_volatile),
        )

    def _input(self, node: Node, pin: Pin) -> tuple[list[Op], int]:
        """The slot of an input's value, and the conversion into it where the wire needs one."""
        edge = self.checked.wired.get((node.id, pin.name))
        if edge is None:
            return self._unwired(node, pin)
        if edge.source in self.checked.literals:
            value = self.checked.literals[edge.source]
            return [], self._new_slot(value if pin.loose else convert(value, pin.type))
        source = self.checked.output_pin(edge.source, edge.source_pin)
        slot = self.slots[edge.source, edge.source_pin]
        if source is None or pin.loose or not self._must_convert(edge.source, source, pin):
            return [], slot
        return [self._conversion(node, pin, slot, converted := self._new_slot(None))], converted

    def _unwired(self, node: Node, pin: Pin) -> tuple[list[Op], int]:
        """A constant, or what an expression comes to."""
        binding = self.checked.bindings.get((node.id, pin.name))
        if binding is None:
            return [], self._new_slot(self.checked.constants.get((node.id, pin.name)))
        read = self.checked.references[node.id, pin.name]
        slots = [RUN_SLOT, *(self.slots[one.node_id, one.pin] for one in read)]
        function = partial(_fill, binding, [(one.label, one.pin) for one in read])
        target = self._new_slot(None)
        return [Op(node.id, node.label, function, reader(slots), target, (), hidden=len(slots))], target

    def _must_convert(self, source_id: str, source: Pin, target: Pin) -> bool:
        """Of a pure node the type says what comes. Any other may not have run, or hand on what an event brought."""
        if self.checked.types[source_id].is_pure:
            return needs_conversion(source.type, target.type)
        return target.type not in OPEN

    def _conversion(self, node: Node, pin: Pin, source: int, target: int) -> Op:
        function = partial(_convert_input, pin)
        return Op(node.id, node.label, function, reader([source]), target, (pin.name,))

    def _lazy(self, node: Node, pin: Pin) -> tuple[list[Op], int]:
        """An input that is a function: each call evaluates what feeds the pin anew."""
        sources = self._pure_order(node.id, [pin])
        ops = [op for source in sources for op in self._evaluation(source)]
        last, slot = self._input(node, pin)
        target = self._new_slot(None)
        function = partial(_reader_of, (*ops, *last), slot)
        return [Op(node.id, node.label, function, reader([RUN_SLOT]), target, (), hidden=1)], target

    def _function(self, node: Node) -> Callable[..., Any]:
        """The node's function with its properties bound."""
        node_type = self.checked.types[node.id]
        bound: dict[str, Value] = dict(self.checked.settings[node.id])
        if node_type.names_extra:
            fixed = {pin.name for pin in node_type.inputs}
            bound["names"] = tuple(p.name for p in self.checked.data_inputs(node.id) if p.name not in fixed)
        return partial(node_type.function, **bound) if bound else node_type.function

    def _with_run(self, node: Node, slots: Iterable[int]) -> list[int]:
        node_type = self.checked.types[node.id]
        return [*([RUN_SLOT] if node_type.takes_run or node_type.is_volatile else []), *slots]

    def _data_outputs(self, node_id: str) -> list[Pin]:
        return [pin for pin in self.checked.pins[node_id].outputs if pin.type is not PinType.EXEC]

    def _place(self, node_id: str) -> Place:
        """Slots of one node's outputs stand side by side, so that one assignment stores them all."""
        slots = [self.slots[node_id, pin.name] for pin in self._data_outputs(node_id)]
        if len(slots) > 1:
            return slice(slots[0], slots[-1] + 1)
        return slots[0] if slots else None

    def _new_slot(self, value: Value) -> int:
        self.values.append(value)
        return len(self.values) - 1


def _say_pinned(run: RunContext) -> None:
    run.log("Pinned data, not run.", "debug")


def _convert_input(pin: Pin, value: Value) -> Value:
    try:
        return convert(value, pin.type)
    except ConversionError as error:
        raise ConversionError(f"{pin.label}: {error}") from None


def _fill(binding: Binding, read: list[tuple[str, str]], run: RunContext, *values: Value) -> Value:
    outputs: dict[str, dict[str, Value]] = {}
    for (label, pin), value in zip(read, values, strict=True):
        outputs.setdefault(label, {})[pin] = value
    try:
        return binding.fill(run, outputs)
    except ValueError as error:
        raise ConversionError(f"{binding.pin.label}: {error}") from None


def _reader_of(ops: tuple[Op, ...], slot: int, run: Any) -> Callable[[], Value]:
    def read() -> Value:
        evaluate(ops, run.values)
        return run.values[slot]

    return read


def _recorded(node_id: str, function: Callable[..., Any], takes_run: bool) -> Callable[..., Any]:
    """A volatile function: its value is kept in the journal, and a replay gets the same again."""

    def read_or_make(run: RunContext, *args: Any) -> Value:
        return run.volatile(node_id, lambda: function(*((run,) if takes_run else ()), *args))

    return read_or_make


def _fork(step: Step, targets: list[Step]) -> Step:
    """Several wires from one exec output: each runs to its end, in the order drawn."""
    names = [str(position) for position in range(len(targets))]
    exits = dict(zip(names, targets, strict=True))
    return Step(step.node_id, step.name, step.type, partial(_each, names), is_flow=True, is_silent=True, exits=exits)


def _each(names: list[str]) -> Iterator[str]:
    yield from names


__all__ = ["called_patterns", "check", "compile_graph", "declared_interface"]
