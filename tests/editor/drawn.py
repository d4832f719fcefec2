"""What stands on the canvas, and what of it the server has."""

import time
from collections.abc import Callable
from typing import Any

from patterns.models import Pattern
from tests.graphs import Item, graph, node

WAIT_S = 8.0


def placed(item: Item, x: int, y: int) -> Item:
    return item | {"position": {"x": x, "y": y}}


def scattered() -> Item:
    """A start, two logs at odd heights, a sum, and no wires."""
    return graph(
        placed(node("start", "OnStart"), 0, 0),
        placed(node("one", "Log", message="first"), 300, 70),
        placed(node("two", "Log", message="second"), 620, 30),
        placed(node("sum", "Add", a=1, b=2), 300, 260),
    )


def on_canvas(page: Any, label: str) -> Any:
    return page.locator(f'.react-flow__node[aria-label^="{label},"]')


def pin(page: Any, node_id: str, name: str, side: str = "input") -> Any:
    return page.locator(f'.react-flow__node[data-id="{node_id}"] [data-pin="{name}"][data-side="{side}"]')


def middle(found: Any) -> tuple[float, float]:
    box = found.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page: Any, start: tuple[float, float], end: tuple[float, float], button: str = "left") -> None:
    page.mouse.move(*start)
    page.mouse.down(button=button)
    page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, steps=4)
    page.mouse.move(*end, steps=4)
    page.mouse.up(button=button)


def settled(page: Any, pattern: Pattern, holds: Callable[[Item], Any]) -> Item:
    """The stored graph once it fulfils a condition."""
    deadline = time.monotonic() + WAIT_S
    while True:
        pattern.refresh_from_db()
        if holds(pattern.graph):
            return dict(pattern.graph)
        assert time.monotonic() < deadline, pattern.graph
        page.wait_for_timeout(100)


def positions(drawing: Item) -> dict[str, tuple[int, int]]:
    return {item["id"]: (item["position"]["x"], item["position"]["y"]) for item in drawing["nodes"]}


def wires(drawing: Item) -> set[str]:
    return {f"{w['source']}.{w['sourceHandle']} > {w['target']}.{w['targetHandle']}" for w in drawing["edges"]}
