"""Running drafts from the editor on a whole server with a worker, and runs on their graphs."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.graphs import graph, node, variable
from tests.server.client import Client
from tests.server.conftest import ADMIN, fresh_env  # noqa: F401
from tests.server.running import Server

pytestmark = [pytest.mark.browser, pytest.mark.server]
WAIT_MS = 15_000

PLACES = {
    "start": (0, 0),
    "hook": (0, 0),
    "loop": (260, 0),
    "add": (260, 200),
    "say": (540, 40),
    "done": (540, 200),
    "count": (260, 0),
}
LOOP = (
    "start: OnStart",
    node("loop", "ForRange", end=3),
    node("add", "Add", b=10),
    node("say", "Log"),
    node("done", "Log", message="all done"),
    "start > loop, loop.body > say, loop.completed > done, loop.index > add.a, add.result > say.message",
)


def drawn(*parts: Any, **more: Any) -> dict[str, Any]:
    found = graph(*parts, **more)
    for each in found["nodes"]:
        x, y = PLACES.get(each["id"], (800, 0))
        each["position"] = {"x": x, "y": y}
    return found


COUNT = drawn(
    "start: OnStart",
    node("count", "IncrementVariable", name="n"),
    node("say", "Log"),
    "start > count, count > say, count.newValue > say.message",
    variables=[variable("n", "Integer", 0)],
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, fresh_env: Callable[[], dict[str, str]]) -> Iterator[Server]:  # noqa: F811
    folder = tmp_path_factory.mktemp("editor") / "data"
    with Server(folder, "--workers", "1", "--no-examples", env=fresh_env()) as running:
        running.wait_ready()
        yield running


@pytest.fixture(scope="module")
def client(server: Server) -> Client:
    return Client(server.url)


@pytest.fixture
def page(browser: Any, server: Server, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A page signed in as the admin. The test fails when the console complains of more than what it expects."""
    context = browser.new_context(base_url=server.url, viewport={"width": 1280, "height": 800})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page, complaints = context.new_page(), []
    page.set_default_timeout(WAIT_MS)
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto("/sign-in")
    page.fill("[name=email]", ADMIN["DRAGOPS_ADMIN_EMAIL"])
    page.fill("[name=password]", ADMIN["DRAGOPS_ADMIN_PASSWORD"])
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/deployments")
    yield page
    context.close()
    expected = getattr(page, "expects", "nothing of the kind")
    assert [said for said in complaints if expected not in said] == []


@pytest.fixture
def opened(page: Any, client: Client) -> Callable[..., str]:
    """opened(graph) -> the id of a new pattern with it, whose editor is on the page."""

    def make(drawing: dict[str, Any], query: str = "") -> str:
        pattern = client.call("POST", "/api/patterns", {"name": "Orders", "graphData": drawing})
        page.goto(f"/patterns/{pattern['id']}{query}")
        page.locator(".canvas .react-flow__node").first.wait_for()
        return str(pattern["id"])

    return make


def run_draft(page: Any) -> None:
    page.get_by_role("button", name="Run", exact=True).first.click()
    dialog = page.get_by_role("dialog")
    dialog.locator(".cm-content").wait_for()
    dialog.get_by_role("button", name="Run", exact=True).click()
    dialog.wait_for(state="detached")


def ended(page: Any, status: str = "completed") -> None:
    page.locator(f".run-line .status-{status}").wait_for()


def became(page: Any, node_id: str, state: str) -> None:
    page.locator(f'.react-flow__node[data-id="{node_id}"] .node[data-run="{state}"]').wait_for()


def choose(page: Any, node_id: str) -> None:
    page.locator(f'.react-flow__node[data-id="{node_id}"] .node-head').click()


