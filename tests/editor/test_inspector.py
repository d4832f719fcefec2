"""Each kind of field of the inspector: typed, taken back, and stored as the value that it stands for."""

from typing import Any

import pytest
from playwright.sync_api import expect

from deployments.actions.create_connection import create_connection
from deployments.actions.create_environment import create_environment
from deployments.actions.set_secret import set_secret
from deployments.models import Connection
from executions.models import Execution
from patterns.models import Pattern
from tests.api.made import deployed, run
from tests.editor.drawing import node, saved
from tests.editor.test_building import placed, stored
from tests.graphs import node as drawn
from tests.pages.made import an_entry

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DRAWN = placed(
    "hook: OnWebhook",
    drawn("http", "HTTPRequest", url="https://example.org"),
    drawn("switch", "Switch"),
    "hook > http, http > switch, http.status > switch.value",
    at=[(0, 0), (300, 0), (640, 0)],
)


def select(page: Any, label: str) -> Any:
    node(page, label).locator(".node-head").click()
    return page.get_by_label("Inspector", exact=True)


def data_of(pattern: Pattern, label: str) -> Any:
    return next(item["data"] for item in stored(pattern)["nodes"] if item["data"]["label"] == label)


def settled(page: Any) -> None:
    page.wait_for_timeout(1_300)
    saved(page)


def test_text_number_choice_and_switch_are_stored_as_what_they_are(page: Any, open_editor: Any) -> None:
    pattern = open_editor(page, DRAWN)
    inspector = select(page, "http")
    inspector.get_by_label("Timeout (s)", exact=True).fill("12.5")
    inspector.get_by_label("Method", exact=True).select_option("PUT")
    inspector.get_by_label("Verify TLS").click()
    inspector.get_by_label("Notes", exact=True).fill("Ask twice")
    settled(page)
    data = data_of(pattern, "http")
    assert (data["defaults"]["timeoutS"], data["defaults"]["method"]) == (12.5, "PUT")
    assert (data["properties"]["verifyTLS"], data["notes"]) == (False, "Ask twice")
    inspector.get_by_role("button", name="Reset Method to its default").click()
    settled(page)
    assert "method" not in data_of(pattern, "http")["defaults"]


def test_text_that_is_no_number_is_kept_and_flagged(page: Any, open_editor: Any) -> None:
    pattern = open_editor(page, DRAWN)
    inspector = select(page, "http")
    inspector.get_by_label("Timeout (s)", exact=True).fill("soon")
    inspector.locator(".field-problem.error").get_by_text("soon").wait_for()
    settled(page)
    assert data_of(pattern, "http")["defaults"]["timeoutS"] == "soon"


def test_headers_are_rows_of_name_and_value(page: Any, open_editor: Any) -> None:
    pattern = open_editor(page, DRAWN)
    inspector = select(page, "http")
    headers = inspector.locator(".inspector-field", has_text="Headers").first
    headers.get_by_role("button", name="Add").click()
    headers.get_by_label("Name 1").fill("X-Order")
    headers.get_by_label("Value of X-Order").fill("{{ trigger.body.id }}")
    settled(page)
    assert data_of(pattern, "http")["defaults"]["headers"] == {"X-Order": "{{ trigger.body.id }}"}


def test_cases_add_pins_on_the_canvas(page: Any, open_editor: Any) -> None:
    pattern = open_editor(page, DRAWN)
    inspector = select(page, "switch")
    inspector.get_by_role("button", name="Add a case").click()
    inspector.get_by_label("Value of case 3").fill("late")
    node(page, "switch").locator('[data-pin="case3"]').wait_for()
    settled(page)
    assert data_of(pattern, "switch")["properties"]["cases"] == [0, 1, 2, "late"]
    while page.get_by_role("button", name="Undo").is_enabled():
        page.get_by_role("button", name="Undo").click()
    node(page, "switch").locator('[data-pin="case3"]').wait_for(state="detached")


