from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from dragops_site import jsontext
from dragops_site.errors import CompileRefused
from patterns.actions.check_pattern import called_interfaces
from patterns.compiler import compile_graph
from patterns.connections import missing_connections
from patterns.graph import CompileFailed
from patterns.models import Pattern, Snapshot
from patterns.pins import Interfaces
from patterns.plan import Plan
from patterns.rehearsal import NodeOutputs, for_deploy, for_test


@dataclass(frozen=True)
class CompiledDraft:
    plan: Plan
    interfaces: Interfaces
    graph: dict[str, Any]


def take_snapshot(pattern: Pattern) -> Snapshot:
    """The draft as it stands in `pattern`, as it would be deployed, kept for ever. Raises CompileRefused."""
    return store_snapshot(pattern, compile_draft(pattern))


def take_test_snapshot(pattern: Pattern, start_at: str = "", given: NodeOutputs | None = None) -> Snapshot:
    """The draft for a test run: with its pinned data, the node to begin at, and outputs that are given.

    Raises CompileRefused.
    """
    return store_snapshot(pattern, _compiled(for_test(pattern.graph, start_at, given)))


def compile_draft(pattern: Pattern) -> CompiledDraft:
    """The plan of the draft, and what it was compiled from. Raises CompileRefused with all problems."""
    return _compiled(for_deploy(pattern.graph))


def _compiled(graph: dict[str, Any]) -> CompiledDraft:
    interfaces, missing = called_interfaces(graph), missing_connections(graph)
    try:
        found = CompiledDraft(compile_graph(graph, interfaces), interfaces, graph)
    except CompileFailed as failure:
        raise CompileRefused([*failure.problems, *missing]) from None
    if missing:
        raise CompileRefused(missing)
    return found


def store_snapshot(pattern: Pattern, draft: CompiledDraft) -> Snapshot:
    """The one row for this graph with these interfaces. The layout counts: a snapshot is also what is shown."""
    called = {pattern_id: interface.as_dict() for pattern_id, interface in draft.interfaces.items()}
    text = jsontext.dumps({"graph": draft.graph, "interfaces": called})
    # Of two that store the same graph at once, the constraint lets one insert, and the other finds its row.
    snapshot, _ = Snapshot.objects.get_or_create(
        pattern=pattern,
        digest=sha256(text.encode()).hexdigest(),
        defaults={"graph": draft.graph, "interfaces": called},
    )
    return snapshot
