"""How many requests a webhook takes in a period."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.test import Client

from deployments.actions import rotate_webhook_secret, set_webhook_security
from deployments.models import Deployment
from dragops_site import counters
from executions.models import Execution
from patterns.models import Pattern
from tests.patterns.graphs import started_by_webhook
from tests.threads import at_once

pytestmark = pytest.mark.django_db
Limited = Callable[..., Pattern]


@pytest.fixture
def limited(deployed: Callable[..., Pattern], valkey: Any) -> Limited:
    """limited(rate_limit, rate_period_s=60) -> a deployed pattern that takes no more than that."""

    def make(rate_limit: int | None, rate_period_s: int = 60) -> Pattern:
        pattern = deployed(started_by_webhook())
        Deployment.objects.filter(pk=pattern.pk).update(rate_limit=rate_limit, rate_period_s=rate_period_s)
        return pattern

    return make


def _send(pattern: Pattern, **headers: str) -> Any:
    return Client().post(f"/webhooks/{pattern.webhook_id}", {}, content_type="application/json", headers=headers)


def test_request_past_the_limit_is_refused_and_told_when_to_come_back(limited: Limited) -> None:
    pattern = limited(3)
    assert [_send(pattern).status_code for _ in range(5)] == [202, 202, 202, 429, 429]
    refused = _send(pattern)
    assert refused.json()["error"]["code"] == "RATE_LIMITED"
    assert 55 <= int(refused["Retry-After"]) <= 60
    assert Execution.objects.count() == 3


def test_limit_counts_anew_in_the_next_period(limited: Limited, valkey: Any) -> None:
    pattern = limited(1, 1)
    assert [_send(pattern).status_code for _ in range(2)] == [202, 429]
    for key in valkey.keys("dragops:webhook:*"):
        valkey.pexpire(key, 1)
    while valkey.keys("dragops:webhook:*"):
        pass
    assert _send(pattern).status_code == 202


def test_limit_is_of_one_pattern(limited: Limited) -> None:
    pattern, other = limited(1), limited(1)
    assert [_send(one).status_code for one in (pattern, other, pattern, other)] == [202, 202, 429, 429]


def test_webhook_without_a_limit_counts_nothing(limited: Limited, valkey: Any) -> None:
    pattern = limited(None)
    assert {_send(pattern).status_code for _ in range(5)} == {202}
    assert not valkey.keys("dragops:webhook:*")


def test_requests_that_prove_nothing_do_not_use_up_the_limit(limited: Limited, editor: Any) -> None:
    pattern = limited(1)
    set_webhook_security(pattern, "dragops", editor)
    rotate_webhook_secret(pattern, editor)
    assert [_send(pattern).status_code for _ in range(3)] == [401] * 3
    set_webhook_security(pattern, None, editor)
    assert [_send(pattern).status_code for _ in range(2)] == [202, 429]


@pytest.mark.django_db(transaction=True)
def test_requests_at_once_are_counted_together(limited: Limited) -> None:
    pattern = limited(7)
    answers = at_once(*[partial(_send, pattern) for _ in range(20)])
    assert sorted(answer.status_code for answer in answers) == [202] * 7 + [429] * 13
    assert Execution.objects.count() == 7


@pytest.mark.django_db(transaction=True)
def test_requests_are_accepted_while_nobody_can_count(limited: Limited, settings: Any, caplog: Any) -> None:
    pattern = limited(1)
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    counters._broker.cache_clear()
    try:
        assert {_send(pattern).status_code for _ in range(3)} == {202}
    finally:
        counters._broker.cache_clear()
    assert "not counted" in caplog.text
