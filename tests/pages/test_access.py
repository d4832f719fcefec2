"""Who may and who may not, for every page and everything that can be pressed."""

from typing import Any

import pytest
from django.test import Client

from deployments.models import CapturedRequest
from executions.models import Execution
from patterns.models import Pattern
from tests.pages.made import a_deployment, a_run, an_entry, of_unknown_id

ROLES = ["viewer", "operator", "editor", "admin"]
SEEN_BY_ALL = [
    "/deployments",
    "/deployments/{pattern}",
    "/triggers",
    "/environments",
    "/library",
    "/triggers/webhooks/{pattern}",
    "/triggers/webhooks/{pattern}/captured/{captured}",
    "/patterns",
    "/patterns/{pattern}",
    "/patterns/{pattern}/source",
    "/patterns/{pattern}/export",
    "/executions/{run}",
    "/executions/{run}/log?after=0",
    "/executions/{run}/log/1",
    "/executions/{run}/event.json",
    "/executions/{run}/result.json",
]
SEEN_BY_EDITORS = ["/environments/new", "/patterns/new", "/patterns/import", "/deployments/{pattern}/settings"]
PRESSED = [
    ("operator", "/deployments/{pattern}/pause", {}),
    ("operator", "/deployments/{pattern}/resume", {}),
    ("operator", "/deployments/{pattern}/execute", {"event": "{}"}),
    ("operator", "/executions/{run}/cancel", {}),
    ("operator", "/executions/{run}/again", {}),
    ("operator", "/executions/{run}/retry", {}),
    ("operator", "/deployments/{pattern}/redrive", {}),
    ("operator", "/triggers/webhooks/{pattern}/captured/{captured}/run", {}),
    ("editor", "/triggers/webhooks/{pattern}/scheme", {"scheme": "github"}),
    ("editor", "/triggers/webhooks/{pattern}/secret", {}),
    ("editor", "/patterns/{pattern}/test-run", {"event": "{}"}),
    ("editor", "/deployments/{pattern}/rollback", {"number": "1"}),
    ("editor", "/deployments/{pattern}/settings", {"time_limit_s": "60"}),
    ("editor", "/patterns/{pattern}/deploy", {}),
    ("editor", "/patterns/{pattern}/undeploy", {}),
    ("editor", "/patterns/{pattern}/clone", {}),
    ("editor", "/patterns/{pattern}/delete", {}),
    ("editor", "/patterns/{pattern}/source", {"name": "New", "graph": "{}", "revision": "1"}),
    ("editor", "/patterns/new", {"name": "New"}),
    ("editor", "/patterns/import", {"text": "{}"}),
]
OPENED_TOO = {"/deployments/{pattern}/settings", "/patterns/{pattern}/source", "/patterns/new", "/patterns/import"}


@pytest.fixture
def ids(db: None) -> dict[str, Any]:
    deployment = a_deployment()
    run = a_run(deployment.pattern)
    an_entry(run, 1)
    captured = CapturedRequest.objects.create(pattern=deployment.pattern, event={})
    return {"pattern": deployment.pk, "run": run.pk, "captured": captured.pk}


@pytest.mark.parametrize("path", [*SEEN_BY_ALL, *SEEN_BY_EDITORS])
def test_a_stranger_is_asked_to_sign_in(client: Client, ids: dict[str, Any], path: str) -> None:
    answer = client.get(path.format(**ids))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in?next=")


@pytest.mark.parametrize(("role", "path", "data"), PRESSED)
def test_a_stranger_presses_nothing(client: Client, ids: dict[str, Any], role: str, path: str, data: Any) -> None:
    answer = client.post(path.format(**ids), data)
    assert answer["Location"].startswith("/sign-in")
    assert (Pattern.objects.count(), Execution.objects.count()) == (1, 1)


@pytest.mark.parametrize("path", SEEN_BY_ALL)
def test_every_role_sees_it(client_as: Any, make_user: Any, ids: dict[str, Any], path: str) -> None:
    for role in ROLES:
        assert client_as(make_user(role)).get(path.format(**ids)).status_code in (200, 286)


@pytest.mark.parametrize("path", SEEN_BY_EDITORS)
def test_only_editors_see_it(client_as: Any, make_user: Any, ids: dict[str, Any], path: str) -> None:
    found = [client_as(make_user(role)).get(path.format(**ids)).status_code for role in ROLES]
    assert found == [403, 403, 200, 200]


@pytest.mark.parametrize(("needed", "path", "data"), PRESSED)
def test_a_role_below_is_refused(
    client_as: Any, make_user: Any, ids: dict[str, Any], needed: str, path: str, data: Any
) -> None:
    for role in ROLES[: ROLES.index(needed)]:
        answer = client_as(make_user(role)).post(path.format(**ids), data)
        assert answer.status_code == 403
        assert "Your role does not allow this" in answer.content.decode()
    assert (Pattern.objects.count(), Execution.objects.count()) == (1, 1)


@pytest.mark.parametrize(("needed", "path", "data"), PRESSED)
def test_the_needed_role_is_let_in(
    client_as: Any, make_user: Any, ids: dict[str, Any], needed: str, path: str, data: Any
) -> None:
    assert client_as(make_user(needed)).post(path.format(**ids), data).status_code in (302, 422)


@pytest.mark.parametrize("path", [path for _, path, _ in PRESSED if path not in OPENED_TOO])
def test_nothing_is_changed_by_opening_an_address(client_as: Any, admin: Any, ids: dict[str, Any], path: str) -> None:
    assert client_as(admin).get(path.format(**ids)).status_code == 405


@pytest.mark.parametrize("path", [*SEEN_BY_ALL, *(path for _, path, _ in PRESSED)])
def test_an_unknown_id_gets_404(client_as: Any, admin: Any, path: str) -> None:
    if "{" not in path:
        return
    unknown = path.format(pattern=of_unknown_id(), run=of_unknown_id(), captured=of_unknown_id())
    browser = client_as(admin)
    answer = (
        browser.get(unknown)
        if path in (*SEEN_BY_ALL, *SEEN_BY_EDITORS)
        else browser.post(unknown, {"graph": "{}", "name": "a"})
    )
    assert answer.status_code == 404


def test_controls_that_a_role_may_not_use_are_not_shown(client_as: Any, make_user: Any, ids: dict[str, Any]) -> None:
    seen = {role: _controls(client_as(make_user(role)), ids) for role in ROLES[:3]}
    assert seen["viewer"] == set()
    assert seen["operator"] == {"pause", "execute", "again"}
    of_editors = {"test-run", "deploy", "undeploy", "settings", "delete", "scheme"}
    assert seen["editor"] >= {"pause", "execute", "again"} | of_editors


def _controls(browser: Client, ids: dict[str, Any]) -> set[str]:
    hook = f"/triggers/webhooks/{ids['pattern']}"
    pages = (f"/deployments/{ids['pattern']}", f"/patterns/{ids['pattern']}/source", f"/executions/{ids['run']}", hook)
    html = "".join(browser.get(page).content.decode() for page in pages).replace('href="/settings"', "")
    verbs = (
        "pause",
        "execute",
        "again",
        "test-run",
        "deploy",
        "undeploy",
        "settings",
        "delete",
        "clone",
        "scheme",
        "secret",
    )
    return {verb for verb in verbs if f'/{verb}"' in html}
