"""The graph that a run ran, as it is drawn; kept per process, because a snapshot never changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from executions.overlay import Wire, Wires
from patterns.checker import Checked, check_graph
from patterns.models import Snapshot
from patterns.pins import Interface, Pins
from patterns.rehearsal import for_deploy, rehearsal_of
from patterns.types import PinType

DRAWINGS_KEPT = 50


@dataclass(frozen=True)
class Drawing:
    graph: Mapping[str, Any]  # without what is for tests alone
    pins: Mapping[str, Pins]  # of nodes whose properties add some
    wires: Wires  # from exec outputs
    choosing: frozenset[str]  # flow nodes: the log may say which exit was taken
    start_at: str  # the node that a test began at, instead of at those wired to its trigger
    pinned: tuple[str, ...]  # nodes that did not run, because their outputs were pinned


@lru_cache(maxsize=DRAWINGS_KEPT)
def drawing_of(snapshot_id: UUID) -> Drawing:
    snapshot = Snapshot.objects.get(pk=snapshot_id)
    interfaces = {key: Interface.from_dict(found) for key, found in snapshot.interfaces.items()}
    checked = check_graph(snapshot.graph, interfaces)
    wires, rehearsal = _exec_wires(checked), rehearsal_of(checked, snapshot.graph)
    return Drawing(
        graph=for_deploy(snapshot.graph),
        pins={key: checked.pins[key] for key, node_type in checked.types.items() if node_type.pin_rule},
        wires=wires,
        choosing=frozenset(key for key, each in wires.items() if _flows(each)),
        start_at=rehearsal.start_at,
        pinned=tuple(rehearsal.pinned),
    )


def _flows(wires: tuple[Wire, ...]) -> bool:
    return any(wire.exit != "exec" for wire in wires)


def _exec_wires(checked: Checked) -> Wires:
    found: dict[str, list[Wire]] = {}
    for edge in checked.graph.edges:
        pin = checked.output_pin(edge.source, edge.source_pin) if edge.source in checked.pins else None
        if pin and pin.type is PinType.EXEC:
            found.setdefault(edge.source, []).append(Wire(edge.id, edge.source_pin, edge.target))
    return {key: tuple(each) for key, each in found.items()}
