"""Saving by itself, losing nothing: without a connection, after a crash, and where somebody else has saved first."""

from typing import Any

import pytest

from patterns.actions import save_pattern
from patterns.models import Pattern
from tests.editor.drawing import node, saved
from tests.editor.test_building import placed, stored
from tests.graphs import node as drawn

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DRAWN = placed("start: OnStart", drawn("log", "Log", message="one"), "start > log", at=[(0, 0), (320, 0)])


def write(page: Any, message: str) -> None:
    node(page, "log").locator(".node-head").click()
    page.get_by_label("Message", exact=True).fill(message)


def message(pattern: Pattern) -> Any:
    return stored(pattern)["nodes"][1]["data"]["defaults"]["message"]


def state(page: Any, name: str) -> None:
    page.locator(f'.save-state[data-state="{name}"]').wait_for()


def save_as_somebody_else(pattern: Pattern, text: str) -> None:
    pattern.refresh_from_db()
    graph = pattern.graph
    graph["nodes"][1]["data"]["defaults"]["message"] = text
    save_pattern(pattern.pk, pattern.revision, graph=graph)


def test_edits_are_saved_by_themselves_and_are_there_again(page: Any, open_editor: Any) -> None:
    pattern = open_editor(page, DRAWN)
    write(page, "two")
    state(page, "unsaved")
    saved(page)
    assert message(pattern) == "two"
    page.reload()
    node(page, "log").locator(".node-head").click()
    assert page.get_by_label("Message", exact=True).input_value() == "two"


def test_a_word_is_taken_back_as_a_whole(page: Any, open_editor: Any) -> None:
    open_editor(page, DRAWN)
    node(page, "log").locator(".node-head").click()
    field = page.get_by_label("Message", exact=True)
    field.press("End")
    field.press_sequentially(" and two", delay=20)
    page.get_by_role("button", name="Undo").click()
    assert field.input_value() == "one"


def test_what_the_server_refuses_is_said_and_kept(page: Any, open_editor: Any) -> None:
    pattern = open_editor(page, DRAWN)
    page.get_by_label("Name of the pattern").fill("")
    state(page, "failed")
    page.locator(".save-state").get_by_text("name: This field may not be blank.").wait_for()
    page.complaints.clear()  # the browser names the answer of 422
    page.get_by_label("Name of the pattern").fill("Better")
    saved(page)
    pattern.refresh_from_db()
    assert pattern.name == "Better"


def test_without_a_connection_edits_go_on_and_are_saved_when_it_is_back(page: Any, open_editor: Any) -> None:
    pattern = open_editor(page, DRAWN)
    page.context.set_offline(True)
    write(page, "two")
    state(page, "offline")
    write(page, "three")
    assert message(pattern) == "one"
    page.context.set_offline(False)
    saved(page)
    assert message(pattern) == "three"
    page.complaints[:] = [said for said in page.complaints if "ERR_INTERNET_DISCONNECTED" not in said]


def test_edits_that_were_not_saved_are_there_when_the_page_is_opened_again(page: Any, open_editor: Any) -> None:
    pattern = open_editor(page, DRAWN)
    context = page.context
    context.set_offline(True)
    write(page, "two")
    state(page, "offline")
    page.close()
    assert message(pattern) == "one"
    context.set_offline(False)
    again = context.new_page()
    again.goto(f"/patterns/{pattern.pk}")
    again.get_by_text("Edits that had not been saved were restored.").first.wait_for()
    saved(again)
    assert message(pattern) == "two"
    page.complaints[:] = [said for said in page.complaints if "ERR_INTERNET" not in said]


def test_what_is_typed_while_a_save_is_under_way_is_saved_as_well(page: Any, open_editor: Any) -> None:
    pattern = open_editor(page, DRAWN)
    node(page, "log").locator(".node-head").click()
    field = page.get_by_label("Message", exact=True)
    field.press("End")
    field.press_sequentially(" more, and so on, for longer than a save may wait for its rest", delay=100)
    saved(page)
    assert message(pattern).endswith("its rest")


def test_an_edit_that_is_taken_back_leaves_nothing_to_save(page: Any, open_editor: Any) -> None:
    pattern = open_editor(page, DRAWN)
    node(page, "log").locator(".node-head").click()
    page.keyboard.press("Delete")
    state(page, "unsaved")
    page.get_by_role("button", name="Undo").click()
    saved(page)
    page.wait_for_timeout(1_500)
    assert Pattern.objects.get(pk=pattern.pk).revision == pattern.revision


