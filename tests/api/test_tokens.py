"""API tokens: made once, limited, refused when their time is over."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from dragops_site.accounts.models import ApiToken, AuditEntry
from dragops_site.accounts.roles import Role
from dragops_site.accounts.tokens import create_token


def by_token(secret: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


def test_token_is_shown_once_and_kept_as_a_digest(api_as: Any, operator: Any) -> None:
    client = api_as(operator)
    answer = client.post("/api/tokens", {"name": "CI", "role": "operator"})
    secret = answer.json()["data"]["token"]
    assert answer.status_code == 201 and secret.startswith("dgo_")
    listed = client.get("/api/tokens").json()["data"]
    assert [(row["name"], row["role"], row["state"]) for row in listed] == [("CI", "operator", "active")]
    assert "token" not in listed[0]
    assert secret not in str(list(ApiToken.objects.values())) + str(list(AuditEntry.objects.values()))
    assert by_token(secret).get("/api/patterns").status_code == 200


def test_token_has_at_most_the_role_of_its_user_of_this_moment(admin: Any) -> None:
    _, secret = create_token(admin, "CI", Role.EDITOR)
    client = by_token(secret)
    assert client.post("/api/patterns", {"name": "Orders"}).status_code == 201
    assert client.get("/api/audit").status_code == 403
    admin.role, admin.is_superuser = "viewer", False
    admin.save()
    assert client.post("/api/patterns", {"name": "Orders"}).status_code == 403
    assert client.get("/api/patterns").status_code == 200


@pytest.mark.parametrize("end", ["revoked", "expired", "closed", "changed"])
def test_token_whose_time_is_over_is_401(api_as: Any, editor: Any, end: str) -> None:
    token, secret = create_token(editor, "CI", Role.VIEWER, timezone.now() + timedelta(days=1))
    assert by_token(secret).get("/api/patterns").status_code == 200
    if end == "revoked":
        assert api_as(editor).delete(f"/api/tokens/{token.pk}").json()["data"]["state"] == "revoked"
    elif end == "expired":
        ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    elif end == "closed":
        editor.is_active = False
        editor.save()
    else:
        secret += "x"
    answer = by_token(secret).get("/api/patterns")
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "UNAUTHORIZED")
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_token_makes_no_tokens_for_they_could_outlive_it(editor: Any) -> None:
    _, secret = create_token(editor, "CI", Role.EDITOR)
    for role in ("viewer", "editor"):
        assert by_token(secret).post("/api/tokens", {"name": "more", "role": role}).status_code == 403
    assert ApiToken.objects.count() == 1


def test_token_of_somebody_else_is_there_for_admins_alone(api_as: Any, editor: Any, viewer: Any, admin: Any) -> None:
    token, _ = create_token(editor, "CI")
    assert api_as(viewer).delete(f"/api/tokens/{token.pk}").status_code == 404
    assert api_as(viewer).get("/api/tokens").json()["data"] == []
    assert [row["userEmail"] for row in api_as(admin).get("/api/tokens").json()["data"]] == [editor.email]
    assert api_as(admin).delete(f"/api/tokens/{token.pk}").status_code == 200


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"name": ""},
        {"name": " "},
        {"name": "x", "role": "chief"},
        {"name": "x", "expiresAt": "2020-01-01T00:00:00Z"},
    ],
)
def test_token_that_makes_no_sense_is_422(api_as: Any, viewer: Any, given: dict[str, str]) -> None:
    assert api_as(viewer).post("/api/tokens", given).status_code == 422
    assert not ApiToken.objects.exists()


def test_use_of_a_token_is_noted_at_most_once_a_minute(viewer: Any, django_assert_num_queries: Any) -> None:
    token, secret = create_token(viewer, "CI")
    client = by_token(secret)
    client.get("/api/auth/providers")
    assert ApiToken.objects.get(pk=token.pk).used_at is None
    with django_assert_num_queries(2):
        client.get("/api/nodes")
    assert ApiToken.objects.get(pk=token.pk).used_at is not None
    with django_assert_num_queries(1):
        client.get("/api/nodes")


def test_token_in_the_address_lets_nobody_in(viewer: Any, api: Any) -> None:
    _, secret = create_token(viewer, "CI")
    for name in ("token", "access_token", "authorization"):
        assert api.get("/api/patterns", {name: secret}).status_code == 401
