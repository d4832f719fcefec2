"""Compiled plans, kept per process: a snapshot never changes, so neither does its plan."""

from collections.abc import Callable
from functools import lru_cache
from uuid import UUID

from patterns.compiler import compile_graph
from patterns.models import Snapshot
from patterns.pins import Interface
from patterns.plan import Plan

PLANS_KEPT = 500

_prepare: Callable[[Plan, UUID], None] | None = None


def prepare_by(prepare: Callable[[Plan, UUID], None]) -> None:
    """Let every plan that this process compiles be prepared by a function of it and its snapshot's id."""
    global _prepare
    _prepare = prepare


@lru_cache(maxsize=PLANS_KEPT)
def plan_of(snapshot_id: UUID) -> Plan:
    """The plan of a snapshot. Raises CompileFailed where this release no longer knows a node that it uses."""
    snapshot = Snapshot.objects.get(pk=snapshot_id)
    interfaces = {key: Interface.from_dict(found) for key, found in snapshot.interfaces.items()}
    plan = compile_graph(snapshot.graph, interfaces)
    if _prepare is not None:
        _prepare(plan, snapshot_id)
    return plan
