"""Who may: every route and method, asked as a stranger, as each role and by a token of each role, and compared with one
table. A route that is not in the table fails until somebody has decided who may use it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from dragops_site.accounts.roles import Role
from dragops_site.accounts.tokens import create_token

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ANYONE = "anyone"
ADMIN_SITE = "admin/"  # Django's own, with permissions of its own: tests/pages/test_admin.py
SIGN_IN = "/sign-in?"
VALUES = {"uuid": "01890000-0000-7000-8000-000000000000", "int": "1", "str": "x", "name": "event"}


def _patterns(items: Any, prefix: str = "") -> Iterator[str]:
    for item in items:
        path = prefix + str(item.pattern)
        if isinstance(item, URLResolver):
            yield from _patterns(item.url_patterns, path)
        elif isinstance(item, URLPattern):
            yield path


def _table() -> dict[tuple[str, str], str]:
    """By method and route; one line each: method, route, who."""
    lines = (Path(__file__).parent / "table.txt").read_text().splitlines()
    rows = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    return {(method, "" if route == "/" else route.removeprefix("/")): who for method, route, who in rows}


TABLE = _table()
ROUTES = [
    path
    for path in dict.fromkeys(_patterns(get_resolver().url_patterns))
    if not path.startswith(ADMIN_SITE) or path == "admin/login/"
]


def _address(route: str) -> str:
    """The route with values that name nothing: who may is decided before anything is looked up."""
    parts = []
    for part in route.replace("^", "").replace("$", "").replace("\\", "").split("/"):
        if part.startswith("<"):
            part = VALUES[part[1:-1].split(":")[0]]
        elif part.startswith("(?P<name>"):
            part = "event.json"
        elif part.startswith("(?P<"):
            part = VALUES["uuid"]
        parts.append(part)
    return "/" + "/".join(parts)


def _may(client: Any, method: str, route: str, **headers: str) -> bool | None:
    """Whether it is let through; None where the route has no such method."""
    answer = client.generic(method, _address(route), "{}", content_type="application/json", headers=headers)
    if answer.status_code == 405:
        return None
    is_sent_away = answer.status_code == 302 and answer["Location"].startswith(SIGN_IN)
    return not is_sent_away and answer.status_code not in (401, 403)


@pytest.mark.parametrize("route", ROUTES)
def test_route_lets_in_whom_the_table_names_and_nobody_else(
    route: str, make_user: Any, settings: Any, valkey: Any
) -> None:
    settings.OPEN_REGISTRATION = True
    people = {role.value: make_user(role.value) for role in Role}
    for method in METHODS:
        valkey.flushdb()  # or so many attempts to sign in would be refused for their number
        asked = {ANYONE: _may(Client(), method, route)}
        for role, user in people.items():
            client = Client()
            client.force_login(user)
            asked[role] = _may(client, method, route)
        if all(let_in is None for let_in in asked.values()):
            assert (method, route) not in TABLE
            continue
        if set(asked.values()) <= {None, False}:
            continue  # a page that tells nobody but its people that it has no such method
        needed = TABLE.get((method, route))
        assert needed, f"{method} /{route} is not in the table: {_least(asked)}"
        assert {who for who, let_in in asked.items() if let_in} == set(_allowed(needed)), f"{method} /{route}"


def _allowed(needed: str) -> list[str]:
    order = [ANYONE, *(role.value for role in Role)]
    return order[order.index(needed) :]


def _least(asked: dict[str, bool | None]) -> str:
    return next((who for who, let_in in asked.items() if let_in), "nobody")


def test_table_names_no_route_that_is_gone() -> None:
    assert {route for _, route in TABLE} <= set(ROUTES)


API = [(method, route) for method, route in TABLE if route.startswith("api/") and TABLE[method, route] != ANYONE]


@pytest.mark.parametrize("role", list(Role))
def test_token_may_what_its_role_may_though_its_user_is_admin(role: Role, admin: Any) -> None:
    _, secret = create_token(admin, "ci", role.value)
    for method, route in API:
        if (method, route) == ("POST", "api/tokens"):
            continue  # tokens make none, see tests/api/test_tokens.py
        let_in = _may(Client(), method, route, authorization=f"Bearer {secret}")
        assert let_in is (role.value in _allowed(TABLE[method, route])), f"{method} /{route}"


@pytest.mark.django_db
def test_token_that_is_none_is_let_in_nowhere() -> None:
    for method, route in API:
        assert _may(Client(), method, route, authorization="Bearer dgo_none") is False


def test_nothing_is_changed_in_a_session_without_the_csrf_token(make_user: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user("admin"))
    for method, route in TABLE:
        if method != "GET" and TABLE[method, route] != ANYONE:
            answer = client.generic(method, _address(route), "{}", content_type="application/json")
            assert answer.status_code == 403, f"{method} /{route}"
