"""What the webhook of A and B is sent, and what it does with it."""

import json
from typing import Any

from tests.graphs import graph, node, variable


def order(size: int = 1_000) -> bytes:
    """A JSON body of about so many bytes."""
    body: dict[str, Any] = {"order": 4711, "kind": "b", "customer": {"name": "Ada", "country": "DE"}, "note": ""}
    return json.dumps(body | {"note": "x" * max(0, size - len(json.dumps(body)))}).encode()


def five_nodes(**trigger: str) -> dict[str, Any]:
    return graph(
        node("hook", "OnWebhook", trigger),
        node("set", "SetVariable", name="kind", value="{{ trigger.body.kind }}"),
        node("switch", "Switch", {"cases": ["a", "b", "c"]}, value="{{ vars.kind }}"),
        node("order", "SetVariable", name="order", value="{{ trigger.body.order }}"),
        node("log", "Log", message="order {{ vars.order }}"),
        "hook > set, set > switch, switch.case1 > order, order > log",
        variables=[variable("kind", "String", ""), variable("order", "Integer", 0)],
    )
