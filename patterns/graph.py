"""The stored graph, read into checked objects; every fault is reported with the node, pin or wire it is on."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from patterns.types import VARIABLE_TYPES, PinType, Value

MAX_NODES = 20_000
MAX_EDGES = 60_000


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a graph, and where to look."""

    code: str
    message: str
    node_id: str | None = None
    pin: str | None = None
    edge_id: str | None = None
    severity: Severity = Severity.ERROR

    def as_dict(self) -> dict[str, Any]:
        found = asdict(self)
        return {
            "code": self.code,
            "severity": self.severity.value,
            "message": self.message,
            "nodeId": found["node_id"],
            "pin": self.pin,
            "edgeId": found["edge_id"],
        }


class CompileFailed(Exception):
    """The graph has errors; `problems` holds all of them, warnings included."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("; ".join(p.message for p in self.problems if p.severity is Severity.ERROR))


@dataclass(frozen=True)
class Node:
    id: str
    type: str
    label: str
    properties: Mapping[str, Value]
    defaults: Mapping[str, Value]
    pinned: Value = None  # outputs that test runs take instead of running it


@dataclass(frozen=True)
class Edge:
    id: str
    source: str
    source_pin: str
    target: str
    target_pin: str


@dataclass(frozen=True)
class Variable:
    name: str
    type: PinType
    default: Value


@dataclass
class Graph:
    """Nodes, edges and variables in stored order; order of edges is the order in which exec wires run."""

    nodes: dict[str, Node] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    variables: dict[str, Variable] = field(default_factory=dict)


def empty_graph() -> dict[str, Any]:
    """What a new pattern opens with: an On Start node."""
    start = {
        "id": "start",
        "type": "OnStart",
        "position": {"x": 0, "y": 0},
        "data": {"label": "On Start", "notes": "", "properties": {}, "defaults": {}},
    }
    return {"nodes": [start], "edges": [], "variables": []}


def parse(data: Any) -> tuple[Graph, list[Problem]]:
    """Read stored graph data. What cannot be read is left out of the graph and named in the problems."""
    if not isinstance(data, dict):
        return Graph(), [Problem("BAD_GRAPH", "The graph is not a JSON object with nodes and edges.")]
    reader = _Reader()
    reader.read_nodes(data.get("nodes"))
    reader.read_edges(data.get("edges"))
    reader.read_variables(data.get("variables"))
    return reader.graph, reader.problems


class _Reader:
    def __init__(self) -> None:
        self.graph = Graph()
        self.problems: list[Problem] = []
        self._edge_ids: set[str] = set()

    def read_nodes(self, items: Any) -> None:
        for item in self._items(items, "nodes", MAX_NODES):
            node = _node(item)
            if node is None:
                self._report("BAD_NODE", "A node has no id or no type.")
            elif node.id in self.graph.nodes:
                self._report("DUPLICATE_ID", f"Two nodes have the id “{node.id}”.", node_id=node.id)
            else:
                self.graph.nodes[node.id] = node

    def read_edges(self, items: Any) -> None:
        for position, item in enumerate(self._items(items, "edges", MAX_EDGES)):
            edge = _edge(item, position)
            if edge is None:
                self._report("BAD_WIRE", "A wire does not name its source, target and pins.")
            elif edge.id in self._edge_ids:
                self._report("DUPLICATE_ID", f"Two wires have the id “{edge.id}”.", edge_id=edge.id)
            else:
                self._edge_ids.add(edge.id)
                self.graph.edges.append(edge)

    def read_variables(self, items: Any) -> None:
        for item in self._items(items, "variables", MAX_NODES):
            variable = _variable(item)
            if variable is None:
                self._report("BAD_VARIABLE", f"A variable has no name or none of the types {_TYPE_NAMES}.")
            elif variable.name in self.graph.variables:
                self._report("DUPLICATE_ID", f"Two variables are named “{variable.name}”.")
            else:
                self.graph.variables[variable.name] = variable

    def _items(self, items: Any, what: str, limit: int) -> list[Any]:
        if items is None and what == "variables":
            return []
        if not isinstance(items, list):
            self._report("BAD_GRAPH", f"The graph has no list of {what}.")
            return []
        if len(items) > limit:
            self._report("TOO_LARGE", f"The graph has {len(items):,} {what}; the limit is {limit:,}.")
        return items[:limit]

    def _report(self, code: str, message: str, **where: Any) -> None:
        self.problems.append(Problem(code, message, **where))


_TYPE_NAMES = ", ".join(sorted(VARIABLE_TYPES))


def _node(item: Any) -> Node | None:
    if not isinstance(item, dict) or not _is_id(item.get("id")) or not _is_id(item.get("type")):
        return None
    data: Any = item.get("data") if isinstance(item.get("data"), dict) else {}
    label = data.get("label")
    return Node(
        id=item["id"],
        type=item["type"],
        label=label if isinstance(label, str) and label.strip() else item["type"],
        properties=_mapping(data.get("properties")),
        defaults=_mapping(data.get("defaults")),
        pinned=data.get("pinned"),
    )


def _edge(item: Any, position: int) -> Edge | None:
    if not isinstance(item, dict):
        return None
    ends: list[Any] = [item.get(key) for key in ("source", "sourceHandle", "target", "targetHandle")]
    if not all(_is_id(end) for end in ends):
        return None
    edge_id: Any = item.get("id")
    return Edge(edge_id if _is_id(edge_id) else f"edge {position + 1}", *ends)


def _variable(item: Any) -> Variable | None:
    if not isinstance(item, dict) or not _is_id(item.get("name")):
        return None
    name, kind = item["name"], item.get("type")
    if not isinstance(kind, str) or kind not in VARIABLE_TYPES:
        return None
    return Variable(name, PinType(kind), item.get("default"))


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 200


def _mapping(value: Any) -> Mapping[str, Value]:
    return value if isinstance(value, dict) else {}
