"""Whether the server lives, and whether it can work."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from executions.models import Worker


def test_server_lives_without_touching_the_database(client: Any, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_server_is_ready_with_database_broker_and_a_worker(client: Any, valkey: Any) -> None:
    Worker.objects.create(name="here", pid=1)
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "checks": {"database": "ok", "broker": "ok", "workers": "ok"}}


@pytest.mark.django_db
def test_server_is_not_ready_without_a_worker_that_was_seen_lately(client: Any, settings: Any, valkey: Any) -> None:
    long_ago = timezone.now() - timedelta(seconds=settings.EXECUTIONS["LEASE_S"] + 1)
    Worker.objects.create(name="gone", pid=1, seen_at=long_ago)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["workers"]) == (503, "none seen")


@pytest.mark.django_db
def test_server_is_not_ready_without_its_broker(client: Any, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["broker"]) == (503, "unreachable")


def test_health_is_asked_by_get_alone(client: Any) -> None:
    assert client.post("/healthz").status_code == 405
