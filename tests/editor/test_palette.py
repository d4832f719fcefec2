"""Finding nodes, adding them where they are wanted, and what the menus offer."""

from typing import Any

import pytest

from tests.editor.drawing import add, draw, node, pin, search
from tests.editor.drawn import drag, middle, on_canvas, settled
from tests.editor.test_building import placed
from tests.graphs import node as drawn

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WATCH_FOR_LAG = """() => {
    window.slow = [];
    const note = (list) => slow.push(...list.getEntries().map((entry) => entry.duration));
    new PerformanceObserver(note).observe({ type: "longtask" });
}"""


def wired() -> Any:
    return placed("start: OnStart", drawn("log", "Log", message="x"), "start > log", at=[(0, 0), (420, 0)])


def between(page: Any, source: tuple[float, float], target: tuple[float, float]) -> tuple[float, float]:
    return (source[0] + target[0]) / 2, (source[1] + target[1]) / 2


def on_the_wire(page: Any) -> tuple[float, float]:
    return between(page, pin(page, "start", "exec", "output"), pin(page, "log", "exec", "input"))


def ends(drawing: Any) -> list[tuple[str, str]]:
    labels = {item["id"]: item["data"]["label"] for item in drawing["nodes"]}
    return [(labels[wire["source"]], labels[wire["target"]]) for wire in drawing["edges"]]


def labels(drawing: Any) -> list[str]:
    return [item["data"]["label"] for item in drawing["nodes"]]


def options(page: Any) -> list[str]:
    return list(page.locator(".palette [role=option] span").all_inner_texts())


def test_a_pattern_is_built_from_nothing_by_mouse(page: Any, open_editor: Any) -> None:
    pattern = open_editor(page)
    node(page, "On Start").locator(".node-head").click()
    page.keyboard.press("Delete")
    add(page, 420, 150, "webhook")
    draw(page, pin(page, "On Webhook", "exec", "output"), (720, 200))
    search(page, "if")
    draw(page, pin(page, "Branch", "true", "output"), (1000, 180))
    search(page, "print")
    drawing = settled(page, pattern, lambda it: len(it["edges"]) == 2)
    assert ends(drawing) == [("On Webhook", "Branch"), ("Branch", "Log")]
    # The node and its wire came in one step, and go in one.
    page.get_by_role("button", name="Undo").click()
    drawing = settled(page, pattern, lambda it: len(it["edges"]) == 1)
    assert labels(drawing) == ["On Webhook", "Branch"]


def test_only_nodes_that_fit_a_wire_are_offered_for_it(page: Any, open_editor: Any) -> None:
    open_editor(page, wired())
    draw(page, pin(page, "log", "exec", "output"), (900, 420))
    page.get_by_role("dialog", name="Add a node that fits").wait_for()
    offered = options(page)
    assert "Branch" in offered
    assert not {"On Start", "Add", "Comment"} & set(offered)


def test_a_double_click_and_a_key_search_for_a_node(page: Any, open_editor: Any) -> None:
    pattern = open_editor(page, wired())
    page.locator(".react-flow__pane").dblclick(position={"x": 300, "y": 40})
    page.keyboard.press("Escape")
    page.locator(".palette").wait_for(state="detached")
    page.keyboard.press("Tab")
    search(page, "delay")
    on_canvas(page, "Delay").locator(".node-head").click()
    page.keyboard.press("n")
    search(page, "random")
    settled(page, pattern, lambda it: {"Delay", "Random"} <= set(labels(it)))


def test_the_search_is_led_by_keys_and_shows_what_was_used_last(page: Any, open_editor: Any) -> None:
    open_editor(page, wired())
    add(page, 900, 150, "delay")
    page.locator(".react-flow__pane").dblclick(position={"x": 300, "y": 40})
    field = page.get_by_role("combobox", name="Search for a node")
    assert page.locator(".palette-heading").first.inner_text().lower() == "used last"
    assert options(page)[0] == "Delay"
    chosen = page.locator('.palette [role=option][aria-selected="true"] span')
    field.press("End")
    assert chosen.inner_text() == options(page)[-1]
    field.press("Home")
    field.press("ArrowDown")
    assert chosen.inner_text() == options(page)[1]
    assert page.locator(".palette-help h3").inner_text().strip() == options(page)[1]
    field.fill("qqqqzzzz")
    page.get_by_text("Nothing fits “qqqqzzzz”.").wait_for()


@pytest.mark.parametrize("size", [(1280, 800), (390, 760)])
def test_the_search_stays_within_the_window(new_page: Any, open_editor: Any, size: tuple[int, int]) -> None:
    page = new_page(size=size)
    open_editor(page)
    box = page.locator(".canvas").bounding_box()
    page.mouse.click(box["x"] + box["width"] - 6, box["y"] + box["height"] / 2, button="right")
    found = page.locator(".palette").bounding_box()
    assert found["x"] >= 0 and found["y"] >= 0
    assert found["x"] + found["width"] <= size[0] and found["y"] + found["height"] <= size[1]


def test_a_node_without_wires_is_dropped_onto_a_wire(page: Any, open_editor: Any) -> None:
    drawing = placed(
        "start: OnStart",
        drawn("log", "Log", message="x"),
        drawn("wait", "Delay", seconds=1),
        "start > log",
        at=[(0, 0), (420, 0), (200, 240)],
    )
    pattern = open_editor(page, drawing)
    drag(page, middle(on_canvas(page, "wait").locator(".node-head")), on_the_wire(page))
    saved = settled(page, pattern, lambda it: len(it["edges"]) == 2)
    assert ends(saved) == [("start", "wait"), ("wait", "log")]


