"""Everything that can be wrong with a graph, found at once; what is right is kept for the compiler.

The rules are those of the graph: which wires are legal, what a pin needs, which nodes may start a run.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from dragops_site import jsontext
from patterns import registry
from patterns.bindings import Binding, bind, is_bound
from patterns.callers import check_interfaces
from patterns.context import initial_value
from patterns.expressions import BadExpression, Expression, formula, is_key_path
from patterns.graph import Edge, Graph, Node, Problem, Severity, parse
from patterns.pins import SELF, Formula, Interface, Interfaces, Pin, Pins, declared_pins
from patterns.registry import Kind, NodeType, Property
from patterns.rehearsal import check_pinned
from patterns.surroundings import NAMES
from patterns.types import ConversionError, PinType, Value, convert, is_legal_wire

NodePin = tuple[str, str]  # node id, pin name


@dataclass(frozen=True)
class Reference:
    """An output that an expression reads by the label of its node."""

    label: str
    node_id: str
    pin: str


@dataclass
class Checked:
    """A graph with everything the compiler needs to know of it, and the problems found on the way."""

    graph: Graph
    problems: list[Problem]
    interfaces: Interfaces = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)  # nodes of no known type; their wires are not faults of their own
    types: dict[str, NodeType] = field(default_factory=dict)
    pins: dict[str, Pins] = field(default_factory=dict)
    settings: dict[str, dict[str, Value]] = field(default_factory=dict)
    wired: dict[NodePin, Edge] = field(default_factory=dict)  # the wire into a data input
    exits: dict[NodePin, list[str]] = field(default_factory=dict)  # the nodes an exec output runs, in order
    constants: dict[NodePin, Value] = field(default_factory=dict)  # of unwired inputs
    literals: dict[str, Value] = field(default_factory=dict)  # what the literal nodes stand for
    bindings: dict[NodePin, Binding] = field(default_factory=dict)  # of unwired inputs with expressions
    references: dict[NodePin, list[Reference]] = field(default_factory=dict)  # the outputs that those read
    trigger: Node | None = None
    on_error: Node | None = None

    @property
    def errors(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.severity is Severity.ERROR]

    @cached_property
    def ids_by_label(self) -> dict[str, list[str]]:
        """Of the nodes whose type is known: not to be asked for before that is settled."""
        found: dict[str, list[str]] = {}
        for node in self.graph.nodes.values():
            found.setdefault(node.label, []).append(node.id)
        return found

    def report(self, code: str, message: str, **where: Any) -> None:
        self.problems.append(Problem(code, message, **where))

    def input_pin(self, node_id: str, name: str) -> Pin | None:
        return _find(self.pins[node_id].inputs, name)

    def output_pin(self, node_id: str, name: str) -> Pin | None:
        return _find(self.pins[node_id].outputs, name)

    def data_inputs(self, node_id: str) -> Iterator[Pin]:
        return (pin for pin in self.pins[node_id].inputs if pin.type is not PinType.EXEC)


def check_graph(data: Any, interfaces: Interfaces) -> Checked:
    """Check stored graph data against the library and the interfaces of the patterns that it calls."""
    graph, problems = parse(data)
    own = _own_interface(graph)
    checked = Checked(graph, problems, {**interfaces, **({SELF: own} if own else {})})
    for check in _CHECKS:
        check(checked)
    return checked


def declared_interface(data: Any, name: str) -> Interface | None:
    """What a pattern offers to Call Pattern; None where it has no readable On Pattern Call node."""
    interface = _own_interface(parse(data)[0])
    return interface and Interface(name, interface.inputs, interface.outputs)


def called_patterns(data: Any) -> set[str]:
    """The ids of the patterns that the graph's Call Pattern nodes name."""
    nodes = parse(data)[0].nodes.values()
    targets = (node.properties.get("pattern") for node in nodes if node.type == "CallPattern")
    return {target for target in targets if isinstance(target, str) and target}


def _own_interface(graph: Graph) -> Interface | None:
    for node in graph.nodes.values():
        if node.type == "OnPatternCall":
            try:
                declared = declared_pins(node.properties.get("inputs")), declared_pins(node.properties.get("outputs"))
            except ValueError:
                return None
            return Interface("", *declared)
    return None


