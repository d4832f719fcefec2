"""The API of people."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from dragops_site.accounts.models import AuditEntry, User
from dragops_site.accounts.people import change_person
from tests.threads import at_once

NEW = {"email": "Ada@Example.com", "password": "quite another password", "role": "editor"}


@pytest.fixture
def as_admin(api_as: Any, admin: Any) -> Any:
    return api_as(admin)


def token_of(email: str, password: str) -> str:
    answer = APIClient().post("/api/auth/login", {"email": email, "password": password}, format="json")
    return str(answer.json()["data"]["token"])


def test_account_is_made_found_changed_and_closed(as_admin: Any, valkey: Any) -> None:
    made = as_admin.post("/api/users", NEW, format="json")
    person = made.json()["data"]
    assert made.status_code == 201
    assert (person["email"], person["role"], person["isActive"]) == ("ada@example.com", "editor", True)
    assert "password" not in str(person)
    assert as_admin.get("/api/users?q=ADA").json()["data"] == [person]
    assert as_admin.get(f"/api/users/{person['id']}").json()["data"] == person
    ada = APIClient(HTTP_AUTHORIZATION=f"Bearer {token_of('ada@example.com', NEW['password'])}")
    assert ada.get("/api/patterns").status_code == 200
    changed = as_admin.patch(f"/api/users/{person['id']}", {"role": "viewer", "isActive": False}, format="json")
    assert (changed.json()["data"]["role"], changed.json()["data"]["isActive"]) == ("viewer", False)
    assert ada.get("/api/patterns").status_code == 401
    verbs = AuditEntry.objects.order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["created account", "changed account"]


@pytest.mark.parametrize(
    ("change", "status", "named"),
    [
        ({"email": "ada"}, 422, "email"),
        ({"password": "short"}, 422, "password"),
        ({"password": 5}, 422, "password"),
        ({"role": "king"}, 422, "role"),
        ({"email": "admin@example.org"}, 409, "EMAIL_ALREADY_EXISTS"),
        ({"email": "ADMIN@example.org"}, 409, "EMAIL_ALREADY_EXISTS"),
        ({"email": "a\x00@example.org"}, 422, "email"),
    ],
)
def test_bad_account_is_refused(as_admin: Any, change: dict[str, Any], status: int, named: str) -> None:
    answer = as_admin.post("/api/users", {**NEW, **change}, format="json")
    assert (answer.status_code, named in answer.content.decode()) == (status, True)
    assert User.objects.count() == 1


def test_last_admin_stays(as_admin: Any, admin: Any) -> None:
    User.objects.update(is_superuser=False)
    for change in ({"role": "viewer"}, {"isActive": False}):
        assert as_admin.patch(f"/api/users/{admin.pk}", change, format="json").status_code == 409
    assert as_admin.patch(f"/api/users/{admin.pk}", {}, format="json").status_code == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", [{"role": "viewer"}, {"is_active": False}])
def test_one_admin_stays_when_two_take_it_from_each_other_at_once(change: dict[str, Any]) -> None:
    ada, bob = (User.objects.create_user(f"{name}@example.org", role="admin") for name in ("ada", "bob"))
    outcomes = at_once(lambda: change_person(ada, bob, **change), lambda: change_person(bob, ada, **change))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "NoneType"]
    assert User.objects.filter(role="admin", is_active=True).count() == 1


@pytest.mark.parametrize("key", ["0", "99", "x", "-1", "9" * 30, "٣"])
def test_nobody_is_found_under_another_key(as_admin: Any, key: str) -> None:
    answer = as_admin.get(f"/api/users/{key}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "USER_NOT_FOUND")


def test_people_are_read_page_by_page(as_admin: Any) -> None:
    for number in range(5):
        User.objects.create_user(f"p{number}@example.org")
    first = as_admin.get("/api/users?limit=4").json()
    rest = as_admin.get("/api/users", {"limit": 4, "cursor": first["meta"]["nextCursor"]}).json()
    found = [row["email"] for row in first["data"] + rest["data"]]
    assert found == ["admin@example.org", *(f"p{number}@example.org" for number in range(5))]
    assert rest["meta"] == {"limit": 4, "nextCursor": None}