def test_a_wired_input_tells_where_its_value_comes_from(page: Any, open_editor: Any) -> None:
    open_editor(page, DRAWN)
    inspector = select(page, "switch")
    wired = inspector.locator(".wired")
    assert "http" in wired.inner_text()
    wired.get_by_role("button").click()
    assert inspector.get_by_label("Name", exact=True).input_value() == "http"


def test_json_is_edited_with_its_faults_shown(page: Any, open_editor: Any) -> None:
    pattern = open_editor(page, placed(drawn("make", "MakeObject", {"value": "{}"}), at=[(0, 0)]))
    inspector = select(page, "make")
    code = inspector.locator(".cm-content")
    code.wait_for()
    code.click()
    page.keyboard.press("Control+a")
    page.keyboard.type('{"a": [1, 2')
    settled(page)
    assert data_of(pattern, "make")["properties"]["value"].replace(" ", "").startswith('{"a":[1,2')


def test_a_schedule_is_told_in_words_with_its_next_times(page: Any, open_editor: Any) -> None:
    pattern = open_editor(page, placed("tick: OnSchedule", at=[(0, 0)]))
    inspector = select(page, "tick")
    inspector.get_by_label("Schedule", exact=True).fill("30 9 * * MON")
    inspector.get_by_text("Monday").first.wait_for()
    inspector.get_by_label("Time Zone").fill("Europe/Berlin")
    inspector.locator("ol[aria-label='Next times'] li").nth(4).wait_for()
    inspector.get_by_label("Schedule", exact=True).fill("99 9 * * *")
    inspector.locator(".hint.bad-text").wait_for()
    page.complaints.clear()  # the browser names the answer of 422
    settled(page)
    assert data_of(pattern, "tick")["properties"] == {"schedule": "99 9 * * *", "timeZone": "Europe/Berlin"}


def test_a_call_chooses_among_patterns_and_gets_their_pins(page: Any, open_editor: Any, user: Any) -> None:
    called = placed(drawn("call", "OnPatternCall", {"inputs": [{"name": "Order", "type": "Object"}]}), at=[(0, 0)])
    callee = deployed(user, "Ship it", called).pattern
    pattern = open_editor(page, placed("start: OnStart", "ship: CallPattern", "start > ship", at=[(0, 0), (300, 0)]))
    inspector = select(page, "ship")
    inspector.get_by_label("Pattern", exact=True).select_option(label="Ship it")
    inspector.get_by_text("Takes Order: Object").wait_for()
    node(page, "ship").locator('[data-pin="order"]').wait_for()
    settled(page)
    assert data_of(pattern, "ship")["properties"]["pattern"] == str(callee.pk)


def test_a_variable_is_added_named_and_renamed_everywhere(page: Any, open_editor: Any) -> None:
    drawing = placed(
        "start: OnStart", drawn("log", "Log", message="{{ vars.value1 }}"), "start > log", at=[(0, 0), (300, 0)]
    )
    pattern = open_editor(page, drawing)
    inspector = page.get_by_label("Inspector", exact=True)
    inspector.get_by_role("button", name="Add a variable").click()
    name = inspector.get_by_label("Name of the variable")
    name.fill("total")
    name.press("Enter")
    inspector.get_by_label("Type of total").select_option("Integer")
    inspector.get_by_text("Used by 1 node").wait_for()
    settled(page)
    assert stored(pattern)["variables"][0]["name"] == "total"
    assert data_of(pattern, "log")["defaults"]["message"] == "{{ vars.total }}"


def test_an_expression_shows_what_it_came_to_in_the_last_run(page: Any, open_editor: Any) -> None:
    pattern = open_editor(page, DRAWN)
    past = run(pattern, event={"body": {"id": 7}}, mode="test", version_number=None)
    an_entry(past, 1, node_id="http", node_name="http", output={"status": 201})
    inspector = select(page, "http")
    inspector.get_by_label("URL", exact=True).fill("https://example.org/{{ trigger.body.id }}")
    inspector.locator(".preview").get_by_text("https://example.org/7").wait_for()
    inspector.get_by_label("URL", exact=True).fill("{{ nodes['nobody'].x }}")
    inspector.locator(".preview").get_by_text("No node is named").wait_for()
    assert Execution.objects.count() == 1


