"""Patterns drawn by the mouse, from nothing, and every step taken back and done again."""

import json
from typing import Any

import pytest

from patterns.actions.check_pattern import check_pattern
from patterns.graph import Severity
from patterns.models import Pattern
from tests.editor.drawing import add, draw, node, pin, saved, search
from tests.graphs import graph
from tests.graphs import node as drawn

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def stored(pattern: Pattern) -> dict[str, Any]:
    pattern.refresh_from_db()
    return dict(pattern.graph)


def joined(pattern: Pattern) -> list[tuple[str, str, str, str]]:
    """The wires that are stored, by the labels of their nodes."""
    found = stored(pattern)
    labels = {item["id"]: item["data"]["label"] for item in found["nodes"]}
    return [
        (labels[wire["source"]], wire["sourceHandle"], labels[wire["target"]], wire["targetHandle"])
        for wire in found["edges"]
    ]


def placed(*parts: Any, at: list[tuple[int, int]], **more: Any) -> dict[str, Any]:
    found = graph(*parts, **more)
    for item, (x, y) in zip(found["nodes"], at, strict=True):
        item["position"] = {"x": x, "y": y}
    return found


def test_a_webhook_that_asks_another_service_is_drawn_from_nothing(page: Any, user: Any) -> None:
    page.goto("/patterns/new")
    page.get_by_label("Name").fill("Forward orders")
    page.get_by_role("button", name="Create").click()
    page.locator(".react-flow__node").wait_for()
    pattern = Pattern.objects.get()
    node(page, "On Start").click()
    page.keyboard.press("Delete")
    add(page, 480, 200, "webhook")
    # A wire let go in the open asks which node it leads to, and wires it.
    draw(page, pin(page, "On Webhook", "exec", "output"), (900, 260))
    search(page, "http request")
    page.get_by_label("URL", exact=True).fill("https://example.org/orders")
    draw(page, pin(page, "On Webhook", "body", "output"), pin(page, "HTTP Request", "body", "input"))
    saved(page)
    assert set(joined(pattern)) == {
        ("On Webhook", "exec", "HTTP Request", "exec"),
        ("On Webhook", "body", "HTTP Request", "body"),
    }
    assert [problem for problem in check_pattern(pattern) if problem.severity is Severity.ERROR] == []
    assert stored(pattern)["nodes"][1]["data"]["defaults"]["url"] == "https://example.org/orders"
    for _ in range(30):
        page.keyboard.press("Escape")
        if page.get_by_role("button", name="Undo").is_disabled():
            break
        page.get_by_role("button", name="Undo").click()
    page.locator(".react-flow__node").first.wait_for()
    saved(page)
    assert [item["type"] for item in stored(pattern)["nodes"]] == ["OnStart"]
    while page.get_by_role("button", name="Redo").is_enabled():
        page.get_by_role("button", name="Redo").click()
    saved(page)
    assert len(joined(pattern)) == 2


def test_a_wire_that_does_not_fit_is_refused_with_the_reason(page: Any, open_editor: Any) -> None:
    drawing = placed("start: OnStart", drawn("log", "Log", message="x"), at=[(0, 0), (320, 0)])
    pattern = open_editor(page, drawing)
    draw(page, pin(page, "start", "exec", "output"), pin(page, "log", "message", "input"))
    page.get_by_text("An Exec output leads only to an Exec input.").first.wait_for()
    assert joined(pattern) == []


def test_only_pins_that_fit_light_up(page: Any, open_editor: Any) -> None:
    drawing = placed("start: OnStart", drawn("log", "Log", message="x"), at=[(0, 0), (320, 0)])
    open_editor(page, drawing)
    page.mouse.move(*pin(page, "start", "exec", "output"))
    page.mouse.down()
    page.mouse.move(600, 500, steps=5)
    fits = page.locator('[data-fit="fits"] [data-pin]').evaluate_all("all => all.map(one => one.dataset.pin)")
    assert fits == ["exec"]
    page.mouse.up()
    page.keyboard.press("Escape")


def test_a_data_input_takes_one_wire_and_alt_click_drops_it(page: Any, open_editor: Any) -> None:
    drawing = placed("a: Random", "b: Random", "sum: Add", "b.result > sum.a", at=[(0, 0), (0, 200), (320, 60)])
    pattern = open_editor(page, drawing)
    draw(page, pin(page, "a", "result", "output"), pin(page, "sum", "a", "input"))
    saved(page)
    page.wait_for_timeout(1_300)
    saved(page)
    assert joined(pattern) == [("a", "result", "sum", "a")]
    page.keyboard.down("Alt")
    page.mouse.click(*pin(page, "sum", "a", "input"))
    page.keyboard.up("Alt")
    page.locator(".react-flow__edge").wait_for(state="detached")


