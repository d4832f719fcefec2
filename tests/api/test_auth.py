"""Signing in to the API."""

from typing import Any

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher

from dragops_site import counters, throttle
from tests.conftest import PASSWORD

LOGIN = "/api/auth/login"
pytestmark = pytest.mark.usefixtures("valkey")  # attempts are counted there


def _login(api: Any, email: str = "viewer@example.org", password: str = PASSWORD) -> Any:
    return api.post(LOGIN, {"email": email, "password": password})


def test_providers_are_told_to_everybody(api: Any) -> None:
    assert api.get("/api/auth/providers").json()["data"] == {"local": True, "github": False}


def test_login_gives_a_token_that_signs_requests_in(api: Any, viewer: Any) -> None:
    given = _login(api).json()
    user = {"id": str(viewer.pk), "email": viewer.email, "firstName": "", "lastName": "", "role": "viewer"}
    assert given["success"] is True
    assert given["data"]["user"] == user
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {given['data']['token']}")
    assert api.get("/api/patterns").status_code == 200


def test_login_knows_an_address_in_any_case(api: Any, viewer: Any) -> None:
    assert _login(api, "Viewer@Example.ORG").status_code == 200


def test_login_answers_alike_to_a_wrong_password_an_unknown_address_and_a_closed_account(
    api: Any, viewer: Any, make_user: Any
) -> None:
    make_user("viewer", "closed@example.org", is_active=False)
    answers = [
        _login(api, password="wrong"),
        _login(api, "nobody@example.org"),
        _login(api, "closed@example.org"),
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({str(answer.json()) for answer in answers}) == 1


class CountingHasher(PBKDF2PasswordHasher):
    """Tells how often it went through its rounds, which is what signing in takes long for."""

    iterations = 1_000
    rounds: list[int] = []

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        self.rounds.append(iterations or self.iterations)
        return super().encode(password, salt, iterations)


def test_login_does_as_much_for_an_unknown_address_as_for_a_wrong_password(
    api: Any, settings: Any, make_user: Any, monkeypatch: Any
) -> None:
    settings.PASSWORD_HASHERS = ["tests.api.test_auth.CountingHasher"]
    make_user("viewer")
    for email in ("viewer@example.org", "nobody@example.org"):
        monkeypatch.setattr(CountingHasher, "rounds", [])
        assert _login(api, email, "wrong password").status_code == 401
        assert CountingHasher.rounds == [1_000]


def test_refresh_gives_a_new_token_until_the_password_changes(api: Any, viewer: Any) -> None:
    given = _login(api).json()["data"]
    again = api.post("/api/auth/refresh", {"refreshToken": given["refreshToken"]})
    assert again.status_code == 200
    viewer.set_password("another good password")
    viewer.save()
    assert api.post("/api/auth/refresh", {"refreshToken": given["refreshToken"]}).status_code == 401
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {again.json()['data']['token']}")
    assert api.get("/api/patterns").status_code == 401


@pytest.mark.parametrize("token", ["", "rubbish", "a.b.c", "ü.ü.ü", "x" * 3_000])
@pytest.mark.django_db
def test_refresh_refuses_what_is_no_refresh_token(api: Any, token: str) -> None:
    assert api.post("/api/auth/refresh", {"refreshToken": token}).status_code in (401, 422)


def test_refresh_refuses_an_access_token(api: Any, viewer: Any) -> None:
    token = _login(api).json()["data"]["token"]
    assert api.post("/api/auth/refresh", {"refreshToken": token}).status_code == 401


def test_refresh_token_does_not_sign_requests_in(api: Any, viewer: Any) -> None:
    refresh = _login(api).json()["data"]["refreshToken"]
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {refresh}")
    assert api.get("/api/patterns").status_code == 401


REGISTRATION = {
    "email": "New@example.org",
    "firstName": "Ada",
    "lastName": "Lovelace",
    "password": "a fine long password",
}


@pytest.mark.django_db
def test_register_is_refused_unless_the_server_is_open(api: Any) -> None:
    answer = api.post("/api/auth/register", REGISTRATION)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "LOCAL_AUTH_DISABLED")


@pytest.mark.django_db
def test_register_makes_a_viewer_when_the_server_is_open(api: Any, settings: Any) -> None:
    settings.OPEN_REGISTRATION = True
    answer = api.post("/api/auth/register", {**REGISTRATION, "role": "admin"})
    assert answer.status_code == 201
    user = answer.json()["data"]["user"]
    assert {**user, "id": ""} == {
        "id": "",
        "email": "new@example.org",
        "firstName": "Ada",
        "lastName": "Lovelace",
        "role": "viewer",
    }
    assert _login(api, "new@example.org", REGISTRATION["password"]).status_code == 200


@pytest.mark.django_db
def test_register_answers_409_when_the_address_is_taken_in_any_case(api: Any, settings: Any) -> None:
    settings.OPEN_REGISTRATION = True
    api.post("/api/auth/register", REGISTRATION)
    again = api.post("/api/auth/register", {**REGISTRATION, "email": "NEW@EXAMPLE.ORG"})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "EMAIL_ALREADY_EXISTS")


@pytest.mark.parametrize("password", ["short", "password123", "new@example.org", 12345678901, None, "a\x00b" * 5])
@pytest.mark.django_db
def test_register_refuses_a_password_that_is_too_weak(api: Any, settings: Any, password: Any) -> None:
    settings.OPEN_REGISTRATION = True
    answer = api.post("/api/auth/register", {**REGISTRATION, "password": password})
    assert answer.status_code == 422
    assert "password" in answer.json()["error"]["details"]


def test_login_answers_429_after_too_many_attempts_at_one_account(api: Any, viewer: Any) -> None:
    answers = [_login(api, password="wrong") for _ in range(throttle.PER_ADDRESS_AND_NAME + 1)]
    last = answers[-1]
    assert {answer.status_code for answer in answers[:-1]} == {401}
    assert (last.status_code, last.json()["error"]["code"]) == (429, "RATE_LIMITED")
    assert 0 < int(last["Retry-After"]) <= throttle.PERIOD_S
    assert _login(api, "nobody@example.org").status_code == 401


def test_login_is_counted_by_the_true_address_whatever_the_caller_forwards(api: Any, viewer: Any) -> None:
    for attempt in range(throttle.PER_ADDRESS_AND_NAME):
        api.post(LOGIN, {"email": viewer.email, "password": "wrong"}, HTTP_X_FORWARDED_FOR=f"10.0.0.{attempt}")
    assert _login(api).status_code == 429


def test_login_works_while_the_broker_is_away(api: Any, viewer: Any, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    counters._broker.cache_clear()
    try:
        assert _login(api).status_code == 200
    finally:
        counters._broker.cache_clear()
