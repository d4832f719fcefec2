"""The canvas by pointer: moving, selecting, wiring, arranging."""

from typing import Any

import pytest

from tests.editor.drawn import drag, middle, on_canvas, pin, placed, positions, scattered, settled, wires
from tests.graphs import graph, node

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def zoom(page: Any) -> float:
    return float(
        page.locator(".react-flow__viewport").evaluate("it => new DOMMatrix(getComputedStyle(it).transform).a")
    )


def shift(page: Any) -> tuple[float, float]:
    matrix = "it => { const m = new DOMMatrix(getComputedStyle(it).transform); return [m.e, m.f]; }"
    x, y = page.locator(".react-flow__viewport").evaluate(matrix)
    return x, y


def open_spot(page: Any) -> tuple[float, float]:
    box = page.locator(".canvas").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] - 20


def selected(page: Any) -> set[str]:
    return set(page.locator(".react-flow__node.selected").evaluate_all("all => all.map((it) => it.dataset.id)"))


def test_a_node_moves_on_the_grid_and_back_by_undo(page: Any, open_editor: Any) -> None:
    pattern = open_editor(page, scattered())
    x, y = middle(on_canvas(page, "two").locator(".node-head"))
    drag(page, (x, y), (x + 63, y + 41))
    moved = settled(page, pattern, lambda it: positions(it)["two"] != (620, 30))
    assert all(value % 10 == 0 for value in positions(moved)["two"])
    page.keyboard.press("Control+z")
    settled(page, pattern, lambda it: positions(it)["two"] == (620, 30))
    page.keyboard.press("Control+Shift+z")
    settled(page, pattern, lambda it: positions(it) == positions(moved))


def test_a_box_selects_and_with_shift_adds(page: Any, open_editor: Any) -> None:
    open_editor(page, scattered())
    box = on_canvas(page, "two").bounding_box()
    drag(page, (box["x"] + box["width"] + 12, box["y"] - 12), (box["x"] + box["width"] - 10, box["y"] + 20))
    assert selected(page) == {"two"}
    box = on_canvas(page, "sum").bounding_box()
    page.keyboard.down("Shift")
    drag(page, (box["x"] - 12, box["y"] + box["height"] + 12), (box["x"] + 20, box["y"] + box["height"] - 10))
    page.keyboard.up("Shift")
    assert selected(page) == {"two", "sum"}
    page.keyboard.press("Escape")
    assert selected(page) == set()


@pytest.mark.parametrize("key", ["Shift", "Control"])
def test_a_click_with_a_key_held_adds_and_takes_away(page: Any, open_editor: Any, key: str) -> None:
    open_editor(page, scattered())
    on_canvas(page, "one").locator(".node-head").click()
    on_canvas(page, "two").locator(".node-head").click(modifiers=[key])
    assert selected(page) == {"one", "two"}
    on_canvas(page, "one").locator(".node-head").click(modifiers=[key])
    assert selected(page) == {"two"}


@pytest.mark.parametrize("button", ["middle", "right"])
def test_a_drag_with_another_button_moves_the_canvas_and_opens_no_menu(
    page: Any, open_editor: Any, button: str
) -> None:
    open_editor(page, scattered())
    before, (x, y) = shift(page), open_spot(page)
    drag(page, (x, y), (x + 80, y - 60), button)
    assert shift(page) == pytest.approx((before[0] + 80, before[1] - 60), abs=3)
    page.wait_for_timeout(150)
    assert page.locator(".palette").count() == 0


def test_a_right_click_searches_for_a_node(page: Any, open_editor: Any) -> None:
    open_editor(page, scattered())
    page.mouse.click(*open_spot(page), button="right")
    page.get_by_role("dialog", name="Add a node").wait_for()


def test_the_wheel_moves_and_with_control_zooms(page: Any, open_editor: Any) -> None:
    open_editor(page, scattered())
    before, nearness = shift(page), zoom(page)
    page.mouse.move(*open_spot(page))
    page.mouse.wheel(0, 120)
    page.wait_for_timeout(100)
    assert shift(page)[1] < before[1]
    assert zoom(page) == nearness
    page.keyboard.down("Control")
    page.mouse.wheel(0, 120)
    page.keyboard.up("Control")
    page.wait_for_timeout(100)
    assert zoom(page) < nearness


def test_a_wire_is_drawn_moved_by_its_end_and_taken_off(page: Any, open_editor: Any) -> None:
    pattern = open_editor(page, scattered())
    drag(page, middle(pin(page, "start", "exec", "output")), middle(pin(page, "one", "exec")))
    settled(page, pattern, lambda it: wires(it) == {"start.exec > one.exec"})
    end = middle(pin(page, "one", "exec"))
    drag(page, (end[0] - 12, end[1]), middle(pin(page, "two", "exec")))
    settled(page, pattern, lambda it: wires(it) == {"start.exec > two.exec"})
    pin(page, "two", "exec").click(modifiers=["Alt"])
    settled(page, pattern, lambda it: wires(it) == set())
    page.keyboard.press("Control+z")
    settled(page, pattern, lambda it: wires(it) == {"start.exec > two.exec"})


def test_a_wire_whose_end_is_let_go_in_the_open_is_gone(page: Any, open_editor: Any) -> None:
    drawing = graph(placed(node("start", "OnStart"), 0, 0), placed(node("one", "Log"), 400, 0), "start > one")
    pattern = open_editor(page, drawing)
    end = middle(pin(page, "one", "exec"))
    drag(page, (end[0] - 12, end[1]), open_spot(page))
    settled(page, pattern, lambda it: wires(it) == set())
    assert page.locator(".palette").count() == 0