def test_a_run_shows_in_the_console_and_on_the_canvas(page: Any, opened: Callable[..., str]) -> None:
    opened(drawn(*LOOP))
    run_draft(page)
    ended(page)
    rows = page.locator(".entry-row")
    assert [
        text for text in rows.locator(".entry-text").all_inner_texts() if text in ("10", "11", "12", "all done")
    ] == [
        "10",
        "11",
        "12",
        "all done",
    ]
    became(page, "say", "completed")
    became(page, "done", "completed")
    assert page.locator('.react-flow__node[data-id="say"] .run-badge').inner_text().startswith("3 ×")
    page.get_by_label("Search the log").fill("all done")
    page.locator(".entry-row").nth(1).wait_for(state="detached")
    assert rows.count() == 1
    rows.click()
    page.locator(".entry-data-pane").get_by_text("“all done”").wait_for()


def test_passes_of_a_node_are_stepped_through(page: Any, opened: Callable[..., str]) -> None:
    opened(drawn(*LOOP))
    run_draft(page)
    ended(page)
    choose(page, "say")
    data = page.locator(".data-panel")
    data.get_by_text("of 3").wait_for()
    data.get_by_text("“12”").or_(data.get_by_text("12", exact=True)).first.wait_for()
    data.get_by_label("First pass").click()
    data.get_by_text("loop #0").wait_for()
    data.get_by_label("Next pass").click()
    data.get_by_text("loop #1").wait_for()


def test_an_error_is_shown_at_its_node_and_is_gone_once_it_is_mended(page: Any, opened: Callable[..., str]) -> None:
    opened(
        drawn(
            "start: OnStart",
            node("add", "Divide", a=1, b=0),
            node("say", "Log"),
            "start > say, add.result > say.message",
        )
    )
    run_draft(page)
    ended(page, "failed")
    page.locator(".run-error").wait_for()
    assert page.locator('.entry-row[data-kind="failed"]').count() >= 1
    assert page.locator('.node[data-run="failed"]').count() >= 1
    choose(page, "add")
    page.locator(".inspector").get_by_label("B", exact=True).fill("2")
    run_draft(page)
    ended(page)
    page.locator(".entry-text").get_by_text("0.5").wait_for()


def test_a_draft_that_does_not_compile_leads_to_its_problems(page: Any, opened: Callable[..., str]) -> None:
    page.expects = "422"
    opened(drawn("start: OnStart", node("say", "Log"), node("set", "SetVariable"), "start > say, say > set"))
    page.get_by_role("button", name="Run", exact=True).first.click()
    dialog = page.get_by_role("dialog")
    dialog.locator(".cm-content").wait_for()
    dialog.get_by_role("button", name="Run", exact=True).click()
    page.locator(".problems-panel button.error").first.wait_for()


def test_pinned_outputs_take_the_place_of_the_node(page: Any, opened: Callable[..., str], client: Client) -> None:
    pattern = opened(COUNT)
    run_draft(page)
    ended(page)
    choose(page, "count")
    page.get_by_role("button", name="Pin these outputs").click()
    page.locator('.react-flow__node[data-id="count"] .node-mark').wait_for()
    page.locator('.save-state[data-state="saved"]').wait_for()
    stored = client.http.get(f"/api/patterns/{pattern}").json()["graphData"]
    pinned = next(each for each in stored["nodes"] if each["id"] == "count")["data"]["pinned"]
    assert pinned == {"newValue": 1}
    page.get_by_role("button", name="Unpin").first.click()
    page.locator('.react-flow__node[data-id="count"] .node-mark').wait_for(state="detached")


def test_a_run_goes_from_a_node_on_with_what_came_before(page: Any, opened: Callable[..., str]) -> None:
    opened(COUNT)
    run_draft(page)
    ended(page)
    choose(page, "say")
    page.get_by_role("button", name="Run from here").click()
    page.locator(".entry-row").nth(2).wait_for(state="detached")
    ended(page)
    became(page, "say", "completed")
    names = page.locator(".entry-row .entry-node").all_inner_texts()
    assert "count" not in names
    assert page.locator(".entry-row[data-kind=said] .entry-text").all_inner_texts() == ["1"]


