"""Deploying from the editor: the light, what changed, the webhook, and the versions that were."""

from typing import Any

import pytest

from deployments.models import Deployment, Version
from patterns.models import Pattern
from tests.editor.drawing import node, saved
from tests.editor.test_building import placed, stored
from tests.graphs import node as drawn

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HOOK = placed("hook: OnWebhook", drawn("log", "Log", message="one"), "hook > log", at=[(0, 0), (320, 0)])


def deploy(page: Any) -> None:
    page.get_by_role("button", name="Deploy", exact=True).click()
    page.get_by_role("heading", name="Version 1 is live").wait_for()


def change(page: Any, message: str) -> None:
    node(page, "log").locator(".node-head").click()
    page.get_by_label("Message", exact=True).fill(message)
    page.locator(".deploy-light .count").wait_for()
    saved(page)


def test_a_deploy_makes_the_draft_live_and_shows_how_to_reach_it(page: Any, open_editor: Any) -> None:
    pattern = open_editor(page, HOOK)
    page.get_by_role("button", name="Not deployed").wait_for()
    deploy(page)
    assert Version.objects.get().snapshot.graph == stored(pattern)
    page.get_by_role("button", name="Copy the webhook URL").click()
    page.get_by_text("Copied the webhook URL.").first.wait_for()
    assert page.evaluate("navigator.clipboard.readText()").endswith(f"/webhooks/{pattern.webhook_id}")
    assert page.get_by_role("button", name="Redeploy").is_disabled()


def test_what_changed_since_is_told_and_layout_does_not_count(page: Any, open_editor: Any) -> None:
    open_editor(page, HOOK)
    deploy(page)
    page.keyboard.press("Escape")
    page.get_by_role("dialog", name="Deployment").wait_for(state="detached")
    box = node(page, "log").locator(".node-title").bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + 80, box["y"] + 120, steps=5)
    page.mouse.up()
    page.wait_for_timeout(2_500)
    saved(page)
    assert page.locator(".deploy-light .count").count() == 0
    change(page, "two")
    page.locator(".deploy-light").click()
    part = page.locator(".deploy-panel .changes")
    part.get_by_text("1 node changed, from version 1 to the draft.").wait_for()
    assert part.locator("del").inner_text() == "one"
    assert part.locator("ins").inner_text() == "two"


def test_errors_are_shown_instead_of_deployed(page: Any, open_editor: Any) -> None:
    open_editor(page, placed("hook: OnWebhook", "if: Switch", "hook > if", at=[(0, 0), (320, 0)]))
    page.get_by_role("button", name="1 error", exact=True).click()
    page.locator(".problems-panel").get_by_text("needs a wire or a value").wait_for()
    assert not Deployment.objects.exists()
    page.locator(".problems-panel button").first.click()
    page.get_by_label("Inspector").get_by_text("needs a wire or a value").wait_for()


def test_a_version_is_compared_restored_and_taken_back(page: Any, open_editor: Any) -> None:
    pattern = open_editor(page, HOOK)
    deploy(page)
    page.keyboard.press("Escape")
    page.get_by_role("dialog", name="Deployment").wait_for(state="detached")
    change(page, "two")
    page.locator(".deploy-light").click()
    page.get_by_role("button", name="Versions").click()
    dialog = page.get_by_role("dialog", name="Versions")
    dialog.get_by_role("button", name="Compare").click()
    dialog.get_by_text("1 node changed, from version 1 to the draft.").wait_for()
    dialog.get_by_role("button", name="Restore").click()
    page.get_by_text("Version 1 is restored into the draft").first.wait_for()
    page.wait_for_timeout(1_300)
    saved(page)
    assert stored(pattern)["nodes"][1]["data"]["defaults"]["message"] == "one"
    page.get_by_role("button", name="Undo").click()
    page.wait_for_timeout(1_300)
    saved(page)
    assert stored(pattern)["nodes"][1]["data"]["defaults"]["message"] == "two"


def test_a_version_is_looked_at_as_it_was(page: Any, open_editor: Any) -> None:
    pattern = open_editor(page, HOOK)
    deploy(page)
    page.keyboard.press("Escape")
    page.get_by_role("dialog", name="Deployment").wait_for(state="detached")
    change(page, "two")
    page.goto(f"/patterns/{pattern.pk}?version=1")
    page.get_by_text("Version 1, as it was deployed.").wait_for()
    node(page, "log").click()
    assert page.get_by_label("Message", exact=True).input_value() == "one"
    assert page.get_by_label("Message", exact=True).get_attribute("readonly") is not None
    page.get_by_role("link", name="Back to the draft").click()
    page.wait_for_url(f"**/patterns/{pattern.pk}")


@pytest.mark.parametrize("number", ["2", "0", "x", "1" * 40])
def test_a_version_that_is_not_there_is_not_found(page: Any, client_as: Any, user: Any, number: str) -> None:
    pattern = Pattern.objects.create(name="Orders")
    assert client_as(user).get(f"/patterns/{pattern.pk}?version={number}").status_code == 404


def test_a_deployment_is_paused_resumed_and_taken_down(page: Any, open_editor: Any) -> None:
    open_editor(page, HOOK)
    deploy(page)
    panel = page.get_by_role("dialog", name="Deployment")
    for verb, heading in (("Pause", "is paused"), ("Resume", "is live"), ("Undeploy", "Not deployed")):
        panel.get_by_role("button", name=verb, exact=True).click()
        panel.get_by_role("heading", name=heading).wait_for()
    assert Deployment.objects.get().status == "undeployed"
