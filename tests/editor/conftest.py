"""The editor in Chromium, on a server without workers; where runs are needed, tests start a whole one."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from patterns.actions import create_pattern
from tests.conftest import PASSWORD

WAIT_MS = 8_000


@pytest.fixture
def user(transactional_db: None, make_user: Any) -> Any:
    return make_user("editor")


@pytest.fixture
def new_page(browser: Any, live_server: Any, user: Any) -> Iterator[Callable[..., Any]]:
    """new_page(**options of a context) -> a page signed in as an editor. The test fails when a console complains."""
    contexts, complaints = [], []

    def make(**options: Any) -> Any:
        size = options.pop("size", (1280, 800))
        context = browser.new_context(
            base_url=live_server.url, viewport={"width": size[0], "height": size[1]}, **options
        )
        contexts.append(context)
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto("/sign-in")
        page.fill("[name=email]", "editor@example.org")
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_url("**/deployments")
        page.complaints = complaints
        return page

    yield make
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page(new_page: Callable[..., Any]) -> Any:
    return new_page()


@pytest.fixture
def open_editor(user: Any) -> Callable[..., Any]:
    """open_editor(page, graph) -> the pattern, drawn on the page's canvas."""

    def make(page: Any, drawing: Any = None, name: str = "Orders") -> Any:
        pattern = create_pattern(user, name, **({"graph": drawing} if drawing else {}))
        page.goto(f"/patterns/{pattern.pk}")
        page.locator(".canvas .react-flow__node").first.wait_for()
        return pattern

    return make