def test_run_is_one_key_once_the_sample_is_settled(page: Any, opened: Callable[..., str], client: Client) -> None:
    pattern = opened(drawn(*LOOP))
    page.get_by_role("button", name="Run", exact=True).first.click()
    page.get_by_role("dialog").locator(".cm-content").wait_for()
    page.get_by_label("Do not ask again").check()
    page.get_by_role("dialog").get_by_role("button", name="Run", exact=True).click()
    ended(page)
    first = page.locator(".run-line a").get_attribute("href")
    page.locator(".canvas .react-flow__pane").click(position={"x": 20, "y": 20})
    page.keyboard.press("Control+Enter")
    page.locator(f'.run-line a:not([href="{first}"])').wait_for()
    ended(page)
    assert len(client.call("GET", "/api/runs", patternId=pattern, mode="test")) == 2


def test_tap_mode_catches_a_request_and_runs_with_it(page: Any, opened: Callable[..., str]) -> None:
    opened(drawn("hook: OnWebhook", node("say", "Log", message="hello {{ trigger.body.name }}"), "hook > say"))
    page.get_by_role("button", name="Run", exact=True).first.click()
    page.get_by_role("button", name="Listen for a request").click()
    page.get_by_text("Waiting for requests").wait_for()
    url = page.get_by_label("Address of the webhook", exact=True).inner_text()
    assert httpx.post(url, json={"name": "Ada"}, trust_env=False).json()["status"] == "captured"
    page.locator(".tap-requests button").wait_for()
    page.get_by_role("dialog").locator(".cm-content").get_by_text("Ada").wait_for()
    page.get_by_role("dialog").get_by_role("button", name="Run", exact=True).click()
    ended(page)
    page.locator(".entry-text").get_by_text("hello Ada").wait_for()


def test_an_earlier_run_is_shown_from_the_list_of_test_runs(page: Any, opened: Callable[..., str]) -> None:
    opened(drawn(*LOOP))
    run_draft(page)
    ended(page)
    page.get_by_label("Clear the run").click()
    page.locator(".node[data-run]").first.wait_for(state="detached")
    page.get_by_role("tab", name="Test runs").click()
    page.locator(".run-history li button").first.click()
    ended(page)
    became(page, "done", "completed")


def test_a_run_is_copied_to_the_editor(page: Any, opened: Callable[..., str], client: Client) -> None:
    pattern = client.call("POST", "/api/patterns", {"name": "Orders", "graphData": drawn(*LOOP)})["id"]
    run = client.call("POST", f"/api/patterns/{pattern}/run", {"event": {"order": 7}})["id"]
    page.goto(f"/patterns/{pattern}?run={run}")
    page.get_by_role("dialog").get_by_label("Pin its outputs").check()
    page.get_by_role("button", name="Copy to the editor").click()
    page.get_by_text("is the sample event now").wait_for()
    assert client.call("GET", f"/api/patterns/{pattern}/sample")["event"] == {"order": 7}
    ended(page)
    assert page.url.endswith(pattern)


def test_the_page_of_a_run_shows_it_on_its_graph_pass_by_pass(page: Any, client: Client) -> None:
    pattern = client.call("POST", "/api/patterns", {"name": "Orders", "graphData": drawn(*LOOP)})["id"]
    run = client.call("POST", f"/api/patterns/{pattern}/run", {})["id"]
    page.goto(f"/executions/{run}")
    page.locator(".run-graph > summary").click()
    page.locator('.overlay .node[data-run="completed"]').first.wait_for()
    page.locator(".overlay-nodes button").get_by_text("say", exact=True).click()
    side = page.locator(".overlay-data")
    side.get_by_label("First pass").click()
    side.get_by_text("loop #0").wait_for()
    side.get_by_label("Last pass").click()
    side.get_by_text("loop #2").wait_for()
    side.get_by_role("button", name="All nodes").click()
    page.locator(".overlay-nodes").wait_for()


def test_a_run_that_waits_says_so_and_can_be_stopped(page: Any, opened: Callable[..., str]) -> None:
    opened(drawn("start: OnStart", node("wait", "Delay", seconds=60), "start > wait"))
    run_draft(page)
    became(page, "wait", "waiting")
    page.locator(".run-line").get_by_text("wait waits").wait_for()
    page.get_by_role("button", name="Stop").click()
    ended(page, "canceled")
    page.get_by_role("button", name="Run", exact=True).first.wait_for()
