"""Lists that are read page by page by cursors."""

import json
from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from deployments.models import Deployment
from tests.pages.made import a_deployment


@pytest.fixture
def as_viewer(api_as: Any, viewer: Any) -> Any:
    return api_as(viewer)


@pytest.fixture
def as_admin(api_as: Any, admin: Any) -> Any:
    return api_as(admin)


HOSTILE = [
    "x", "====", "é", "[]", "null", "{}", "[1, 2]", '["a"]', '["2026-01-01", "b", "c"]', '["", ""]', "[[], {}]", "[",
    '["2026-01-01T00:00:00Z", "\\u0000"]', '["0001-01-01T00:00:00+14:00", "01890000-0000-7000-8000-000000000000"]',
    '["9999-12-31T23:59:59-14:00", "01890000-0000-7000-8000-000000000000"]', "[" * 900,
]  # fmt: skip


def code(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_all(client: Any, path: str, between: Any = lambda: None) -> list[str]:
    found: list[str] = []
    answer = client.get(f"{path}{'&' if '?' in path else '?'}limit=3").json()
    while True:
        found += [row["patternName"] for row in answer["data"]]
        cursor = answer["meta"]["nextCursor"]
        if cursor is None:
            return found
        between()
        answer = client.get(path, {"limit": 3, "cursor": cursor}).json()
        assert set(answer["meta"]) == {"limit", "nextCursor"}


def test_list_is_read_to_its_end_each_row_once_whatever_is_added_meanwhile(as_viewer: Any) -> None:
    names = [f"D {number}" for number in range(10)]
    same = timezone.now() - timedelta(days=1)  # for all, so that the second column decides
    for name in names:
        Deployment.objects.filter(pk=a_deployment(name).pk).update(deployed_at=same)
    numbers = iter(range(99))
    found = read_all(as_viewer, "/api/deployments", lambda: a_deployment(f"New {next(numbers)}"))
    assert found == names


@pytest.mark.parametrize("text", HOSTILE)
def test_cursor_that_is_none_of_ours_is_refused(as_viewer: Any, text: str) -> None:
    a_deployment()
    for cursor in (text, code(text)):
        answer = as_viewer.get("/api/deployments", {"cursor": cursor})
        assert answer.status_code in (200, 422), cursor
        if answer.status_code == 422:
            assert "cursor" in json.dumps(answer.json()["error"])


def test_cursor_of_one_list_is_none_of_another(as_admin: Any) -> None:
    a_deployment("A"), a_deployment("B")
    cursor = as_admin.get("/api/deployments?limit=1").json()["meta"]["nextCursor"]
    assert as_admin.get("/api/tokens", {"cursor": cursor}).status_code == 422
