"""Small patterns that many tests start from."""

from typing import Any

from tests.graphs import graph, node


def started_by_hand() -> dict[str, Any]:
    return graph("start: OnStart")


def started_by_webhook(response_mode: str = "") -> dict[str, Any]:
    return graph(node("hook", "OnWebhook", {"responseMode": response_mode}))


def callable_pattern(*inputs: str) -> dict[str, Any]:
    declared = [{"name": name, "type": "Integer", "required": True} for name in inputs]
    outputs = [{"name": "Total", "type": "Integer"}]
    return graph(node("called", "OnPatternCall", {"inputs": declared, "outputs": outputs}))


def calling(pattern_id: object) -> dict[str, Any]:
    return graph("start: OnStart", node("call", "CallPattern", {"pattern": str(pattern_id)}), "start > call")
