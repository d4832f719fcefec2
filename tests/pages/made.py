"""Rows that the pages show."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from deployments.models import Deployment, Version
from dragops_site import jsontext
from executions.models import Execution, LogEntry
from patterns.models import Pattern, Snapshot


def a_graph(trigger: str = "OnStart") -> dict[str, Any]:
    nodes = [
        {"id": "start", "type": trigger, "data": {"label": trigger, "properties": {}, "defaults": {}}},
        {"id": "log", "type": "Log", "data": {"label": "Say", "properties": {}, "defaults": {"message": "hello"}}},
    ]
    wire = {"id": "e1", "source": "start", "sourceHandle": "exec", "target": "log", "targetHandle": "exec"}
    return {"nodes": nodes, "edges": [wire], "variables": []}


def a_pattern(name: str = "Orders", trigger: str = "OnStart", **fields: Any) -> Pattern:
    return Pattern.objects.create(name=name, **{"graph": a_graph(trigger), **fields})


def a_deployment(name: str = "Orders", trigger: str = "OnWebhook", **fields: Any) -> Deployment:
    pattern = a_pattern(name, trigger)
    snapshot = Snapshot.objects.create(pattern=pattern, digest="0" * 64, graph=pattern.graph)
    mode = "immediate" if trigger == "OnWebhook" else ""
    version = Version.objects.create(
        pattern=pattern, number=1, snapshot=snapshot, trigger_type=trigger, trigger_node="start", response_mode=mode
    )
    return Deployment.objects.create(pattern=pattern, version=version, deployed_at=timezone.now(), **fields)


def a_run(pattern: Pattern, status: str = "completed", **fields: Any) -> Execution:
    snapshot = pattern.snapshots.first() or Snapshot.objects.create(pattern=pattern, digest="1" * 64, graph={})
    now = timezone.now()
    started = None if status == "queued" else now
    ended = None if status in ("queued", "running") else now + timedelta(milliseconds=250)
    given = {"mode": "live", "trigger": "webhook", "version_number": 1, "event": {"body": {"n": 1}}}
    given |= {"started_at": started, "ended_at": ended, **fields}
    return Execution.objects.create(pattern=pattern, snapshot=snapshot, status=status, **given)


def an_entry(run: Execution, seq: int, **fields: Any) -> LogEntry:
    values = {key: jsontext.dumps(fields.pop(key)) for key in ("inputs", "output") if key in fields}
    given = {"key": f"k{seq}", "node_id": "log", "node_name": "Say", "level": "info", "duration_us": 90, **fields}
    return LogEntry.objects.create(execution=run, seq=seq, at=timezone.now(), **given, **values)


def some_entries(run: Execution, count: int) -> None:
    rows = (
        LogEntry(
            execution=run,
            seq=seq,
            key=f"k{seq}",
            node_id="log",
            node_name=f"Step {seq}.",
            level="info",
            at=timezone.now(),
            duration_us=5,
        )
        for seq in range(1, count + 1)
    )
    LogEntry.objects.bulk_create(rows)


def of_unknown_id() -> UUID:
    return UUID(int=7)
