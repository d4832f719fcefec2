"""A long history out of nothing, to see how the pages do with it: executions and logs that never ran.

Rows are written past the ORM, as a database takes them fastest: many in a statement on SQLite, by COPY on PostgreSQL.
"""

import csv
import io
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import AutoField, Model
from django.utils import timezone

from deployments.actions import deploy
from deployments.models import Deployment
from dragops_site import jsontext
from dragops_site.ids import first_id
from executions.models import Execution, LogEntry, TalliedHour
from executions.status import Status, Trigger
from patterns.actions import create_pattern
from patterns.models import Pattern

BATCH = 2_000  # executions in a transaction
STATUSES = (
    *((Status.COMPLETED, 930), (Status.FAILED, 30), (Status.DEAD_LETTER, 15), (Status.TIMEOUT, 10)),
    (Status.CANCELED, 15),
)
TRIGGERS = ((Trigger.WEBHOOK, 80), (Trigger.SCHEDULE, 15), (Trigger.MANUAL, 5))
ERRORS = (
    ("HttpError", "503 Service Unavailable: https://warehouse.example.com/orders/{}"),
    ("TimeoutError", "no answer within {} s"),
    ("ValueError", "“order {}” is no number"),
)
UNSUCCESSFUL = {Status.FAILED, Status.DEAD_LETTER, Status.TIMEOUT}


@dataclass(frozen=True)
class Plan:
    runs: int
    entries: int  # of each run, on average
    deployments: int
    days: int
    seed: int = 7


def seed_history(plan: Plan, tell: Callable[[int], None] = lambda done: None) -> None:
    """Make `plan.deployments` patterns and their runs, spread evenly over the days up to now; `tell` hears how many."""
    dice = random.Random(plan.seed)  # noqa: S311
    made = [_deployed(number) for number in range(plan.deployments)]
    now = timezone.now()
    step = timedelta(days=plan.days) / max(plan.runs, 1)
    for start in range(0, plan.runs, BATCH):
        numbers = range(start, min(start + BATCH, plan.runs))
        runs = [_run(dice, made, now - step * (plan.runs - number), number) for number in numbers]
        with transaction.atomic():
            _insert(Execution, runs)
            _insert(LogEntry, (entry for run in runs for entry in _entries(dice, run, plan.entries)))
        tell(numbers.stop)
    TalliedHour.objects.all().delete()  # these hours may have been counted as empty


def _deployed(number: int) -> tuple[Pattern, Deployment]:
    steps = [(f"n{at}", {"label": f"Step {at}", "defaults": {"message": f"step {at}"}}) for at in range(1, 10)]
    nodes: list[dict[str, Any]] = [{"id": "hook", "type": "OnWebhook", "data": {"label": "On Webhook"}}]
    nodes += [{"id": key, "type": "Log", "data": data} for key, data in steps]
    ids = [node["id"] for node in nodes]
    edges = [
        {"id": f"w{at}", "source": before, "sourceHandle": "exec", "target": after, "targetHandle": "exec"}
        for at, (before, after) in enumerate(pairwise(ids))
    ]
    graph = {"nodes": nodes, "edges": edges, "variables": []}
    pattern = create_pattern(None, f"Seeded {number + 1:03}", graph=graph, tags=["seeded"])
    deploy(pattern, None)
    return pattern, Deployment.objects.select_related("version").get(pk=pattern.pk)


def _run(dice: random.Random, made: list[Any], at: datetime, number: int) -> dict[str, Any]:
    pattern, deployment = made[min(int(dice.expovariate(1 / 3)), len(made) - 1)]  # the first ones run most
    status, took = _pick(dice, STATUSES), timedelta(milliseconds=dice.lognormvariate(5, 1.2))
    given = {
        "id": UUID(int=first_id(at).int + number + 1),
        "pattern_id": pattern.pk,
        "snapshot_id": deployment.version.snapshot_id,
        "version_number": 1,
        "mode": "live",
        "trigger": _pick(dice, TRIGGERS).value,
        "status": status.value,
        "event": jsontext.dumps({"body": {"order": number, "amount": round(dice.uniform(1, 500), 2)}, "headers": {}}),
        "result": jsontext.dumps({"accepted": True}) if status is Status.COMPLETED else None,
        "created_at": at,
        "ready_at": at,
        "started_at": at,
        "ended_at": at + took,
    }
    if status not in UNSUCCESSFUL:
        return given
    kind, message = dice.choice(ERRORS)
    where = {"error_node_id": "n9", "error_node_name": "Step 9"}
    return {**given, **where, "error_type": kind, "error_message": message.format(number)}


def _entries(dice: random.Random, run: dict[str, Any], count: int) -> Iterator[dict[str, Any]]:
    gap = (run["ended_at"] - run["started_at"]) / max(count, 1)
    for seq in range(count):
        has_failed = seq == count - 1 and bool(run.get("error_type"))
        yield {
            "execution_id": run["id"],
            "seq": seq + 1,
            "key": str(seq),
            "node_id": f"n{seq % 10}" if seq % 10 else "hook",
            "node_name": f"Step {seq % 10}" if seq % 10 else "On Webhook",
            "level": "error" if has_failed else "info",
            "message": run["error_message"] if has_failed else f"step {seq}",
            "error_type": run["error_type"] if has_failed else "",
            "output": '{"ok":true}',
            "at": run["started_at"] + gap * seq,
            "duration_us": int(gap / timedelta(microseconds=1)),
        }


def _pick(dice: random.Random, weighted: Any) -> Any:
    return dice.choices([word for word, _ in weighted], [weight for _, weight in weighted])[0]


# --- Past the ORM -----------------------------------------------------------------------------------------------------
def _insert(model: type[Model], rows: Any) -> None:
    """Write rows given by column; what is not given is the model's default."""
    fields = [field for field in model._meta.concrete_fields if not isinstance(field, AutoField)]
    blank = model()
    defaults = {field.attname: getattr(blank, field.attname) for field in fields}
    table, names = model._meta.db_table, [str(field.column) for field in fields]
    values: Any = ([_stored({**defaults, **row}[field.attname]) for field in fields] for row in rows)
    if connection.vendor == "postgresql":
        _copy(table, names, values)
        return
    marks = ", ".join(["%s"] * len(names))
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", values)  # noqa: S608


def _copy(table: str, names: list[str], rows: Any) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([["\\N" if value is None else value for value in row] for row in rows])
    text.seek(0)
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} ({', '.join(names)}) FROM STDIN WITH (FORMAT csv, NULL '\\N')", text)


def _stored(value: Any) -> Any:
    """As this database keeps it."""
    if connection.vendor == "postgresql":
        return f"{value.total_seconds()} seconds" if isinstance(value, timedelta) else value
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")
    if isinstance(value, timedelta):
        return int(value / timedelta(microseconds=1))
    return value
