"""Run a pattern's draft, without any deployment."""

from typing import Any

from dragops_site.accounts.models import User
from dragops_site.errors import Invalid
from executions import outputs
from executions.actions.start_execution import start_execution
from executions.models import Execution
from executions.status import Mode, Trigger
from patterns import registry
from patterns.actions.take_snapshot import take_test_snapshot
from patterns.graph import Node, parse
from patterns.models import Pattern
from patterns.pins import Pin


def start_test_run(
    pattern: Pattern,
    event: Any,
    user: User | None,
    *,
    start_at: str = "",
    source: Execution | None = None,
    rerun_of: Execution | None = None,
    **more: Any,
) -> Execution:
    """Start the draft as it stands now, with its pinned data.

    It begins at the node `start_at`, if one is named; what other nodes would have given by then are their last outputs
    in the run `source`. `more` are further columns. Raises CompileRefused, and Invalid where a run cannot begin there.
    """
    if start_at:
        _check_start(pattern, start_at)
    given = outputs.of(source).values if source and start_at else {}
    snapshot = take_test_snapshot(pattern, start_at, {key: value for key, value in given.items() if key != start_at})
    return start_execution(
        pattern_id=pattern.pk,
        snapshot_id=snapshot.pk,
        version_number=None,
        mode=Mode.TEST,
        trigger=Trigger.MANUAL,
        event=event,
        started_by=user,
        rerun_of=rerun_of,
        **more,
    )


def _check_start(pattern: Pattern, node_id: str) -> None:
    node = parse(pattern.graph)[0].nodes.get(node_id)
    if node is None:
        raise Invalid("The node to begin at is not in the draft.", details={"startAt": "There is no such node."})
    if registry.EXEC_IN not in _inputs(node):
        told = f"A run cannot begin at “{node.label}”: no exec wire leads to it."
        raise Invalid(told, details={"startAt": told})


def _inputs(node: Node) -> tuple[Pin, ...]:
    try:
        return registry.get(node.type).inputs
    except registry.UnknownNode:
        return ()
