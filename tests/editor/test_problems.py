"""What is wrong with a pattern is marked where it is, listed, and gone to."""

from typing import Any

import pytest

from tests.editor.drawing import node
from tests.editor.test_building import placed
from tests.graphs import node as drawn

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# A request without its address.
BROKEN = placed("start: OnStart", drawn("get", "HTTPRequest"), "start > get", at=[(0, 0), (340, 0)])
WHOLE = placed("start: OnStart", drawn("log", "Log", message="one"), "start > log", at=[(0, 0), (320, 0)])


def show_problems(page: Any) -> Any:
    page.get_by_role("tab", name="Problems").click()
    return page.get_by_role("tabpanel")


def test_a_problem_marks_its_node_and_its_pin(page: Any, open_editor: Any) -> None:
    open_editor(page, BROKEN)
    page.locator('.node[data-problem="error"]').wait_for()
    ringed = node(page, "get").locator('.pin-row[data-problem="error"] [data-pin="url"]')
    assert ringed.count() == 1
    assert node(page, "start").locator("[data-problem]").count() == 0


def test_a_line_leads_to_the_field_in_question(page: Any, open_editor: Any) -> None:
    open_editor(page, BROKEN)
    panel = show_problems(page)
    panel.get_by_role("list", name="Errors").get_by_role("button").first.press("Enter")
    field = page.locator('.inspector-field[data-problem="error"] :is(input, textarea)').first
    field.wait_for()
    page.wait_for_function("document.activeElement.closest('.inspector-field[data-problem=error]')")


def test_what_is_mended_is_a_problem_no_longer(page: Any, open_editor: Any) -> None:
    open_editor(page, BROKEN)
    panel = show_problems(page)
    panel.get_by_role("button").first.click()
    page.wait_for_function("document.activeElement.closest('.inspector-field[data-problem=error]')")
    page.keyboard.type("https://example.org")
    page.locator('.node[data-problem="error"]').wait_for(state="detached")
    assert panel.get_by_role("list", name="Errors").count() == 0


def test_a_pattern_without_problems_says_so(page: Any, open_editor: Any) -> None:
    open_editor(page, WHOLE)
    show_problems(page).get_by_text("No problems").wait_for()
    page.keyboard.press("F8")
    page.locator(".notice", has_text="No problems").wait_for()


def test_f8_goes_round_the_problems(page: Any, open_editor: Any) -> None:
    nodes = ("start: OnStart", drawn("get", "HTTPRequest"), drawn("put", "HTTPRequest"), "start > get, get > put")
    open_editor(page, placed(*nodes, at=[(0, 0), (340, 0), (800, 0)]))
    page.locator('.node[data-problem="error"]').nth(1).wait_for()
    for key, label in [("F8", "get"), ("F8", "put"), ("F8", "get"), ("Shift+F8", "put")]:
        page.keyboard.press(key)
        node(page, label).locator('.node[data-selected="true"]').wait_for()


def test_a_wire_into_nothing_that_fits_is_marked_and_selected(page: Any, open_editor: Any) -> None:
    graph = placed(
        "start: OnStart",
        drawn("flag", "MakeString", value="x"),
        drawn("log", "Log"),
        "start > log",
        at=[(0, 0), (0, 200), (340, 0)],
    )
    graph["edges"].append(
        {"id": "bad", "source": "flag", "sourceHandle": "value", "target": "log", "targetHandle": "exec"}
    )
    open_editor(page, graph)
    page.locator('.wire[data-problem="error"]').wait_for(state="attached")
    show_problems(page).get_by_role("list", name="Errors").get_by_role("button").first.click()
    page.locator('.wire[data-problem="error"][data-selected="true"]').wait_for(state="attached")