def test_a_refused_pin_says_why_and_takes_no_wire(page: Any, open_editor: Any) -> None:
    pattern = open_editor(page, scattered())
    page.mouse.move(*middle(pin(page, "start", "exec", "output")))
    page.mouse.down()
    page.mouse.move(*middle(pin(page, "one", "message")), steps=8)
    assert page.locator('.pin-row[data-fit="fits"]').count() == 2
    page.locator(".wire-reason", has_text="An Exec output leads only to an Exec input.").wait_for()
    page.mouse.up()
    page.get_by_role("status").get_by_text("An Exec output leads only to an Exec input.").wait_for()
    page.keyboard.press("Control+s")
    pattern.refresh_from_db()
    assert wires(pattern.graph) == set()


def test_a_wire_let_go_in_the_open_asks_for_a_node_and_comes_wired(page: Any, open_editor: Any) -> None:
    pattern = open_editor(page, scattered())
    drag(page, middle(pin(page, "sum", "result", "output")), open_spot(page))
    page.locator(".palette").get_by_role("combobox").fill("Multiply")
    page.keyboard.press("Enter")
    drawn = settled(page, pattern, lambda it: len(it["edges"]) == 1)
    assert (drawn["edges"][0]["source"], drawn["edges"][0]["targetHandle"]) == ("sum", "a")


def test_selected_nodes_are_aligned_in_one_step(page: Any, open_editor: Any) -> None:
    pattern = open_editor(page, scattered())
    before = positions(pattern.graph)
    on_canvas(page, "one").locator(".node-head").click()
    on_canvas(page, "two").locator(".node-head").click(modifiers=["Shift"])
    page.get_by_role("toolbar", name="Arrange 2 nodes").get_by_role("button", name="Align top").click()
    settled(page, pattern, lambda it: positions(it)["one"] == (300, 30) and positions(it)["two"] == (620, 30))
    page.keyboard.press("Control+z")
    settled(page, pattern, lambda it: positions(it) == before)


def test_laying_out_brings_a_chain_into_one_line(page: Any, open_editor: Any) -> None:
    drawing = graph(
        placed(node("two", "Log"), 0, 300),
        placed(node("one", "Log"), 20, 20),
        placed(node("start", "OnStart"), 500, 90),
        "start > one, one > two",
    )
    pattern = open_editor(page, drawing)
    page.get_by_role("button", name="Lay out").click()
    drawn = settled(
        page, pattern, lambda it: positions(it)["start"][0] < positions(it)["one"][0] < positions(it)["two"][0]
    )
    assert len({y for _, y in positions(drawn).values()}) == 1


def test_a_comment_carries_what_lies_in_it_and_no_more(page: Any, open_editor: Any) -> None:
    note = placed(node("note", "Comment", {"text": "Together"}), -40, -60) | {"size": {"width": 260, "height": 200}}
    pattern = open_editor(page, {**scattered(), "nodes": [note, *scattered()["nodes"]]})
    box = page.locator('.react-flow__node[data-id="note"]').bounding_box()
    drag(page, (box["x"] + 60, box["y"] + 12), (box["x"] + 60, box["y"] + 92))
    drawn = positions(settled(page, pattern, lambda it: positions(it)["note"] != (-40, -60)))
    assert drawn["start"][1] == drawn["note"][1] + 60 > 0
    assert drawn["one"] == (300, 70)


def test_a_node_of_no_known_type_keeps_its_values_and_wires(page: Any, open_editor: Any) -> None:
    drawing = graph(
        placed(node("start", "OnStart"), 0, 0),
        placed(node("gone", "FromAPack", subject="hello"), 300, 0),
        "start > gone.begin",
    )
    pattern = open_editor(page, drawing)
    page.locator('.react-flow__node[data-id="gone"]').get_by_text("hello").wait_for()
    assert page.locator(".react-flow__edge").count() == 1
    on_canvas(page, "gone").locator(".node-head").click()
    page.keyboard.press("ArrowDown")
    stored = settled(page, pattern, lambda it: positions(it)["gone"] == (300, 10))
    assert wires(stored) == {"start.exec > gone.begin"}
    assert stored["nodes"][1]["data"]["defaults"] == {"subject": "hello"}


def test_an_unwired_input_shows_its_value_and_a_wired_one_does_not(page: Any, open_editor: Any) -> None:
    open_editor(page, scattered())
    on_canvas(page, "one").get_by_text("first").wait_for()
    drag(page, middle(pin(page, "sum", "result", "output")), middle(pin(page, "one", "message")))
    on_canvas(page, "one").get_by_text("first").wait_for(state="detached")


def test_the_canvas_follows_the_look_of_the_page(new_page: Any, open_editor: Any) -> None:
    page = new_page(color_scheme="light")
    open_editor(page, scattered())
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.locator(".react-flow.dark").wait_for()


def test_a_finger_moves_the_canvas(new_page: Any, open_editor: Any) -> None:
    page = new_page(has_touch=True, size=(800, 800))
    open_editor(page, scattered())
    before, (x, y) = shift(page), open_spot(page)
    client = page.context.new_cdp_session(page)
    client.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 6):
        point = {"x": x + 12 * step, "y": y - 8 * step}
        client.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert shift(page)[0] > before[0] + 30
    assert selected(page) == set()
