"""Who may use the API; tests/access asks every route as everybody."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.views import APIView
from rest_framework_simplejwt.tokens import AccessToken

from dragops_site.accounts.roles import Role
from dragops_site.api_roles import needed_role
from tests.api.made import deployed, run

PUBLIC = {"api-auth-providers", "api-auth-register", "api-auth-login", "api-auth-refresh"}
METHODS = ("get", "post", "put", "patch", "delete")


def _patterns(items: Any, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for item in items:
        path = prefix + str(item.pattern)
        if isinstance(item, URLResolver):
            yield from _patterns(item.url_patterns, path)
        else:
            yield path, item


ROUTES = {
    item.name: item.callback.view_class
    for path, item in _patterns(get_resolver().url_patterns)
    if path.startswith("api/") and hasattr(item.callback, "view_class")
}
CALLS = [
    (name, method)
    for name, view in ROUTES.items()
    for method in METHODS
    if hasattr(view, method) and name not in PUBLIC
]


def test_routes_of_the_api_are_all_views_of_the_api() -> None:
    assert len(ROUTES) > 25
    assert all(issubclass(view, APIView) for view in ROUTES.values())


@pytest.mark.parametrize(("name", "method"), CALLS)
def test_view_names_a_role_for_each_of_its_methods(name: str, method: str) -> None:
    assert needed_role(ROUTES[name], method.upper()) in Role


def test_api_answers_405_to_a_method_that_an_address_has_not(api_as: Any, viewer: Any) -> None:
    answer = api_as(viewer).put("/api/patterns")
    assert (answer.status_code, answer.json()["error"]["code"]) == (405, "METHOD_NOT_ALLOWED")


def test_session_of_the_dashboard_needs_the_csrf_token_to_write(viewer: Any, operator: Any, editor: Any) -> None:
    execution = run(deployed(editor).pattern, "queued")
    client = Client(enforce_csrf_checks=True)
    client.force_login(operator)
    address = f"/api/runs/{execution.pk}/cancel"
    assert client.get(f"/api/runs/{execution.pk}").status_code == 200
    refused = client.post(address)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "FORBIDDEN")
    client.cookies["csrftoken"] = token = "a" * 32
    answer = client.post(address, content_type="application/json", headers={"X-CSRFToken": token})
    assert answer.status_code == 200


def test_api_refuses_an_account_that_was_closed(api: Any, viewer: Any) -> None:
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {AccessToken.for_user(viewer)}")
    assert api.get("/api/patterns").status_code == 200
    viewer.is_active = False
    viewer.save()
    assert api.get("/api/patterns").status_code == 401
