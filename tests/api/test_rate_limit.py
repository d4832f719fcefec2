"""How many calls of the API somebody has in a minute."""

from collections.abc import Iterator
from typing import Any

import pytest

from dragops_site import counters

pytestmark = pytest.mark.django_db
HEADERS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")


@pytest.fixture
def away(settings: Any) -> Iterator[None]:
    """No broker answers."""
    settings.REDIS_URL = "unix:///nowhere/at-all.sock"
    counters._broker.cache_clear()
    yield
    counters._broker.cache_clear()


@pytest.fixture(autouse=True)
def _limit(settings: Any, valkey: Any) -> None:
    settings.API_CALLS_A_MINUTE = 3


def test_answer_tells_what_is_left(api_as: Any, viewer: Any) -> None:
    client = api_as(viewer)
    answers = [client.get("/api/patterns") for _ in range(2)]
    told = [[int(answer[name]) for name in HEADERS] for answer in answers]
    assert [row[:2] for row in told] == [[3, 2], [3, 1]]
    assert all(0 < row[2] <= 60 for row in told)


def test_call_past_the_limit_is_429_and_tells_when_to_go_on(api_as: Any, viewer: Any, operator: Any) -> None:
    client = api_as(viewer)
    assert [client.get("/api/patterns").status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = client.get("/api/patterns")
    assert refused.json()["error"]["code"] == "RATE_LIMITED"
    assert 0 < int(refused["Retry-After"]) <= 60
    assert refused["X-RateLimit-Remaining"] == "0"
    assert api_as(operator).get("/api/patterns").status_code == 200


def test_stranger_is_asked_to_sign_in_and_not_counted(api: Any) -> None:
    answers = [api.get("/api/patterns") for _ in range(5)]
    assert {answer.status_code for answer in answers} == {401}
    assert all(name not in answers[0] for name in HEADERS)


def test_calls_are_not_counted_without_a_limit(api_as: Any, viewer: Any, settings: Any) -> None:
    settings.API_CALLS_A_MINUTE = 0
    client = api_as(viewer)
    answers = [client.get("/api/patterns") for _ in range(5)]
    assert {answer.status_code for answer in answers} == {200}
    assert all(name not in answers[0] for name in HEADERS)


def test_nobody_is_refused_while_the_broker_is_away(api_as: Any, viewer: Any, away: Any) -> None:
    client = api_as(viewer)
    assert {client.get("/api/patterns").status_code for _ in range(5)} == {200}