def test_pattern_name_tags_and_description_are_part_of_what_can_be_undone(page: Any, open_editor: Any) -> None:
    pattern = open_editor(page, DRAWN)
    inspector = page.get_by_label("Inspector", exact=True)
    inspector.get_by_label("Tags").fill("billing, night")
    inspector.get_by_label("Description").fill("Sends what is due.")
    settled(page)
    pattern.refresh_from_db()
    assert {tag.name for tag in pattern.tags.all()} == {"billing", "night"}
    assert pattern.description == "Sends what is due."
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Undo").click()
    settled(page)
    pattern.refresh_from_db()
    assert (pattern.description, list(pattern.tags.all())) == ("", [])


def test_a_secret_is_picked_by_its_name_and_its_value_is_not_there(page: Any, open_editor: Any, user: Any) -> None:
    environment = create_environment(user, "production")
    set_secret(environment, "API_KEY", "a value that nobody sees", user)
    pattern = open_editor(page, placed("secret: GetSecret", at=[(0, 0)]))
    inspector = select(page, "secret")
    inspector.get_by_label("Name", exact=True).last.fill("API_KEY")
    inspector.get_by_text("In production.").wait_for()
    assert "nobody sees" not in page.content()
    settled(page)
    assert data_of(pattern, "secret")["defaults"]["name"] == "API_KEY"


def test_a_fraction_is_typed_key_by_key(page: Any, open_editor: Any) -> None:
    pattern = open_editor(page, DRAWN)
    field = select(page, "http").get_by_label("Timeout (s)", exact=True)
    for typed, value in (("1.5", 1.5), ("0.05", 0.05), ("1.0", 1), ("-0.5", -0.5), ("2e3", 2000)):
        field.fill("")
        field.press_sequentially(typed, delay=30)
        assert field.input_value() == typed
        settled(page)
        assert data_of(pattern, "http")["defaults"]["timeoutS"] == value
    page.get_by_role("button", name="Undo").click()
    assert field.input_value() != "2e3"


def test_json_keeps_the_layout_it_is_typed_in(page: Any, open_editor: Any) -> None:
    pattern = open_editor(page, placed(drawn("count", "Length"), at=[(0, 0)]))
    code = select(page, "count").locator(".cm-content")
    code.wait_for()
    code.click()
    page.keyboard.type("[1,  2, 35", delay=30)  # the closing bracket comes by itself
    settled(page)
    assert code.inner_text() == "[1,  2, 35]"
    assert data_of(pattern, "count")["defaults"]["array"] == [1, 2, 35]


def test_pinned_data_are_typed_through_what_is_no_json(page: Any, open_editor: Any) -> None:
    drawing = placed("roll: Random", at=[(0, 0)])
    drawing["nodes"][0]["data"]["pinned"] = {"result": 1}
    pattern = open_editor(page, drawing)
    code = select(page, "roll").get_by_role("region", name="Pinned data").locator(".cm-content")
    code.wait_for()
    code.click()
    page.keyboard.press("Control+a")
    page.keyboard.type('{"result": 0.25', delay=30)
    settled(page)
    assert code.inner_text() == '{"result": 0.25}'
    assert data_of(pattern, "roll")["pinned"] == {"result": 0.25}


def test_a_connection_is_chosen_by_its_name(page: Any, open_editor: Any, user: Any) -> None:
    create_connection(user, "bearer", "Shop", {"token": "sk_test_4eC39H"}, ["example.org"], "Example")
    pattern = open_editor(page, DRAWN)
    inspector = select(page, "http")
    inspector.get_by_label("Connection", exact=True).select_option("Shop")
    settled(page)
    assert data_of(pattern, "http")["properties"]["connection"] == "Shop"
    assert "sk_test_4eC39H" not in page.content()
    Connection.objects.all().delete()
    page.reload()
    chosen = select(page, "http").get_by_label("Connection", exact=True)
    expect(chosen.locator("option:checked")).to_have_text("Shop (is not here)")
    expect(page.get_by_text("There is no connection “Shop” here.").first).to_be_attached()
