"""What a text that is typed for a pin comes to, with the data of a run that was.

Pure nodes are evaluated anew, as the pin would have them; what others gave is known from the run's log or is pinned.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, cast

from patterns.bindings import bind, is_bound
from patterns.checker import Checked, NodePin, check_graph
from patterns.compiler import reading
from patterns.context import Environment, ExecutionInfo, NodeError, RunContext, Variables
from patterns.expressions import Budget, formula, is_key_path
from patterns.graph import Severity
from patterns.pins import Formula, Interfaces, Pin
from patterns.plan import Op, OpFailed, Values, as_node_error, evaluate
from patterns.rehearsal import NodeOutputs, Rehearsal, pinned_outputs
from patterns.surroundings import surroundings
from patterns.types import PinType, Value
from patterns.values import get_path

TIME_S = 2.0
MAX_ITEMS = 20_000
WRITES = {"SetVariable": "value", "IncrementVariable": "newValue"}  # nodes whose output is what a variable then holds
NOBODY = ExecutionInfo("", "", "", None, 1, "test", "manual")


@dataclass
class PastRun:
    """What is known of a run: its event, the last outputs of its nodes in the order in which they came, the environment
    of its pattern. To expressions it is the run that they are part of."""

    event: Mapping[str, Value] = field(default_factory=dict)
    outputs: NodeOutputs = field(default_factory=dict)
    environment: Environment = field(default_factory=Environment)
    info: ExecutionInfo = NOBODY


@dataclass
class _Rerun:
    """The past run as far as nodes and expressions use it."""

    past: PastRun
    checked: Checked
    rehearsal: Rehearsal
    variables: Variables

    @property
    def info(self) -> ExecutionInfo:
        return self.past.info

    @property
    def environment(self) -> Environment:
        return self.past.environment

    @property
    def trigger(self) -> Mapping[str, Value]:
        trigger = self.checked.trigger
        return {**self.past.event, **(self.rehearsal.given.get(trigger.id, {}) if trigger else {})}

    def volatile(self, name: str, make: Callable[[], Value]) -> Value:
        return make()


def preview(
    graph: Mapping[str, Any], interfaces: Interfaces, node_id: str, pin_name: str, text: Value, past: PastRun
) -> Value:
    """The value that the pin would read. Raises ValueError, which says what is missing or wrong."""
    checked = check_graph(_typed(graph, node_id, pin_name, text), interfaces)
    pin = checked.input_pin(node_id, pin_name) if node_id in checked.graph.nodes else None
    if pin is None or pin.type is PinType.EXEC:
        raise ValueError("There is no such pin in the draft.")
    _require_names(checked, node_id, pin_name)
    run = _rerun(checked, past)
    if pin.formula is not None:
        return _formula(run, node_id, pin.formula, str(text))
    return _read(run, node_id, pin)


def _typed(graph: Mapping[str, Any], node_id: str, pin_name: str, text: Value) -> dict[str, Any]:
    """The graph with the text typed for the pin, whatever is wired to it."""
    nodes = [_with_default(node, pin_name, text) if _is(node, id=node_id) else node for node in graph["nodes"]]
    edges = [edge for edge in graph["edges"] if not _is(edge, target=node_id, targetHandle=pin_name)]
    return {**graph, "nodes": nodes, "edges": edges}


def _is(item: Any, **wanted: str) -> bool:
    return isinstance(item, dict) and all(item.get(key) == value for key, value in wanted.items())


def _with_default(node: dict[str, Any], pin_name: str, text: Value) -> dict[str, Any]:
    data: Any = node.get("data") if isinstance(node.get("data"), dict) else {}
    typed: Any = data.get("defaults") if isinstance(data.get("defaults"), dict) else {}
    return {**node, "data": {**data, "defaults": {**typed, pin_name: text}}}


def _rerun(checked: Checked, past: PastRun) -> _Rerun:
    trigger = checked.trigger
    outputs = dict(past.outputs)
    if trigger and trigger.id not in outputs:
        outputs[trigger.id] = _of_event(checked, trigger.id, past.event)
    known = {key: _of_pins(checked, key, values) for key, values in outputs.items() if key in checked.types}
    rehearsal = Rehearsal(pinned=pinned_outputs(checked), given=known)
    return _Rerun(past, checked, rehearsal, _variables(checked, past.outputs))


def _of_pins(checked: Checked, node_id: str, values: Mapping[str, Value]) -> dict[str, Value]:
    """Those of the outputs that the node has in this graph."""
    names = {pin.name for pin in checked.pins[node_id].outputs if pin.type is not PinType.EXEC}
    return {name: value for name, value in values.items() if name in names}


def _of_event(checked: Checked, trigger_id: str, event: Mapping[str, Value]) -> Mapping[str, Value]:
    """What the trigger makes of the event; nothing where it cannot."""
    names = [pin.name for pin in checked.pins[trigger_id].outputs if pin.type is not PinType.EXEC]
    try:
        made = checked.types[trigger_id].function(event, **checked.settings[trigger_id])
    except (ValueError, NodeError):
        return {}
    if isinstance(made, dict) and checked.types[trigger_id].pin_rule:
        return made
    return dict(zip(names, made if isinstance(made, tuple) else [made], strict=False))


def _variables(checked: Checked, outputs: NodeOutputs) -> Variables:
    """As the run left them, as far as its log tells; else as they begin. What is appended is not in the log."""
    good = {
        variable.name: variable for variable in checked.graph.variables.values() if _is_sound(checked, variable.name)
    }
    found = Variables(good)
    for node_id, values in outputs.items():
        node = checked.graph.nodes.get(node_id)
        written = WRITES.get(node.type, "") if node else ""
        name = checked.constants.get((node_id, "name"))
        if name in good and written in values:
            try:
                found.set(name, values[written])
            except ValueError:  # masked, or of another type since
                continue
    return found


def _is_sound(checked: Checked, name: str) -> bool:
    beginning = f"Variable “{name}”:"
    return not any(p.code == "BAD_VARIABLE" and p.message.startswith(beginning) for p in checked.problems)


def _read(run: _Rerun, node_id: str, pin: Pin) -> Value:
    """The value of a pin, be it wired or typed for."""
    found = reading(run.checked, run.rehearsal, node_id, pin)
    for node in found.nodes:
        for source in run.checked.data_inputs(node.id):
            _require(run, node.id, source.name)
    _require(run, node_id, pin.name)
    found.values[0] = run
    ends = monotonic() + TIME_S
    for op in found.ops:
        _check_size(op, found.values)
        try:
            evaluate((op,), found.values)
        except OpFailed as failed:
            where = "" if op.node_id == node_id else f"“{op.name}”: "
            raise ValueError(where + as_node_error(failed.error).message) from None
        if monotonic() > ends:
            raise ValueError(f"It takes more than {TIME_S:g} seconds. Run the pattern to see.")
    return cast(Value, found.values[found.slot])


def _check_size(op: Op, values: Values) -> None:
    """A node that looks at each of very many items may take long; a request must not."""
    most = max((len(value) for value in op.read(values) if isinstance(value, list)), default=0)
    if most > MAX_ITEMS:
        raise ValueError(f"“{op.name}” is given {most:,} items; more than {MAX_ITEMS:,} are left to runs.")


def _require(run: _Rerun, node_id: str, pin_name: str) -> None:
    """Raises ValueError where the pin has a fault, or reads what is not known."""
    _require_sound(run.checked, (node_id, pin_name))
    for source_id, output in _sources(run.checked, (node_id, pin_name)):
        node, node_type = run.checked.graph.nodes[source_id], run.checked.types[source_id]
        known = run.rehearsal.pinned.get(source_id, run.rehearsal.given.get(source_id, {}))
        if node_type.category == "Literals":
            _require_sound(run.checked, (source_id, "value"))
        elif node_type.type == "GetSecret":
            raise ValueError(f"“{node.label}” reads a secret, which is left to runs.")
        elif not node_type.is_pure and output not in known:
            raise ValueError(
                f"What “{node.label}” gives as {output} is not known: it did not run, or gave too much to keep. "
                "Run the pattern, or pin data to it."
            )


def _require_names(checked: Checked, node_id: str, pin_name: str) -> None:
    pin, text = checked.input_pin(node_id, pin_name), checked.graph.nodes[node_id].defaults.get(pin_name)
    if pin and text is not None and is_bound(pin, text):
        for label, _ in bind(pin, text).references():
            if label not in checked.ids_by_label:
                raise ValueError(f"No node is named “{label}”.")


def _require_sound(checked: Checked, place: NodePin) -> None:
    for problem in checked.problems:
        if problem.severity is Severity.ERROR and (problem.node_id, problem.pin) == place:
            raise ValueError(problem.message)


def _sources(checked: Checked, place: NodePin) -> Iterator[NodePin]:
    if place in checked.wired:
        yield checked.wired[place].source, checked.wired[place].source_pin
    for read in checked.references.get(place, ()):
        yield read.node_id, read.pin


def _formula(run: _Rerun, node_id: str, found: Formula, text: str) -> Value:
    """Over the first item of the Array that the node is given, or over its input."""
    inputs = {pin.name: pin for pin in run.checked.data_inputs(node_id)}
    if found.or_path and is_key_path(text, found.names):
        return cast(Value, get_path(_items(run, node_id, inputs)[0], text))
    expression = formula(text)
    for name in expression.names - {*found.names, "trigger", "vars", "env"}:
        raise ValueError(f"“{name}” is not known here; it reads {', '.join(found.names)}, trigger, vars and env.")
    names: dict[str, Any] = surroundings(cast(RunContext, run), expression.names)
    if expression.names & {"item", "index", "array"}:
        items = _items(run, node_id, inputs)
        names |= {"item": items[0], "index": 0, "array": items}
    for name, pin_name in (("input", "input"), ("total", "initial")):
        if name in expression.names:
            names[name] = _read(run, node_id, inputs[pin_name])
    return expression.evaluate(names, Budget())


def _items(run: _Rerun, node_id: str, inputs: Mapping[str, Pin]) -> list[Value]:
    items = _read(run, node_id, inputs["array"])
    if not items:
        raise ValueError("There is no item to try it with: the Array is empty.")
    return cast(list[Value], items)
