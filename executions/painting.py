"""What became of each node of a run, counted by the database: a log of many thousand entries is not read for it."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from dragops_site import jsontext
from executions.drawings import Drawing, drawing_of
from executions.keys import is_wait
from executions.models import Execution, LogEntry
from executions.overlay import NodeState, Painted, Row, joins, taken, under_way
from executions.status import ENDED, Status

STEP = ~Q(key__contains="~") & ~Q(key="")
NEWEST = 200  # entries in which the lines that go on are looked for


def steps_of(run: Execution) -> QuerySet[LogEntry]:
    """The entries that count: not those that a later attempt does again. What failed a run counts until then."""
    return LogEntry.objects.filter(execution=run).exclude(is_void=True, attempt__lt=run.attempt)


def paint(run: Execution) -> Painted:
    """In a number of queries that does not depend on how long the log is."""
    drawing, steps = drawing_of(run.snapshot_id), steps_of(run).order_by()
    painted = Painted(_nodes(steps, run.status == Status.QUEUED))
    _count_wires(painted, drawing, steps)
    if Status(run.status) not in ENDED and painted.nodes:
        _mark_under_way(painted, drawing, steps, "waiting" if run.status == Status.QUEUED else "running")
    return painted


def _nodes(steps: QuerySet[LogEntry], waits: bool) -> dict[str, NodeState]:
    counted = steps.values("node_id").annotate(
        first=Min("seq"),
        last=Max("seq"),
        passes=Count("seq", filter=STEP),
        errors=Count("seq", filter=~Q(error_type="")),
        total=Sum("duration_us"),
    )
    found = {row["node_id"]: row for row in counted}
    last = steps.filter(seq__in=[row["last"] for row in found.values()])
    ends = {row[0]: row[1:] for row in last.values_list("node_id", "key", "error_type", "duration_us")}
    return {key: _state(row, *ends[key], waits) for key, row in sorted(found.items(), key=lambda at: at[1]["first"])}


def _state(row: Mapping[str, Any], key: str, error_type: str, last_us: int | None, waits: bool) -> NodeState:
    state = "failed" if error_type else "waiting" if waits and is_wait(key) else "completed"
    passes = max(row["passes"], 1 if error_type else 0)
    return NodeState(state, row["first"], row["last"], passes, row["errors"], last_us, row["total"])


def _count_wires(painted: Painted, drawing: Drawing, steps: QuerySet[LogEntry]) -> None:
    """A node that one wire alone leads to was reached by it as often as it ran; for the others the keys are read."""
    by_keys = joins(drawing.wires) | {drawing.start_at}
    for each in drawing.wires.values():
        for wire in each:
            node = painted.nodes.get(wire.target)
            if node and node.passes and wire.target not in by_keys:
                painted.wires[wire.id] = node.passes
    targets = by_keys & painted.nodes.keys()
    if targets:
        sources = {key for key, each in drawing.wires.items() if any(wire.target in targets for wire in each)}
        rows = _rows(steps.filter(STEP, node_id__in=targets | sources).order_by("seq"), drawing)
        painted.wires.update(taken(rows, drawing.wires, targets))


def _rows(steps: QuerySet[LogEntry], drawing: Drawing) -> Iterable[Row]:
    """Only an exit that was taken at once is in the log as `{"exit": …}`."""
    for key, node_id, output in steps.values_list("key", "node_id", "output"):
        yield Row(key, node_id, _exit(output) if node_id in drawing.choosing else "")


def _exit(output: str) -> str:
    value = jsontext.loads(output) if output else None
    found = value.get("exit") if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""


def _mark_under_way(painted: Painted, drawing: Drawing, steps: QuerySet[LogEntry], state: str) -> None:
    newest = list(_rows(steps.order_by("-seq")[:NEWEST], drawing))
    at, around = under_way(newest, drawing.wires)
    at |= set(steps.filter(key__in=around).values_list("node_id", flat=True))
    last = max(node.last_seq for node in painted.nodes.values())
    for node_id in at - set(drawing.pinned):
        painted.nodes.setdefault(node_id, NodeState(state, last, last)).state = state
