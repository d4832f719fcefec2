"""Drawing graphs in tests, in the stored form.

    graph("start: OnStart", node("say", "Log", message="hello"), "start > say, start > say.exec")

A text with `: ` is a node (`id: Type`); any other text is a list of wires (`a.true > b`, `a.value > b.message`), where
a pin that is not named is `exec`. Wires get the ids e0, e1, …, in the order in which they are drawn.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

Item = dict[str, Any]


def node(node_id: str, node_type: str, properties: Item | None = None, **defaults: Any) -> Item:
    """A node labelled by its id; keyword arguments are typed values of unwired pins."""
    data = {"label": node_id, "notes": "", "properties": properties or {}, "defaults": defaults}
    return {"id": node_id, "type": node_type, "position": {"x": 0, "y": 0}, "data": data}


def variable(name: str, type_name: str, default: Any = None) -> Item:
    return {"name": name, "type": type_name, "default": default}


def wires(*drawings: str) -> list[Item]:
    drawn = [wire.strip() for drawing in drawings for wire in drawing.split(",") if wire.strip()]
    return [_wire(position, wire) for position, wire in enumerate(drawn)]


def graph(*parts: Item | str, variables: Iterable[Item] = ()) -> Item:
    """Nodes and wires, in any order."""
    nodes = [_node(part) for part in parts if not _is_wires(part)]
    return {"nodes": nodes, "edges": wires(*filter(_is_wires, parts)), "variables": list(variables)}


def chain(*parts: Item | str) -> Item:
    """Nodes that run one after the other, from the first one's exec output on."""
    nodes = [_node(part) for part in parts]
    return graph(*nodes, ", ".join(f"{one['id']} > {following['id']}" for one, following in pairwise(nodes)))


def _is_wires(part: Item | str) -> bool:
    return isinstance(part, str) and ": " not in part


def _node(part: Item | str) -> Item:
    return part if isinstance(part, dict) else node(*part.split(": "))


def _wire(position: int, drawn: str) -> Item:
    source, target = (end.strip().partition(".") for end in drawn.split(">"))
    return {
        "id": f"e{position}",
        "source": source[0],
        "sourceHandle": source[2] or "exec",
        "target": target[0],
        "targetHandle": target[2] or "exec",
    }