def test_nodes_are_copied_to_another_pattern(new_page: Any, open_editor: Any) -> None:
    page = new_page()
    drawing = placed("start: OnStart", drawn("log", "Log", message="x"), "start > log", at=[(0, 0), (320, 0)])
    open_editor(page, drawing)
    page.locator(".react-flow__pane").click(position={"x": 20, "y": 20})
    node(page, "start").click()
    node(page, "log").click(modifiers=["Shift"])
    page.keyboard.press("Control+c")
    page.get_by_text("Copied 2 nodes.").first.wait_for()
    assert json.loads(page.evaluate("navigator.clipboard.readText()"))["dragops"] == "nodes"
    other = open_editor(page, name="Other")
    page.locator(".react-flow__pane").click(position={"x": 60, "y": 60})
    page.keyboard.press("Control+v")
    page.get_by_text("Pasted 2 nodes.").first.wait_for()
    page.wait_for_timeout(1_300)
    saved(page)
    assert joined(other) == [("start", "exec", "log", "exec")]


def test_rubbish_in_the_clipboard_is_refused_with_a_sentence(page: Any, open_editor: Any) -> None:
    open_editor(page)
    page.evaluate("navigator.clipboard.writeText('no nodes here')")
    page.locator(".react-flow__pane").click(position={"x": 60, "y": 60})
    page.keyboard.press("Control+v")
    page.get_by_text("The clipboard holds no nodes.").first.wait_for()


def test_a_node_is_put_onto_a_wire_from_its_menu(page: Any, open_editor: Any) -> None:
    drawing = placed("start: OnStart", drawn("log", "Log", message="x"), "start > log", at=[(0, 0), (420, 0)])
    pattern = open_editor(page, drawing)
    source, target = pin(page, "start", "exec", "output"), pin(page, "log", "exec", "input")
    page.mouse.click((source[0] + target[0]) / 2, source[1], button="right")
    page.get_by_role("menuitem", name="Insert a node").click()
    search(page, "branch")
    page.wait_for_timeout(1_300)
    saved(page)
    assert joined(pattern) == [("start", "exec", "Branch", "exec"), ("Branch", "true", "log", "exec")]


def test_a_node_is_dragged_out_of_the_library(page: Any, open_editor: Any) -> None:
    pattern = open_editor(page)
    chip = page.locator(".library .chip", has_text="On Webhook")
    chip.drag_to(page.locator(".react-flow__pane"), target_position={"x": 600, "y": 200})
    node(page, "On Webhook").wait_for()
    page.wait_for_timeout(1_300)
    saved(page)
    assert [item["type"] for item in stored(pattern)["nodes"]] == ["OnStart", "OnWebhook"]


def test_nodes_are_duplicated_renamed_and_removed_by_their_menu(page: Any, open_editor: Any) -> None:
    drawing = placed("start: OnStart", drawn("log", "Log", message="x"), "start > log", at=[(0, 0), (320, 0)])
    open_editor(page, drawing)
    node(page, "log").click(button="right")
    page.get_by_role("menuitem", name="Duplicate").click()
    node(page, "log 2").wait_for()
    node(page, "log 2").locator(".node-title").dblclick()
    page.get_by_label("Name of the node").fill("Second")
    page.keyboard.press("Enter")
    node(page, "Second").click(button="right")
    page.get_by_role("menuitem", name="Delete").click()
    node(page, "Second").wait_for(state="detached")


def test_a_viewer_looks_and_changes_nothing(browser: Any, live_server: Any, make_user: Any, client_as: Any) -> None:
    from patterns.actions import create_pattern
    from tests.conftest import PASSWORD

    pattern = create_pattern(make_user("editor"), "Orders")
    make_user("viewer")
    context = browser.new_context(base_url=live_server.url, viewport={"width": 1280, "height": 800})
    page, complaints = context.new_page(), []
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.goto(f"/sign-in?next=/patterns/{pattern.pk}")
    page.fill("[name=email]", "viewer@example.org")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    node(page, "On Start").click()
    page.keyboard.press("Delete")
    page.get_by_text("View only").wait_for()
    assert node(page, "On Start").count() == 1
    assert page.get_by_role("button", name="Run", exact=True).count() == 0
    assert page.get_by_role("button", name="Deploy", exact=True).count() == 0
    context.close()
    assert complaints == []
