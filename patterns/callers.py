"""Call Pattern nodes that still speak of pins which the called pattern has no more."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from patterns.graph import Node, Severity

if TYPE_CHECKING:
    from patterns.checker import Checked

NAMED = 5  # pins in a message


def check_interfaces(checked: "Checked") -> None:
    """Warn of calls that name pins which are gone, and say which pins there are instead."""
    calls = {node.id: node for node in checked.graph.nodes.values() if node.type == "CallPattern"}
    wired = _wired_pins(checked, calls) if calls else {}
    for node in calls.values():
        target = node.properties.get("pattern")
        called = checked.interfaces.get(target) if isinstance(target, str) else None
        if called:
            _check(checked, node, called.name, wired.get(node.id, set()))


def _wired_pins(checked: "Checked", calls: Iterable[str]) -> dict[str, set[str]]:
    """The pins that wires name, by node."""
    found: dict[str, set[str]] = {node_id: set() for node_id in calls}
    for edge in checked.graph.edges:
        if edge.target in found:
            found[edge.target].add(edge.target_pin)
        if edge.source in found:
            found[edge.source].add(edge.source_pin)
    return found


def _check(checked: "Checked", node: Node, name: str, wired: set[str]) -> None:
    pins = checked.pins[node.id]
    own = {"pattern", *(pin.name for side in pins for pin in side)}
    gone = sorted({*wired, *node.defaults} - own)
    if not gone:
        return
    new = [pin.label for pin in checked.data_inputs(node.id) if pin.name not in {*wired, *node.defaults}]
    message = f"“{node.label}”: the pins of “{name}” have changed. There is no {_listed(gone)} any more"
    message += f"; not filled in yet: {_listed(new)}." if new else "."
    checked.report("INTERFACE_CHANGED", message, node_id=node.id, severity=Severity.WARNING)


def _listed(names: list[str]) -> str:
    shown = ", ".join(f"“{name[:60]}”" for name in names[:NAMED])
    return f"{shown} and {len(names) - NAMED} more" if len(names) > NAMED else shown
