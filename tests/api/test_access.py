"""Who may: every route under /api is asked by nobody, by a viewer, and by each role it names."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from rest_framework.views import APIView
from rest_framework_simplejwt.tokens import AccessToken

from dragops_site.accounts.roles import Role
from dragops_site.api_roles import needed_role
from tests.api.made import deployed, run

PUBLIC = {"api-auth-providers", "api-auth-register", "api-auth-login", "api-auth-refresh"}
READ_BY_POST = {"api-pattern-validate"}  # compiles, and changes nothing
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


KEYWORDS: list[dict[str, str]] = [
    {},
    {"pattern_id": "x"},
    {"run_id": "x"},
    {"webhook_id": "x"},
    {"webhook_id": "x", "captured_id": "x"},
    {"environment_id": "x"},
    {"environment_id": "x", "name": "x"},
]


def _address(name: str) -> str:
    for keyword in KEYWORDS:
        try:
            return reverse(name, kwargs=keyword)
        except NoReverseMatch:  # this address takes another id
            continue
    raise AssertionError(name)


def test_routes_of_the_api_are_all_views_of_the_api() -> None:
    assert len(ROUTES) > 25
    assert all(issubclass(view, APIView) for view in ROUTES.values())


@pytest.mark.parametrize(("name", "method"), CALLS)
def test_view_names_a_role_for_each_of_its_methods(name: str, method: str) -> None:
    assert needed_role(ROUTES[name], method.upper()) in Role


@pytest.mark.parametrize(("name", "method"), CALLS)
@pytest.mark.django_db
def test_api_answers_401_to_whoever_has_not_signed_in(api: Any, name: str, method: str) -> None:
    answer = getattr(api, method)(_address(name))
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "UNAUTHORIZED")
    assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("name", "method"), [call for call in CALLS if call[1] != "get" and call[0] not in READ_BY_POST]
)
def test_api_answers_403_to_a_viewer_who_writes(api_as: Any, viewer: Any, name: str, method: str) -> None:
    answer = getattr(api_as(viewer), method)(_address(name))
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "FORBIDDEN")


@pytest.mark.parametrize("name", [name for name, method in CALLS if method == "get"])
def test_viewer_may_read_everything(api_as: Any, viewer: Any, name: str) -> None:
    assert api_as(viewer).get(_address(name)).status_code in (200, 404, 422)


NEEDS = [
    ("api-pattern-run", "post", "editor"),
    ("api-pattern-deploy", "post", "editor"),
    ("api-pattern-deploy", "delete", "editor"),
    ("api-pattern", "delete", "editor"),
    ("api-pattern", "patch", "editor"),
    ("api-patterns", "post", "editor"),
    ("api-pattern-clone", "post", "editor"),
    ("api-pattern-import", "post", "editor"),
    ("api-deployment", "patch", "editor"),
    ("api-deployment-rollback", "post", "editor"),
    ("api-deployment-execute", "post", "operator"),
    ("api-deployment-pause", "post", "operator"),
    ("api-deployment-resume", "post", "operator"),
    ("api-run-cancel", "post", "operator"),
    ("api-run-retry", "post", "operator"),
    ("api-run-rerun", "post", "operator"),
    ("api-runs-redrive", "post", "operator"),
    ("api-webhook-security", "put", "editor"),
    ("api-webhook-rotate-secret", "post", "editor"),
    ("api-webhook-captured-run", "post", "operator"),
    ("api-environments", "post", "editor"),
    ("api-environment", "patch", "editor"),
    ("api-environment", "delete", "admin"),
    ("api-environment-secret", "put", "admin"),
    ("api-environment-secret", "delete", "admin"),
]


@pytest.mark.parametrize(("name", "method", "role"), NEEDS)
def test_api_lets_the_role_it_needs_through_and_no_lesser_one(
    api_as: Any, make_user: Any, name: str, method: str, role: str
) -> None:
    roles = list(Role)
    for lesser in roles[: roles.index(Role(role))]:
        assert getattr(api_as(make_user(lesser)), method)(_address(name)).status_code == 403
    assert getattr(api_as(make_user(role)), method)(_address(name)).status_code not in (401, 403)


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
