"""What the tests of the API start from: deployed patterns, runs in any state, their logs."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from deployments.actions import deploy
from deployments.models import Deployment
from executions.models import Execution, LogEntry
from executions.status import ENDED, Status
from patterns.actions import create_pattern, take_snapshot
from patterns.models import Pattern
from tests.graphs import graph
from tests.patterns.graphs import started_by_webhook

BROKEN = graph("one: OnStart", "two: OnStart")


def deployed(owner: Any, name: str = "Orders", drawing: dict[str, Any] | None = None) -> Deployment:
    pattern = create_pattern(owner, name, graph=drawing or started_by_webhook())
    deploy(pattern, owner)
    return Deployment.objects.get(pk=pattern.pk)


def run(pattern: Pattern, status: str = "completed", **fields: Any) -> Execution:
    """A run as a worker would have left it: a second ago, half a second long."""
    began = timezone.now() - timedelta(seconds=1)
    ended = began + timedelta(milliseconds=500) if Status(status) in ENDED else None
    defaults: dict[str, Any] = {
        "snapshot": take_snapshot(pattern),
        "version_number": 1,
        "mode": "live",
        "trigger": "webhook",
        "event": {"body": {"n": 1}},
        "started_at": None if status == "queued" else began,
        "ended_at": ended,
    }
    return Execution.objects.create(pattern=pattern, status=status, **{**defaults, **fields})


def entry(execution: Execution, seq: int, **fields: Any) -> LogEntry:
    defaults = {
        "key": str(seq),
        "node_id": f"n{seq}",
        "node_name": f"Node {seq}",
        "level": "info",
        "at": timezone.now(),
    }
    return LogEntry.objects.create(execution=execution, seq=seq, **{**defaults, **fields})


def ids(answer: Any) -> list[str]:
    return [row["id"] for row in answer.json()["data"]]