def _check_nodes(checked: Checked) -> None:
    for node in list(checked.graph.nodes.values()):
        try:
            checked.types[node.id] = registry.get(node.type)
        except registry.UnknownNode:
            checked.report("UNKNOWN_NODE", f"There is no node type “{node.type}”.", node_id=node.id)
            checked.unknown.add(node.id)
            del checked.graph.nodes[node.id]


def _check_settings(checked: Checked) -> None:
    for node in checked.graph.nodes.values():
        node_type = checked.types[node.id]
        given = {**node.defaults, **node.properties}
        checked.settings[node.id] = {
            node_type.python_names[prop.name]: _setting(checked, node, prop, given.get(prop.name))
            for prop in node_type.properties
            if prop.rule or given.get(prop.name) is not None
        }
        try:
            checked.pins[node.id] = node_type.pins(given, checked.interfaces)
        except ValueError as error:
            code = "BAD_CALL" if node.type == "CallPattern" else "BAD_PROPERTY"
            checked.report(code, f"{node.label}: {error}.", node_id=node.id)
            checked.pins[node.id] = Pins(node_type.inputs, node_type.outputs)


def _setting(checked: Checked, node: Node, prop: Property, value: Value) -> Value:
    try:
        given = prop.default if value is None else value
        found = given if prop.type is PinType.ARRAY else convert(given, prop.type)
        _check_choice(found, prop.choices)
        if prop.rule:
            prop.rule(found)
    except ValueError as error:
        checked.report("BAD_PROPERTY", f"{node.label}, {prop.label}: {error}.", node_id=node.id, pin=prop.name)
        return prop.default
    return found


def _check_choice(value: Value, choices: tuple[str, ...]) -> None:
    if choices and value not in choices:
        raise ValueError(f"“{value}” is none of {', '.join(choice for choice in choices if choice)}")


def _check_literals(checked: Checked) -> None:
    """A literal stands for the same value in every run."""
    for node in checked.graph.nodes.values():
        node_type = checked.types[node.id]
        if node_type.category == "Literals":
            try:
                checked.literals[node.id] = node_type.function(**checked.settings[node.id])
            except ValueError as error:
                checked.report("BAD_VALUE", f"“{node.label}”: {error}.", node_id=node.id, pin="value")


def _check_triggers(checked: Checked) -> None:
    events = [node for node in checked.graph.nodes.values() if checked.types[node.id].kind is Kind.EVENT]
    handlers = [node for node in events if node.type == "OnError"]
    triggers = [node for node in events if node.type != "OnError"]
    checked.trigger = next(iter(triggers), None)
    checked.on_error = next(iter(handlers), None)
    if not triggers:
        checked.report("NO_TRIGGER", "The pattern has no trigger node: nothing can start it.")
    for node in triggers[1:]:
        checked.report("TWO_TRIGGERS", f"“{node.label}” is a second trigger node.", node_id=node.id)
    for node in handlers[1:]:
        checked.report("TWO_ERROR_HANDLERS", f"“{node.label}” is a second On Error node.", node_id=node.id)


def _check_wires(checked: Checked) -> None:
    for edge in checked.graph.edges:
        source = _end(checked, edge, edge.source, edge.source_pin, "output")
        target = _end(checked, edge, edge.target, edge.target_pin, "input")
        if source and target:
            _connect(checked, edge, source, target)


def _end(checked: Checked, edge: Edge, node_id: str, pin_name: str, side: str) -> Pin | None:
    if node_id in checked.unknown:
        return None
    if node_id not in checked.graph.nodes:
        checked.report("UNKNOWN_NODE", f"A wire leads to no node: “{node_id}”.", edge_id=edge.id)
        return None
    find = checked.output_pin if side == "output" else checked.input_pin
    pin = find(node_id, pin_name)
    if pin is None:
        label = checked.graph.nodes[node_id].label
        message = f"“{label}” has no {side} pin “{pin_name}”."
        checked.report("UNKNOWN_PIN", message, node_id=node_id, pin=pin_name, edge_id=edge.id)
    return pin