def test_kept_edits_that_somebody_has_overtaken_are_asked_about_until_they_are_decided(
    page: Any, open_editor: Any
) -> None:
    pattern = open_editor(page, DRAWN)
    context = page.context
    context.set_offline(True)
    write(page, "mine")
    state(page, "offline")
    page.close()
    save_as_somebody_else(pattern, "theirs")
    context.set_offline(False)
    for _ in range(2):
        again = context.new_page()
        again.goto(f"/patterns/{pattern.pk}")
        again.get_by_role("dialog", name="Somebody else saved this pattern").wait_for()
        again.wait_for_timeout(1_500)
        assert message(pattern) == "theirs"
        again.close()
    page.complaints[:] = [said for said in page.complaints if "ERR_INTERNET" not in said]


def test_two_windows_of_one_person_tell_each_other(page: Any, open_editor: Any) -> None:
    pattern = open_editor(page, DRAWN)
    other = page.context.new_page()
    other.goto(f"/patterns/{pattern.pk}")
    node(other, "log").wait_for()
    write(page, "from the first")
    state(other, "newer")
    other.get_by_role("button", name="Load it").click()
    node(other, "log").locator(".node-head").click()
    assert other.get_by_label("Message", exact=True).input_value() == "from the first"
    assert Pattern.objects.get(pk=pattern.pk).revision == pattern.revision + 1


def conflict(page: Any, open_editor: Any) -> tuple[Pattern, Any]:
    pattern = open_editor(page, DRAWN)
    save_as_somebody_else(pattern, "theirs")
    write(page, "mine")
    dialog = page.get_by_role("dialog", name="Somebody else saved this pattern")
    dialog.wait_for()
    page.complaints.clear()  # the browser names the answer of 409
    return pattern, dialog


def test_of_two_saves_theirs_can_be_loaded_and_mine_brought_back(page: Any, open_editor: Any) -> None:
    pattern, dialog = conflict(page, open_editor)
    dialog.get_by_role("button", name="Load theirs").click()
    field = page.get_by_label("Message", exact=True)
    assert field.input_value() == "theirs"
    assert message(pattern) == "theirs"
    page.get_by_role("button", name="Undo").click()
    assert field.input_value() == "mine"
    page.wait_for_timeout(1_300)
    saved(page)
    assert message(pattern) == "mine"


def test_of_two_saves_mine_can_be_kept_after_a_comparison(page: Any, open_editor: Any) -> None:
    pattern, dialog = conflict(page, open_editor)
    dialog.get_by_role("button", name="Compare").click()
    dialog.locator("del").get_by_text("theirs").wait_for()
    assert dialog.locator("ins").inner_text() == "mine"
    dialog.get_by_role("button", name="Save mine over it").click()
    saved(page)
    assert message(pattern) == "mine"
    page.get_by_role("button", name="Undo").click()
    assert page.get_by_label("Message", exact=True).input_value() == "theirs"


def test_of_two_saves_mine_can_become_a_copy(page: Any, open_editor: Any) -> None:
    pattern, dialog = conflict(page, open_editor)
    dialog.get_by_role("button", name="Save mine as a copy").click()
    page.get_by_role("dialog", name="Saved as a copy").wait_for()
    assert message(pattern) == "theirs"
    assert message(Pattern.objects.exclude(pk=pattern.pk).get()) == "mine"


def test_a_choice_can_be_put_off_and_nothing_is_lost(page: Any, open_editor: Any) -> None:
    pattern, _ = conflict(page, open_editor)
    page.keyboard.press("Escape")
    state(page, "conflict")
    write(page, "mine still")
    page.wait_for_timeout(600)
    assert message(pattern) == "theirs"
    other = page.context.new_page()
    page.close()
    other.goto(f"/patterns/{pattern.pk}")
    other.get_by_role("dialog", name="Somebody else saved this pattern").wait_for()
    other.get_by_role("button", name="Save mine over it").click()
    saved(other)
    assert message(pattern) == "mine still"


def test_leaving_with_unsaved_work_warns(page: Any, open_editor: Any) -> None:
    open_editor(page, DRAWN)
    page.context.set_offline(True)
    write(page, "two")
    state(page, "offline")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.context.route("**/api/**", lambda route: route.abort())  # before the network is back: nothing may be saved
    page.context.set_offline(False)
    page.reload()
    assert asked == ["beforeunload"]
    page.goto("about:blank")
    page.complaints.clear()


def test_problems_mark_node_and_wire_and_lead_to_them(page: Any, open_editor: Any) -> None:
    drawing = placed("start: OnStart", "if: Switch", "start > if, start > if.value", at=[(0, 0), (900, 700)])
    open_editor(page, drawing)
    page.locator('.node[data-problem="error"]').first.wait_for()
    page.get_by_role("tab", name="Problems").click()
    panel = page.locator(".problems-panel")
    assert panel.locator("button.error").count() >= 1
    panel.locator("button.error").first.press("Enter")
    page.locator('.node[data-selected="true"], .wire[data-selected="true"]').first.wait_for()
    page.locator(".inspector .field-problem, .inspector .note.error").first.wait_for()