def test_a_node_from_the_library_is_dropped_onto_a_wire(page: Any, open_editor: Any) -> None:
    pattern = open_editor(page, wired())
    page.get_by_label("Search the library").fill("branch")
    x, y = on_the_wire(page)
    box = page.locator(".react-flow__pane").bounding_box()
    chip = page.locator(".library .chip", has_text="Branch").first
    chip.drag_to(page.locator(".canvas"), target_position={"x": x - box["x"], "y": y - box["y"]})
    saved = settled(page, pattern, lambda it: len(it["edges"]) == 2)
    assert ends(saved) == [("start", "Branch"), ("Branch", "log")]


def test_a_variable_of_the_library_is_got_and_set(page: Any, open_editor: Any) -> None:
    drawing = wired() | {"variables": [{"name": "total", "type": "Integer", "default": 0}]}
    pattern = open_editor(page, drawing)
    page.get_by_role("button", name="Variables", exact=True).click()
    chip = page.locator(".library .chip", has_text="total")
    chip.drag_to(page.locator(".canvas"), target_position={"x": 300, "y": 40})
    page.get_by_role("menuitem", name="Get total").click()
    chip.press("Enter")
    page.get_by_role("menuitem", name="Set total").press("Enter")
    saved = settled(page, pattern, lambda it: len(it["nodes"]) == 4)
    made = [(item["type"], item["data"]["label"], item["data"]["defaults"]) for item in saved["nodes"][2:]]
    assert made == [
        ("GetVariable", "Get total", {"name": "total"}),
        ("SetVariable", "Set total", {"name": "total"}),
    ]


def test_a_menu_opens_by_the_menu_key_and_is_led_by_keys(page: Any, open_editor: Any) -> None:
    pattern = open_editor(page, wired())
    on_canvas(page, "log").locator(".node-head").click()
    page.keyboard.press("Shift+F10")
    page.get_by_role("menu").wait_for()
    assert page.evaluate("document.activeElement.getAttribute('role')") == "menuitem"
    page.keyboard.press("Escape")
    page.get_by_role("menu").wait_for(state="detached")
    on_canvas(page, "log").focus()
    page.keyboard.press("Shift+F10")
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    settled(page, pattern, lambda it: labels(it) == ["start"])


def test_a_selection_is_aligned_and_framed_by_its_menu(page: Any, open_editor: Any) -> None:
    drawing = placed("start: OnStart", drawn("log", "Log", message="x"), at=[(0, 0), (320, 70)])
    pattern = open_editor(page, drawing)
    on_canvas(page, "start").locator(".node-head").click()
    on_canvas(page, "log").locator(".node-head").click(modifiers=["Shift"])
    on_canvas(page, "log").locator(".node-head").click(button="right")
    page.get_by_role("menuitem", name="Align top edges").click()
    settled(page, pattern, lambda it: len({item["position"]["y"] for item in it["nodes"]}) == 1)
    on_canvas(page, "log").locator(".node-head").click(button="right")
    page.get_by_role("menuitem", name="Comment around them").click()
    settled(page, pattern, lambda it: [item["type"] for item in it["nodes"]].count("Comment") == 1)


def test_the_order_of_wires_and_the_wires_of_a_pin_are_changed_by_menus(page: Any, open_editor: Any) -> None:
    drawing = placed(
        "start: OnStart", drawn("a", "Log", message="x"), drawn("b", "Log", message="y"), "start > a, start > b",
        at=[(0, 0), (420, 0), (420, 300)],
    )  # fmt: skip
    pattern = open_editor(page, drawing)
    page.mouse.click(
        *between(page, pin(page, "start", "exec", "output"), pin(page, "b", "exec", "input")), button="right"
    )
    page.get_by_role("menuitem", name="Run earlier").click()
    settled(page, pattern, lambda it: ends(it) == [("start", "b"), ("start", "a")])
    page.mouse.click(*pin(page, "start", "exec", "output"), button="right")
    page.get_by_role("menuitem", name="Remove its wires").click()
    settled(page, pattern, lambda it: it["edges"] == [])


def test_nodes_are_pasted_where_the_search_was_opened(page: Any, open_editor: Any) -> None:
    pattern = open_editor(page, wired())
    on_canvas(page, "log").locator(".node-head").click()
    page.keyboard.press("Control+c")
    page.get_by_text("Copied 1 node.").first.wait_for()
    page.mouse.click(700, 480, button="right")
    page.get_by_role("button", name="Paste here").click()
    settled(page, pattern, lambda it: labels(it) == ["start", "log", "log 2"])


def test_typing_in_the_search_does_not_lag_with_the_whole_library(page: Any, open_editor: Any) -> None:
    open_editor(page)
    page.locator(".react-flow__pane").dblclick(position={"x": 300, "y": 40})
    page.evaluate(WATCH_FOR_LAG)
    page.get_by_role("combobox", name="Search for a node").press_sequentially("http request", delay=60)
    assert options(page)[0] == "HTTP Request"
    assert max(page.evaluate("slow"), default=0) < 250
