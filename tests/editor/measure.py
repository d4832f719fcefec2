"""How fast the editor is with large graphs: `python -m pytest tests/editor/measure.py -s`, which prints a table.

Frames are those between two calls of requestAnimationFrame while the pointer takes 60 steps; 16.7 ms is the best
there is. The figures in docs/performance.md come from here.
"""

# ruff: noqa: T201, what it prints is what it is for

from itertools import pairwise
from statistics import median, quantiles
from typing import Any

import pytest

from tests.editor.drawn import middle
from tests.graphs import Item, node

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
STEPS = 60
RECORD = """() => {
  window.frames_ = []; window.on_ = true; let last = performance.now();
  const tick = (now) => { window.frames_.push(now - last); last = now; if (window.on_) requestAnimationFrame(tick); };
  requestAnimationFrame(tick);
}"""
PAINTED = """(count) => new Promise((done) => {
  const look = () => document.querySelectorAll('.react-flow__node').length >= count
    ? requestAnimationFrame(() => done(performance.now())) : requestAnimationFrame(look);
  look();
})"""


def large(nodes: int, wires: int) -> Item:
    """Rows of logs, each fed by the log before it and, at every second or so, by a sum below it."""
    items, edges = [], []
    for number in range(nodes):
        kind = "OnStart" if number == 0 else "Add" if number % 5 == 4 else "Log"
        place = {"x": number % 25 * 260, "y": number // 25 * 190}
        items.append(node(f"n{number}", kind) | {"position": place})
    logs = [number for number in range(nodes) if number == 0 or number % 5 != 4]
    edges += [wire(f"e{i}", f"n{a}", "exec", f"n{b}", "exec") for i, (a, b) in enumerate(pairwise(logs))]
    sums = [number for number in range(nodes) if number and number % 5 == 4]
    fed = [(source, source + step) for step in (1, 2, 3, 4) for source in sums if source + step < nodes]
    edges += [
        wire(f"d{i}", f"n{a}", "result", f"n{b}", "message") for i, (a, b) in enumerate(fed[: wires - len(edges)])
    ]
    return {"nodes": items, "edges": edges, "variables": []}


def wire(wire_id: str, source: str, source_pin: str, target: str, target_pin: str) -> Item:
    return {"id": wire_id, "source": source, "sourceHandle": source_pin, "target": target, "targetHandle": target_pin}


def told(name: str, frames: list[float]) -> None:
    inner = frames[2:]
    p95 = quantiles(inner, n=20)[-1]
    print(f"{name:32} {len(inner):4} frames  median {median(inner):6.1f}  p95 {p95:6.1f}  worst {max(inner):6.1f} ms")


def dragged(page: Any, name: str, start: tuple[float, float], button: str = "left") -> None:
    page.mouse.move(*start)
    page.mouse.down(button=button)
    page.mouse.move(start[0] + 4, start[1] + 4)
    page.evaluate(RECORD)
    for step in range(STEPS):
        page.mouse.move(start[0] + 4 + 2 * step, start[1] + 4 + step)
    frames = page.evaluate("() => { window.on_ = false; return window.frames_; }")
    page.mouse.up(button=button)
    page.wait_for_timeout(300)
    told(name, frames)


def timed_key(page: Any, key: str) -> float:
    page.evaluate("""() => { window.at_ = null; addEventListener('keydown', () => {
      const start = performance.now();
      setTimeout(() => requestAnimationFrame(() => setTimeout(() => { window.at_ = performance.now() - start; }))); },
      { once: true, capture: true }); }""")
    page.keyboard.press(key)
    return float(page.wait_for_function("window.at_").json_value())


@pytest.mark.parametrize(("nodes", "wires"), [(500, 700), (2000, 2800)])
def test_opening(page: Any, open_editor: Any, nodes: int, wires: int) -> None:
    page.set_default_timeout(60_000)
    drawing = large(nodes, wires)
    assert len(drawing["edges"]) == wires
    open_editor(page, drawing)
    page.reload()
    shown = page.evaluate(PAINTED, nodes if nodes <= 500 else 1)
    count = page.locator(".react-flow__node").count()
    started = page.evaluate(
        "performance.getEntriesByType('resource').find((it) => it.name.includes('/api/library')).responseEnd"
    )
    print(f"\n{nodes} nodes, {wires} wires: {count} drawn {shown:.0f} ms after the page was asked for")
    print(f"of these {shown - started:.0f} ms since the library was there")


def test_moving(page: Any, open_editor: Any) -> None:
    page.set_default_timeout(60_000)
    open_editor(page, large(500, 700))
    page.wait_for_timeout(1500)
    first = page.locator('.react-flow__node[data-id="n212"]')
    dragged(page, "drag one, all in sight", middle(first))
    page.keyboard.press("Control+a")
    print(f"undo {timed_key(page, 'Control+z'):.0f} ms")
    canvas = page.locator(".canvas").bounding_box()
    spot = (canvas["x"] + canvas["width"] / 2, canvas["y"] + 6)
    dragged(page, "pan, all in sight", spot, "middle")
    page.keyboard.press("Escape")
    page.keyboard.press("f")
    near = [page.locator(f'.react-flow__node[data-id="n{number}"]') for number in range(100, 150)]
    for number, found in enumerate(near):
        found.click(modifiers=["Shift"] if number else [], position={"x": 6, "y": 4}, force=True)
    assert page.locator(".react-flow__node.selected").count() == 50
    dragged(page, "drag fifty, all in sight", middle(near[12]))
    print(f"undo {timed_key(page, 'Control+z'):.0f} ms")
    page.keyboard.press("1")
    page.wait_for_timeout(300)
    print(f"{page.locator('.react-flow__node').count()} drawn at 100 %")
    dragged(page, "pan at 100 %", (canvas["x"] + 300, canvas["y"] + 30), "middle")
    dragged(page, "drag one at 100 %", middle(page.locator(".react-flow__node").nth(8)))
