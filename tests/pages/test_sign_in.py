from typing import Any

import pytest
from django.test import Client

from dragops_site import counters
from dragops_site.accounts.models import AuditEntry
from tests.conftest import PASSWORD


@pytest.fixture(autouse=True)
def _forget_failures(valkey: Any) -> None:
    """Of other tests: all have one address."""


def sign_in(client: Client, email: str, password: str = PASSWORD, **more: str) -> Any:
    return client.post("/sign-in", {"email": email, "password": password, **more})


def test_sign_in_leads_to_the_deployments(client: Client, viewer: Any) -> None:
    answer = sign_in(client, "Viewer@Example.org")
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.get("/")["Location"] == "/deployments"


def test_sign_in_says_so_when_the_password_is_wrong(client: Client, viewer: Any) -> None:
    answer = sign_in(client, "viewer@example.org", "wrong")
    assert answer.status_code == 422
    assert "E-mail address or password is wrong" in answer.content.decode()


@pytest.mark.parametrize("email", ["", "nobody@example.org", "a\x00b@example.org", "<script>", "x" * 5000])
def test_sign_in_refuses_any_unknown_address(client: Client, db: None, email: str) -> None:
    answer = sign_in(client, email)
    assert answer.status_code == 422
    assert "<script>" not in answer.content.decode().replace("<script src", "")


def test_sign_in_goes_on_to_the_page_that_was_asked_for(client: Client, viewer: Any) -> None:
    assert client.get("/patterns?q=a")["Location"] == "/sign-in?next=/patterns%3Fq%3Da"
    assert sign_in(client, "viewer@example.org", next="/patterns?q=a")["Location"] == "/patterns?q=a"


@pytest.mark.parametrize("goal", ["https://evil.example", "//evil.example", "javascript:alert(1)", "\\\\evil.example"])
def test_sign_in_stays_on_the_site_when_next_leads_away(client: Client, viewer: Any, goal: str) -> None:
    assert sign_in(client, "viewer@example.org", next=goal)["Location"] == "/"


def test_sign_in_asks_to_wait_after_many_failures(client: Client, viewer: Any) -> None:
    for _ in range(10):
        sign_in(client, "viewer@example.org", "wrong")
    answer = sign_in(client, "viewer@example.org")
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 60
    assert AuditEntry.objects.filter(verb="was locked out", actor="viewer@example.org").count() == 1
    assert AuditEntry.objects.filter(verb="failed to sign in").count() == 10
    assert sign_in(client, "other@example.org").status_code == 422


def test_attempts_by_the_api_and_the_administration_count_with_those_of_the_page(
    client: Client, viewer: Any, api: Any
) -> None:
    for _ in range(10):
        api.post("/api/auth/login", {"email": viewer.email, "password": "wrong"})
    assert sign_in(client, viewer.email).status_code == 429
    assert client.get("/admin/login/?next=/admin/")["Location"] == "/sign-in?next=/admin/"
    assert client.post("/admin/login/", {"username": viewer.email, "password": PASSWORD}).status_code == 405


def test_administration_sends_nobody_in_circles(client_as: Any, viewer: Any) -> None:
    assert client_as(viewer).get("/admin/", follow=True).status_code == 403


def test_sign_in_works_while_nobody_counts(client: Client, viewer: Any, settings: Any) -> None:
    settings.REDIS_URL = "unix:///nowhere/at-all.sock"
    counters._broker.cache_clear()
    try:
        assert sign_in(client, viewer.email, "wrong").status_code == 422
        assert sign_in(client, viewer.email).status_code == 302
    finally:
        counters._broker.cache_clear()


def test_a_person_who_may_not_sign_in_any_more_is_refused(client: Client, make_user: Any) -> None:
    make_user("editor", is_active=False)
    assert sign_in(client, "editor@example.org").status_code == 422


def test_sign_out_needs_a_post_and_ends_the_session(client_as: Any, viewer: Any) -> None:
    browser = client_as(viewer)
    assert browser.get("/sign-out").status_code == 405
    assert browser.post("/sign-out")["Location"] == "/sign-in"
    assert browser.get("/deployments").status_code == 302


def test_a_fragment_sends_the_whole_page_to_sign_in_when_the_session_is_over(client: Client, db: None) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/deployments?q=a"}
    answer = client.get("/deployments", headers=headers)
    assert answer["HX-Redirect"] == "/sign-in?next=/deployments%3Fq%3Da"


def test_a_form_without_its_token_gets_a_page_that_says_what_to_do(viewer: Any) -> None:
    browser = Client(enforce_csrf_checks=True)
    answer = browser.post("/sign-in", {"email": "viewer@example.org", "password": PASSWORD})
    assert answer.status_code == 403
    assert "reload the page" in answer.content.decode()


def test_an_unknown_address_gets_a_page_in_the_look_of_the_others(client: Client, db: None) -> None:
    answer = client.get("/nothing/here")
    assert answer.status_code == 404
    assert "There is nothing at this address" in answer.content.decode()
