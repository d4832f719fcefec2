"""Graphs for the tests, in the stored form."""

from typing import Any


def node(node_id: str, node_type: str, **properties: Any) -> dict[str, Any]:
    return {
        "id": node_id,
        "type": node_type,
        "position": {"x": 0, "y": 0},
        "data": {"label": node_id, "properties": properties, "defaults": {}},
    }


def graph(*nodes: dict[str, Any], wires: str = "") -> dict[str, Any]:
    """`wires` as in "a.exec > b.exec, a.body > b.value"."""
    pairs = [wire.split(" > ") for wire in wires.split(", ") if wire]
    return {"nodes": list(nodes), "edges": [_edge(number, *pair) for number, pair in enumerate(pairs)], "variables": []}


def _edge(number: int, start: str, end: str) -> dict[str, Any]:
    source, source_pin = start.split(".")
    target, target_pin = end.split(".")
    return {
        "id": f"e{number}",
        "source": source,
        "sourceHandle": source_pin,
        "target": target,
        "targetHandle": target_pin,
    }


def started_by_hand() -> dict[str, Any]:
    return graph(node("start", "OnStart"))


def started_by_webhook(response_mode: str = "") -> dict[str, Any]:
    return graph(node("hook", "OnWebhook", responseMode=response_mode))


def callable_pattern(*inputs: str) -> dict[str, Any]:
    declared = [{"name": name, "type": "Integer", "required": True} for name in inputs]
    outputs = [{"name": "Total", "type": "Integer"}]
    return graph(node("called", "OnPatternCall", inputs=declared, outputs=outputs))


def calling(pattern_id: object) -> dict[str, Any]:
    return graph(
        node("start", "OnStart"), node("call", "CallPattern", pattern=str(pattern_id)), wires="start.exec > call.exec"
    )
