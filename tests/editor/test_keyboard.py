"""The editor without a pointer."""

from typing import Any

import pytest

from tests.editor.drawn import on_canvas, placed, positions, scattered, settled, wires
from tests.graphs import graph, node

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def focused(page: Any) -> str:
    return str(page.evaluate("document.activeElement.closest('.react-flow__node')?.dataset.id ?? ''"))


def focus(page: Any, label: str) -> None:
    on_canvas(page, label).focus()


def choose(page: Any, text: str) -> None:
    page.locator(".palette").get_by_role("combobox").fill(text)
    page.keyboard.press("Enter")


def test_a_pattern_is_built_and_wired_from_nothing_by_keyboard_alone(page: Any, open_editor: Any) -> None:
    pattern = open_editor(page)
    while not focused(page):
        page.keyboard.press("Tab")
    page.keyboard.press("w")
    choose(page, "Exec")
    choose(page, "New")
    choose(page, "Log")
    logged = settled(page, pattern, lambda it: len(it["edges"]) == 1)
    page.locator('.react-flow__node[aria-label="Log, action"]:focus').wait_for()
    page.keyboard.press("w")
    choose(page, "Message")
    choose(page, "New")
    choose(page, "String")
    page.locator('.react-flow__node[aria-label="String, function"]:focus').wait_for()
    stored = settled(page, pattern, lambda it: len(it["edges"]) == 2)
    ids = {item["type"]: item["id"] for item in stored["nodes"]}
    assert wires(stored) == {
        f"{logged['edges'][0]['source']}.exec > {ids['Log']}.exec",
        f"{ids['MakeString']}.value > {ids['Log']}.message",
    }
    page.keyboard.press("Enter")
    page.locator(".inspector :focus").wait_for()
    page.keyboard.press("Escape")
    page.wait_for_function("id => document.activeElement.dataset.id === id", arg=ids["MakeString"])
    page.get_by_role("tab", name="Problems").click()
    page.get_by_text("It can be deployed.").wait_for()


def test_a_wire_leads_to_a_pin_found_by_typing(page: Any, open_editor: Any) -> None:
    pattern = open_editor(page, scattered())
    focus(page, "sum")
    page.keyboard.press("w")
    page.get_by_role("listbox", name="Pins of sum").wait_for()
    page.keyboard.press("Enter")
    options = page.get_by_role("option").all_inner_texts()
    assert options[0].startswith("one, Message")
    choose(page, "two mess")
    settled(page, pattern, lambda it: wires(it) == {"sum.result > two.message"})
    page.get_by_role("status").get_by_text("Wired sum, Result to two, Message").wait_for()
    assert focused(page) == "sum"
    page.keyboard.press("w")
    page.keyboard.press("Enter")
    choose(page, "Remove")
    settled(page, pattern, lambda it: wires(it) == set())


def test_escape_goes_back_from_the_far_ends_to_the_pins_to_the_node(page: Any, open_editor: Any) -> None:
    open_editor(page, scattered())
    focus(page, "one")
    page.keyboard.press("w")
    choose(page, "Level")
    page.get_by_role("listbox", name="one, Level").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("listbox", name="Pins of one").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("listbox").wait_for(state="detached")
    page.wait_for_function("document.activeElement.dataset.id === 'one'")


def test_alt_and_arrows_go_along_wires_and_else_that_way(page: Any, open_editor: Any) -> None:
    drawing = graph(
        placed(node("start", "OnStart"), 0, 0),
        placed(node("near", "Log"), 200, 200),
        placed(node("wired", "Log"), 500, 0),
        "start > wired",
    )
    open_editor(page, drawing)
    focus(page, "start")
    for key, reached in [("Right", "wired"), ("Left", "start"), ("Down", "near"), ("Up", "start")]:
        page.keyboard.press(f"Alt+Arrow{key}")
        page.wait_for_function("id => document.activeElement.dataset.id === id", arg=reached)


def test_arrows_move_what_is_selected_and_one_undo_takes_a_walk_back(page: Any, open_editor: Any) -> None:
    pattern = open_editor(page, scattered())
    focus(page, "one")
    for key in ["ArrowRight", "ArrowRight", "Shift+ArrowRight"]:
        page.keyboard.press(key)
    settled(page, pattern, lambda it: positions(it)["one"] == (370, 70))
    page.keyboard.press("Control+z")
    settled(page, pattern, lambda it: positions(it)["one"] == (300, 70))


def test_delete_rename_select_all_and_undo(page: Any, open_editor: Any) -> None:
    pattern = open_editor(page, scattered())
    focus(page, "one")
    page.keyboard.press("F2")
    page.keyboard.type("Greeting")
    page.keyboard.press("Enter")
    assert focused(page) == "one"
    page.keyboard.press("Delete")
    settled(page, pattern, lambda it: "one" not in positions(it))
    page.keyboard.press("Control+a")
    page.keyboard.press("Backspace")
    settled(page, pattern, lambda it: it["nodes"] == [])
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    stored = settled(page, pattern, lambda it: len(it["nodes"]) == 4)
    assert "Greeting" in [item["data"]["label"] for item in stored["nodes"]]


def test_keys_typed_into_a_field_are_the_fields(page: Any, open_editor: Any) -> None:
    pattern = open_editor(page, scattered())
    focus(page, "one")
    page.keyboard.press("Space")
    page.locator(".inspector").get_by_role("textbox").first.fill("fw1?")
    page.keyboard.press("Backspace")
    settled(page, pattern, lambda it: "fw1" in [item["data"]["label"] for item in it["nodes"]])


def test_the_list_of_keys_opens_and_closes_by_keyboard(page: Any, open_editor: Any) -> None:
    open_editor(page, scattered())
    focus(page, "one")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    dialog.get_by_text("Draw a wire").wait_for()
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    page.wait_for_function("document.activeElement.dataset.id === 'one'")


def test_tab_goes_past_the_canvas_in_one_stop(page: Any, open_editor: Any) -> None:
    open_editor(page, scattered())
    focus(page, "one")
    page.keyboard.press("Tab")
    assert focused(page) == ""
    page.keyboard.press("Shift+Tab")
    assert focused(page) == "one"


def test_a_reader_hears_type_kind_pins_wires_and_problems(page: Any, open_editor: Any) -> None:
    drawing = graph(placed(node("start", "OnStart"), 0, 0), placed(node("say", "Log"), 300, 0), "start > say")
    open_editor(page, drawing)
    page.get_by_role("group", name="start, On Start, event").wait_for()
    page.get_by_role("group", name="Wire from start, Exec, to say, Exec").wait_for(state="attached")
    page.get_by_role("img", name="Input Exec, Exec, wired").wait_for()
    page.get_by_role("img", name="Input Message, Any, not wired").wait_for()


def test_panels_open_and_close_by_keys(page: Any, open_editor: Any) -> None:
    open_editor(page, scattered())
    page.keyboard.press("Control+b")
    page.locator(".inspector").wait_for(state="detached")
    page.keyboard.press("Control+j")
    page.locator(".bottom-body").wait_for(state="detached")