def _connect(checked: Checked, edge: Edge, source: Pin, target: Pin) -> None:
    end = (edge.target, edge.target_pin)
    where = {"node_id": edge.target, "pin": edge.target_pin, "edge_id": edge.id}
    label = checked.graph.nodes[edge.target].label
    if not is_legal_wire(source.type, target.type):
        message = f"“{label}”, {target.label}: a wire from {source.type} to {target.type} is not legal."
        checked.report("ILLEGAL_WIRE", message, **where)
    elif target.type is PinType.EXEC:
        checked.exits.setdefault((edge.source, edge.source_pin), []).append(edge.target)
    elif end in checked.wired:
        checked.report("TWO_WIRES", f"“{label}”, {target.label}: a data input takes one wire, not two.", **where)
    else:
        checked.wired[end] = edge
        if edge.source in checked.literals and not target.loose:
            _check_conversion(checked, checked.literals[edge.source], target, label, where)


def _check_conversion(checked: Checked, value: Value, target: Pin, label: str, where: dict[str, str]) -> None:
    try:
        convert(value, target.type)
    except ConversionError as error:
        checked.report("BAD_VALUE", f"“{label}”, {target.label}: {error}.", **where)


def _check_inputs(checked: Checked) -> None:
    for node in checked.graph.nodes.values():
        for pin in checked.data_inputs(node.id):
            if (node.id, pin.name) not in checked.wired:
                _check_unwired(checked, node, pin)


def _check_unwired(checked: Checked, node: Node, pin: Pin) -> None:
    typed = node.defaults.get(pin.name)
    where = {"node_id": node.id, "pin": pin.name}
    if typed is None and pin.required and pin.type is not PinType.NULL:
        checked.report("UNWIRED_PIN", f"“{node.label}”, {pin.label}: needs a wire or a value.", **where)
        return
    try:
        if typed is not None and is_bound(pin, typed):
            _bind(checked, node, pin, typed)
            return
        value = pin.default if typed is None else _typed_value(pin, typed)
        if pin.formula and _is_formula(pin.formula, value):
            _check_formula(pin.formula, value)
        checked.constants[node.id, pin.name] = value
    except BadExpression as error:
        checked.report("BAD_EXPRESSION", f"“{node.label}”, {pin.label}: {error}.", **where)
    except ValueError as error:
        checked.report("BAD_VALUE", f"“{node.label}”, {pin.label}: {error}.", **where)


def _bind(checked: Checked, node: Node, pin: Pin, typed: Value) -> None:
    binding = bind(pin, typed)
    checked.references[node.id, pin.name] = [_referred(checked, *found) for found in binding.references()]
    checked.bindings[node.id, pin.name] = binding


def _referred(checked: Checked, label: str, pin_name: str) -> Reference:
    """The output that an expression names. Raises BadExpression."""
    found = checked.ids_by_label.get(label, [])
    if len(found) != 1:
        raise BadExpression(f"{len(found) or 'no'} nodes have the name “{label[:60]}”, not one")
    outputs = [pin.name for pin in checked.pins[found[0]].outputs if pin.type is not PinType.EXEC]
    if pin_name not in outputs:
        raise BadExpression(f"“{label}” has no output “{pin_name[:60]}”, but {', '.join(outputs) or 'none'}")
    return Reference(label, found[0], pin_name)


def _check_formula(asked: Formula, text: str) -> None:
    known = {*asked.names, *NAMES}
    for name in formula(text).names - known:
        raise BadExpression(f"“{name}” is not known here; it reads {', '.join(sorted(known))}")


def _typed_value(pin: Pin, typed: Value) -> Value:
    """What was typed for an unwired input. Arrays and objects are typed as JSON text."""
    if isinstance(typed, str) and pin.type in (PinType.OBJECT, PinType.ARRAY):
        typed = jsontext.loads(typed)
    value = convert(typed, pin.type)
    _check_choice(value, pin.choices)
    return value


def _check_pure_cycles(checked: Checked) -> None:
    """Report each wire that closes a circle of pure nodes (depth-first search, without recursion)."""
    done: set[str] = set()
    for start in checked.graph.nodes:
        if start not in done and checked.types[start].is_pure:
            _search_cycle(checked, start, done)


def _search_cycle(checked: Checked, start: str, done: set[str]) -> None:
    path: dict[str, Iterator[Edge]] = {start: pure_sources(checked, start)}
    while path:
        node_id = next(reversed(path))
        edge = next(path[node_id], None)
        if edge is None:
            done.add(node_id)
            del path[node_id]
        elif edge.source in path:
            label = checked.graph.nodes[node_id].label
            message = f"“{label}” needs its own result: its data wires form a cycle."
            checked.report("DATA_CYCLE", message, node_id=node_id, pin=edge.target_pin, edge_id=edge.id)
        elif edge.source not in done:
            path[edge.source] = pure_sources(checked, edge.source)


