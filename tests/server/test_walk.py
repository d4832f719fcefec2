"""The main job, as a new user does it in a real browser on a real server: from signing in to a sub-execution."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.deployments.conftest import github_payloads  # noqa: F401  a fixture
from tests.server.client import Client
from tests.server.conftest import ADMIN
from tests.server.running import Server

pytestmark = [pytest.mark.server, pytest.mark.browser]
WAIT_MS = 15_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, fresh_env: Any) -> Iterator[Server]:
    """A first start, examples included."""
    with Server(tmp_path_factory.mktemp("walk") / "data", env=fresh_env()) as server:
        server.wait_ready()
        yield server


@pytest.fixture
def page(server: Server, browser: Any) -> Iterator[Any]:
    """Signed in by the form. The test fails when the console complains."""
    context = browser.new_context(base_url=server.url, viewport={"width": 1280, "height": 900})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page, complaints = context.new_page(), []
    page.set_default_timeout(WAIT_MS)
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.goto("/")
    page.get_by_label("E-mail").fill(ADMIN["DRAGOPS_ADMIN_EMAIL"])
    page.get_by_label("Password").fill(ADMIN["DRAGOPS_ADMIN_PASSWORD"])
    page.keyboard.press("Enter")
    page.wait_for_url("**/deployments")
    yield page
    context.close()
    assert complaints == []


def open_deployment(page: Any, name: str) -> None:
    page.get_by_role("link", name="Deployments").first.click()
    page.get_by_role("link", name=name).click()
    page.get_by_role("heading", name=name).wait_for()


def copied_url(page: Any) -> str:
    page.get_by_role("button", name="Copy the webhook URL").click()
    page.get_by_text("Copied").wait_for()
    return str(page.evaluate("navigator.clipboard.readText()"))


def open_first_run(page: Any, status: str) -> None:
    page.locator(f".runs-table tbody tr:first-child .status-{status}").wait_for()
    page.locator(".runs-table tbody tr:first-child a").click()
    page.locator(f"#run-header .status-{status}").wait_for()


def test_a_github_push_is_watched_from_the_webhook_to_its_log(
    page: Any,
    github_payloads: Any,  # noqa: F811
) -> None:
    push = github_payloads["push"][0]
    open_deployment(page, "GitHub push notifier")
    url = copied_url(page)
    page.get_by_text("No executions yet").wait_for()

    answer = httpx.post(url, json=push, headers={"X-GitHub-Event": "push"}, trust_env=False)
    assert answer.status_code == 202
    open_first_run(page, "completed")

    facts = page.locator("#run-header .facts").inner_text()
    assert "Webhook" in facts and re.search(r"\d+(\.\d+)? m?s", facts)
    first = page.locator(".entry").first
    assert re.search(r"\d\d:\d\d:\d\d", first.locator(".entry-time").inner_text())
    first.locator("summary").click()
    first.locator(".json").get_by_text(push["repository"]["full_name"]).first.wait_for()


def test_a_failing_run_names_the_node_and_the_data(page: Any) -> None:
    open_deployment(page, "Error handling demo")
    httpx.post(copied_url(page), json={"amount": "a lot"}, timeout=60, trust_env=False)
    open_first_run(page, "failed")

    panel = page.locator(".error-panel")
    assert panel.locator("h2 a").inner_text() == "Amount in cents"
    panel.locator(".json").get_by_text("“a lot”").wait_for()
    panel.locator("h2 a").click()
    failing = page.locator(".entry.failed")
    assert failing.locator(".entry-node").inner_text() == "Amount in cents"
    failing.locator(".entry-data .json").get_by_text("“a lot”").wait_for()


def test_execute_starts_a_run_and_sub_executions_lead_there_and_back(page: Any, server: Server) -> None:
    open_deployment(page, "Order intake")
    page.get_by_role("button", name="Execute").first.click()
    page.locator("#execute button.primary").click()
    page.wait_for_url("**/executions/*")
    page.locator("#run-header .status-completed").wait_for()
    parent = page.url

    page.locator(".entry-call a").first.click()
    page.wait_for_url(lambda url: "/executions/" in url and url != parent)
    assert "Pattern call" in page.locator("#run-header .facts").inner_text()
    page.locator("#run-header").get_by_role("link", name="Order intake").click()
    page.wait_for_url(parent)
    assert page.locator(".call-tree li").count() >= 3


def test_every_example_is_deployed_and_active(server: Server) -> None:
    found = Client(server.url).call("GET", "/api/deployments", limit=100)
    assert len(found) >= 7
    assert {deployment["status"] for deployment in found} == {"active"}
