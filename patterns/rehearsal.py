"""What only test runs know: pinned data, a node to begin at, and outputs that are given instead of computed.

A draft keeps pinned data with its nodes (`data.pinned`); where a test run begins and what it is given is added to the
graph that it takes a snapshot of, under `test`, so that a run which goes on after a crash finds the same. Deployed
graphs hold neither.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from patterns.graph import Severity
from patterns.registry import Kind, NodeType
from patterns.types import ConversionError, PinType, Value, convert

if TYPE_CHECKING:
    from patterns.checker import Checked

TEST = "test"
NodeOutputs = Mapping[str, Mapping[str, Value]]  # by node id and output pin


@dataclass(frozen=True)
class Rehearsal:
    start_at: str = ""  # the node that the trigger leads to; empty for the one that is wired to it
    pinned: NodeOutputs = field(default_factory=dict)  # of nodes that do not run
    given: NodeOutputs = field(default_factory=dict)  # what stands at the outputs of the others before they run


LIVE = Rehearsal()


def is_pinnable(node_type: NodeType) -> bool:
    """Whether such a node can be left out of a test run: it gives values, and one way leads on at most."""
    exits = [pin for pin in node_type.outputs if pin.type is PinType.EXEC]
    has_values = len(node_type.outputs) > len(exits) or node_type.pin_rule is not None
    return node_type.kind is not Kind.EVENT and len(exits) < 2 and has_values


def for_deploy(graph: Any) -> Any:
    """The graph without what is for tests alone. What is no graph stays as it is."""
    if not isinstance(graph, dict):
        return graph
    nodes = graph.get("nodes")
    kept = [_unpinned(node) for node in nodes] if isinstance(nodes, list) else nodes
    return {**{key: value for key, value in graph.items() if key != TEST}, "nodes": kept}


def for_test(graph: dict[str, Any], start_at: str = "", given: NodeOutputs | None = None) -> dict[str, Any]:
    """The graph as a test run takes it."""
    return {**graph, TEST: {"startAt": start_at, "given": given or {}}}


def rehearsal_of(checked: "Checked", graph: Any) -> Rehearsal:
    """What a graph says of the test that it is for; LIVE where it is for none."""
    test = graph.get(TEST) if isinstance(graph, dict) else None
    if not isinstance(test, dict):
        return LIVE
    start_at, given = test.get("startAt"), test.get("given")
    known = {key: values for key, values in _mapping(given).items() if key in checked.types}
    return Rehearsal(
        start_at=start_at if isinstance(start_at, str) and start_at in checked.types else "",
        pinned=pinned_outputs(checked),
        given={key: _converted(checked, key, _mapping(values), fails=False) for key, values in known.items()},
    )


def pinned_outputs(checked: "Checked") -> dict[str, dict[str, Value]]:
    """The pinned data of the nodes that can have some, as values of their pins."""
    found = {}
    for node in checked.graph.nodes.values():
        if node.pinned is not None and not fault_of(checked, node.id):
            found[node.id] = _converted(checked, node.id, _mapping(node.pinned))
    return found


def check_pinned(checked: "Checked") -> None:
    """Warn of pinned data that test runs cannot use."""
    for node in checked.graph.nodes.values():
        if node.pinned is not None and (fault := fault_of(checked, node.id)):
            message = f"“{node.label}”: its pinned data is not used: {fault}."
            checked.report("BAD_PINNED", message, node_id=node.id, severity=Severity.WARNING)


def fault_of(checked: "Checked", node_id: str) -> str:
    """Why the pinned data of a node cannot be used; empty where it can."""
    pinned = checked.graph.nodes[node_id].pinned
    if not is_pinnable(checked.types[node_id]):
        return "a node of this type always runs"
    if not isinstance(pinned, dict):
        return "it is not an object of outputs"
    names = {pin.name for pin in checked.pins[node_id].outputs if pin.type is not PinType.EXEC}
    if unknown := sorted(pinned.keys() - names):
        return f"there is no output “{unknown[0]}”"
    try:
        _converted(checked, node_id, pinned)
    except ConversionError as error:
        return str(error)
    return ""


def _converted(
    checked: "Checked", node_id: str, values: Mapping[str, Value], *, fails: bool = True
) -> dict[str, Value]:
    """Values as the types of the pins. With `fails`, raises ConversionError; else leaves out what does not fit."""
    found = {}
    for pin in checked.pins[node_id].outputs:
        if pin.type is PinType.EXEC or pin.name not in values:
            continue
        value = values[pin.name]
        try:
            # A node may give null where its type says otherwise, as HTTP Request does for an empty body.
            found[pin.name] = value if value is None else convert(value, pin.type)
        except ConversionError as error:
            if fails:
                raise ConversionError(f"{pin.label}: {error}") from None
    return found


def _unpinned(node: Any) -> Any:
    data = node.get("data") if isinstance(node, dict) else None
    if not isinstance(data, dict) or "pinned" not in data:
        return node
    return {**node, "data": {key: value for key, value in data.items() if key != "pinned"}}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
