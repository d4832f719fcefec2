from dataclasses import dataclass
from hashlib import sha256

from dragops_site import jsontext
from dragops_site.errors import CompileRefused
from patterns.actions.check_pattern import called_interfaces
from patterns.compiler import compile_graph
from patterns.graph import CompileFailed
from patterns.models import Pattern, Snapshot
from patterns.pins import Interfaces
from patterns.plan import Plan


@dataclass(frozen=True)
class CompiledDraft:
    plan: Plan
    interfaces: Interfaces


def take_snapshot(pattern: Pattern) -> Snapshot:
    """The draft as it stands in `pattern`, kept for ever. Raises CompileRefused with all problems."""
    return store_snapshot(pattern, compile_draft(pattern).interfaces)


def compile_draft(pattern: Pattern) -> CompiledDraft:
    """The plan of the draft and the interfaces it was compiled with. Raises CompileRefused."""
    interfaces = called_interfaces(pattern.graph)
    try:
        return CompiledDraft(compile_graph(pattern.graph, interfaces), interfaces)
    except CompileFailed as failure:
        raise CompileRefused(failure.problems) from None


def store_snapshot(pattern: Pattern, interfaces: Interfaces) -> Snapshot:
    """The one row for this graph with these interfaces. The layout counts: a snapshot is also what is shown."""
    called = {pattern_id: interface.as_dict() for pattern_id, interface in interfaces.items()}
    text = jsontext.dumps({"graph": pattern.graph, "interfaces": called})
    # Of two that store the same graph at once, the constraint lets one insert, and the other finds its row.
    snapshot, _ = Snapshot.objects.get_or_create(
        pattern=pattern,
        digest=sha256(text.encode()).hexdigest(),
        defaults={"graph": pattern.graph, "interfaces": called},
    )
    return snapshot
