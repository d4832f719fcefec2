"""Pages of people: account, tokens, people, audit trail."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from dragops_site.accounts.models import ApiToken, AuditEntry, User
from dragops_site.accounts.people import change_person
from dragops_site.errors import Conflict
from tests.conftest import PASSWORD
from tests.pages.made import a_deployment

NEW = "quite another password"


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def signed_in(user: Any, password: str = PASSWORD) -> Client:
    client = Client()
    client.post("/sign-in", {"email": user.email, "password": password})
    return client


def test_many_people_are_shown_in_pages_by_the_same_queries(admin: Any, django_assert_num_queries: Any) -> None:
    browser = signed_in(admin)
    with django_assert_num_queries(4):  # session, person, count, rows
        browser.get("/settings/users")
    User.objects.bulk_create(User(email=f"z{number:02}@example.org") for number in range(60))
    with django_assert_num_queries(4):
        assert "Page 1 of 2" in text_of(browser.get("/settings/users"))
    assert "z59@example.org" in text_of(browser.get("/settings/users?page=2"))
    assert "z59@example.org" in text_of(browser.get("/settings/users?q=z59"))


def test_password_is_changed_and_ends_all_other_sessions(viewer: Any) -> None:
    here, there = signed_in(viewer), signed_in(viewer)
    assert here.post("/account", {"old": PASSWORD, "new": NEW}).status_code == 302
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 302
    assert signed_in(viewer, NEW).get("/account").status_code == 200
    assert signed_in(viewer).get("/account").status_code == 302
    assert AuditEntry.objects.filter(verb="changed password").count() == 1


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"old": "wrong", "new": NEW}, "not the password that you have now"),
        ({"old": PASSWORD, "new": "short"}, "too short"),
        ({"old": PASSWORD, "new": "password12345"}, "too common"),
        ({"old": PASSWORD, "new": "x" * 1_001}, "At most 1,000"),
        ({}, "not the password that you have now"),
    ],
)
def test_password_is_not_changed_without_reason(client_as: Any, viewer: Any, given: dict[str, str], told: str) -> None:
    answer = client_as(viewer).post("/account", given)
    assert answer.status_code == 422 and told in text_of(answer)
    assert User.objects.get().check_password(PASSWORD)


def test_token_is_shown_in_the_answer_that_makes_it_and_never_again(client_as: Any, operator: Any) -> None:
    browser = client_as(operator)
    made = browser.post("/settings/tokens", {"name": "CI", "role": "operator", "days": "30"})
    secret = text_of(made).split('data-copy="')[1].split('"')[0]
    assert secret.startswith("dgo_") and "no-store" in made["Cache-Control"]
    again = text_of(browser.get("/settings/tokens"))
    assert "CI" in again and secret not in again
    assert browser.post("/settings/tokens", {"name": "more", "role": "admin"}).status_code == 403
    browser.post(f"/settings/tokens/{ApiToken.objects.get().pk}/revoke")
    assert "Revoked" in text_of(browser.get("/settings/tokens"))


def test_admin_makes_changes_and_closes_accounts(client_as: Any, admin: Any) -> None:
    browser = client_as(admin)
    given = {"email": " Ada@Example.com", "role": "operator", "password": NEW}
    assert browser.post("/settings/users", given).status_code == 302
    ada = User.objects.get(email="ada@example.com")
    assert signed_in(ada, NEW).get("/deployments").status_code == 200
    page = browser.post("/settings/users", given)
    assert page.status_code == 409 and "has an account already" in text_of(page)
    browser.post(f"/settings/users/{ada.pk}", {"role": "editor"})
    session = signed_in(ada, NEW)
    browser.post(f"/settings/users/{ada.pk}", {"active": "0"})
    ada.refresh_from_db()
    assert (ada.role, ada.is_active) == ("editor", False)
    assert session.get("/deployments").status_code == 302
    browser.post(f"/settings/users/{ada.pk}", {"active": "1"})
    browser.post(f"/settings/users/{ada.pk}", {"password": PASSWORD})
    assert signed_in(ada).get("/deployments").status_code == 200


@pytest.mark.parametrize("given", [{"role": "viewer"}, {"active": "0"}])
def test_last_admin_stays_one(client_as: Any, admin: Any, given: dict[str, str]) -> None:
    User.objects.update(is_superuser=False)
    answer = client_as(admin).post(f"/settings/users/{admin.pk}", given, follow=True)
    assert "last admin" in text_of(answer)
    assert User.objects.get().may(admin.effective_role)


@pytest.mark.django_db(transaction=True)
def test_two_admins_who_close_each_other_leave_one(make_user: Any) -> None:
    first, second = make_user("admin", "a@example.org"), make_user("admin", "b@example.org")

    def close(pair: tuple[Any, Any]) -> str:
        try:
            change_person(*pair, is_active=False)
            return "closed"
        except Conflict:
            return "refused"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        came = sorted(threads.map(close, [(first, second), (second, first)]))
    assert came == ["closed", "refused"]


def test_trail_shows_who_did_what_and_filters(client_as: Any, admin: Any) -> None:
    browser = client_as(admin)
    pattern = a_deployment("Orders").pattern
    browser.post(f"/deployments/{pattern.pk}/pause", {"reason": "<b>closed</b>"})
    html = text_of(browser.get("/settings/audit"))
    assert "paused" in html and "Orders" in html and "&lt;b&gt;closed" in html and "127.0.0.1" in html
    assert "Nothing matches" in text_of(browser.get("/settings/audit?verb=deployed&user=x&target=1"))
    assert "paused" in text_of(browser.get(f"/settings/audit?user={admin.pk}&q=ord&target={pattern.pk}"))