def pure_sources(checked: Checked, node_id: str, pins: Iterable[Pin] | None = None) -> Iterator[Edge]:
    """The wires from pure nodes into a node, or into some of its pins; what an expression reads counts as one."""
    for pin in checked.data_inputs(node_id) if pins is None else pins:
        edge = checked.wired.get((node_id, pin.name))
        if edge and checked.types[edge.source].is_pure:
            yield edge
        for read in checked.references.get((node_id, pin.name), ()):
            if checked.types[read.node_id].is_pure:
                yield Edge("", read.node_id, read.pin, node_id, pin.name)


def _check_variables(checked: Checked) -> None:
    for variable in checked.graph.variables.values():
        try:
            initial_value(variable)
        except ConversionError as error:
            checked.report("BAD_VARIABLE", f"Variable “{variable.name}”: {error}.")
    used = set(_named_variables(checked))
    named_at_runtime = any(
        node.type in VARIABLE_NODES and (node.id, "name") in checked.wired for node in checked.graph.nodes.values()
    )
    for name in checked.graph.variables.keys() - used if not named_at_runtime else ():
        checked.report("UNUSED_VARIABLE", f"The variable “{name}” is not used.", severity=Severity.WARNING)


VARIABLE_NODES = frozenset({"GetVariable", "SetVariable", "IncrementVariable", "AppendToArray", "AppendToString"})


def _named_variables(checked: Checked) -> Iterator[str]:
    for node in checked.graph.nodes.values():
        if node.type in VARIABLE_NODES and (node.id, "name") in checked.constants:
            name = checked.constants[node.id, "name"]
            if name not in checked.graph.variables:
                message = f"“{node.label}”: no variable is named “{name}”."
                checked.report("UNKNOWN_VARIABLE", message, node_id=node.id, pin="name")
            yield name
    yield from _names_read(checked)


def _names_read(checked: Checked) -> Iterator[str]:
    """The variables that expressions read. One that reads them by a computed name may read any."""
    for (node_id, pin), expression in _expressions(checked):
        for steps, _ in expression.paths("vars"):
            name = steps[0] if steps else None
            if not isinstance(name, str):
                yield from checked.graph.variables
            elif name in checked.graph.variables:
                yield name
            else:
                message = f"“{checked.graph.nodes[node_id].label}”: no variable is named “{name}”."
                checked.report("UNKNOWN_VARIABLE", message, node_id=node_id, pin=pin)


def _expressions(checked: Checked) -> Iterator[tuple[NodePin, Expression]]:
    for place, binding in checked.bindings.items():
        yield from ((place, expression) for expression in binding.expressions)
    for (node_id, name), text in checked.constants.items():
        pin = checked.input_pin(node_id, name)
        if pin and pin.formula and _is_formula(pin.formula, text):
            yield (node_id, name), formula(text)


def _is_formula(asked: Formula, text: Value) -> bool:
    is_text = isinstance(text, str) and text != ""
    return is_text and not (asked.or_path and is_key_path(text, asked.names))


def _check_reach(checked: Checked) -> None:
    reached = _reached(checked)
    for node in checked.graph.nodes.values():
        if checked.types[node.id].kind in (Kind.FLOW, Kind.ACTION) and node.id not in reached:
            message = f"No exec wire reaches “{node.label}”: it never runs."
            checked.report("UNREACHED", message, node_id=node.id, severity=Severity.WARNING)


def _reached(checked: Checked) -> set[str]:
    following: dict[str, list[str]] = {}
    for (source, _), targets in checked.exits.items():
        following.setdefault(source, []).extend(targets)
    waiting = [node.id for node in (checked.trigger, checked.on_error) if node]
    reached: set[str] = set()
    while waiting:
        node_id = waiting.pop()
        if node_id not in reached:
            reached.add(node_id)
            waiting.extend(following.get(node_id, ()))
    return reached


def _find(pins: Iterable[Pin], name: str) -> Pin | None:
    return next((pin for pin in pins if pin.name == name), None)


_CHECKS = (
    _check_nodes,
    _check_settings,
    _check_literals,
    _check_triggers,
    _check_wires,
    _check_inputs,
    _check_pure_cycles,
    _check_variables,
    _check_reach,
    check_interfaces,
    check_pinned,
)
