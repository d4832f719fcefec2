"""How two graphs differ in what they do. Where things stand, notes, comments and pinned data do nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from patterns import registry
from patterns.graph import Edge, Graph, Node, Variable, parse
from patterns.types import Value

COMMENT = "Comment"
MISSING = object()
Ends = tuple[str, str, str, str]


@dataclass
class Differences:
    """Lists of what was added, removed and changed, each as it is told."""

    nodes: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: _empty("changed"))
    wires: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: _empty())
    variables: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: _empty("changed"))

    @property
    def is_same(self) -> bool:
        return not any(items for part in (self.nodes, self.wires, self.variables) for items in part.values())


def differences(before: Any, after: Any) -> Differences:
    """From one stored graph to another; None counts as an empty one. Never raises: what cannot be read is left out."""
    one, other = _graph(before), _graph(after)
    found = Differences()
    _compare_nodes(one, other, found)
    _compare_wires(one, other, found)
    _compare_variables(one.variables, other.variables, found)
    return found


def _graph(data: Any) -> Graph:
    graph = parse({} if data is None else data)[0]
    graph.nodes = {key: node for key, node in graph.nodes.items() if node.type != COMMENT}
    graph.edges = [edge for edge in graph.edges if edge.source in graph.nodes and edge.target in graph.nodes]
    return graph


def _compare_nodes(one: Graph, other: Graph, found: Differences) -> None:
    orders = _orders_changed(one, other)
    found.nodes["added"] = [_named(node) for key, node in other.nodes.items() if key not in one.nodes]
    found.nodes["removed"] = [_named(node) for key, node in one.nodes.items() if key not in other.nodes]
    for key, node in other.nodes.items():
        fields = [*_fields(one.nodes[key], node), *orders.get(key, ())] if key in one.nodes else []
        if fields:
            found.nodes["changed"].append({**_named(node), "fields": fields})


def _fields(one: Node, other: Node) -> list[dict[str, Any]]:
    told: list[tuple[str, Value, Value]] = [("Name", one.label, other.label), ("Type", one.type, other.type)]
    before, after = _typed(one), _typed(other)
    labels = _labels(other.type)
    told += [(labels.get(key, key), before.get(key), after.get(key)) for key in dict.fromkeys([*before, *after])]
    return [_field(*each) for each in told if not _is_equal(each[1], each[2])]


def _typed(node: Node) -> dict[str, Value]:
    """What is typed for pins and properties. What stands there anyway counts as nothing typed."""
    standing = _standing(node.type)
    typed = {**node.defaults, **node.properties}
    return {key: value for key, value in typed.items() if not _is_equal(value, standing.get(key, MISSING))}


def _standing(type_name: str) -> dict[str, Value]:
    node_type = _type(type_name)
    if node_type is None:
        return {}
    pins = {pin.name: pin.default for pin in node_type.inputs if not pin.required}
    return {**pins, **{prop.name: prop.default for prop in node_type.properties}}


def _labels(type_name: str) -> dict[str, str]:
    node_type = _type(type_name)
    named: Iterable[Any] = (*node_type.inputs, *node_type.properties) if node_type else ()
    return {one.name: one.label for one in named}


def _type(name: str) -> registry.NodeType | None:
    try:
        return registry.get(name)
    except registry.UnknownNode:
        return None


Targets = list[tuple[str, str]]


def _orders(edges: Iterable[Edge]) -> dict[tuple[str, str], Targets]:
    """What each output leads to, in order."""
    orders: dict[tuple[str, str], Targets] = {}
    for edge in edges:
        orders.setdefault((edge.source, edge.source_pin), []).append((edge.target, edge.target_pin))
    return orders


def _orders_changed(one: Graph, other: Graph) -> dict[str, list[dict[str, Any]]]:
    """By node, the exec outputs that run what they led to before in another order."""
    before = _orders(one.edges)
    found: dict[str, list[dict[str, Any]]] = {}
    for (node_id, pin), targets in _orders(other.edges).items():
        earlier = before.get((node_id, pin), [])
        stayed = set(earlier) & set(targets)
        kept, now = [end for end in earlier if end in stayed], [end for end in targets if end in stayed]
        if kept != now and _is_exec(other, node_id, pin):
            field = _field(f"Order of wires of {pin}", _names(one, kept), _names(other, now))
            found.setdefault(node_id, []).append(field)
    return found


def _is_exec(graph: Graph, node_id: str, pin: str) -> bool:
    node_type = _type(graph.nodes[node_id].type)
    fixed = {out.name: out.type.value for out in node_type.outputs} if node_type else {}
    return fixed.get(pin, "Exec") == "Exec"


def _names(graph: Graph, targets: Iterable[tuple[str, str]]) -> str:
    return ", ".join(graph.nodes[node_id].label for node_id, _ in targets)


def _compare_wires(one: Graph, other: Graph, found: Differences) -> None:
    before, after = {_ends(edge): edge for edge in one.edges}, {_ends(edge): edge for edge in other.edges}
    found.wires["added"] = [_wire(edge, other) for ends, edge in after.items() if ends not in before]
    found.wires["removed"] = [_wire(edge, one) for ends, edge in before.items() if ends not in after]


def _compare_variables(one: Mapping[str, Variable], other: Mapping[str, Variable], found: Differences) -> None:
    found.variables["added"] = [{"name": name} for name in other if name not in one]
    found.variables["removed"] = [{"name": name} for name in one if name not in other]
    for name in [name for name in other if name in one]:
        before, after = one[name], other[name]
        told = [("Type", before.type.value, after.type.value), ("Start value", before.default, after.default)]
        if fields := [_field(*each) for each in told if not _is_equal(each[1], each[2])]:
            found.variables["changed"].append({"name": name, "fields": fields})


def _ends(edge: Edge) -> Ends:
    return edge.source, edge.source_pin, edge.target, edge.target_pin


def _wire(edge: Edge, graph: Graph) -> dict[str, Any]:
    return {
        "id": edge.id,
        "source": edge.source,
        "sourceLabel": graph.nodes[edge.source].label,
        "sourcePin": edge.source_pin,
        "target": edge.target,
        "targetLabel": graph.nodes[edge.target].label,
        "targetPin": edge.target_pin,
    }


def _named(node: Node) -> dict[str, Any]:
    return {"id": node.id, "type": node.type, "label": node.label}


def _field(name: str, before: Value, after: Value) -> dict[str, Any]:
    return {"name": name, "before": before, "after": after}


def _is_equal(one: Value, other: Value) -> bool:
    """As JSON sees it: a number that is whole is no other one, but true is not 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_is_equal(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_is_equal, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def _empty(*more: str) -> dict[str, list[dict[str, Any]]]:
    return {name: [] for name in ("added", "removed", *more)}
