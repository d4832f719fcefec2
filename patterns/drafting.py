"""What whoever draws a graph must know of it: its problems, and the pins that nodes have by their properties."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from patterns.checker import check_graph
from patterns.graph import Problem, Severity
from patterns.pins import Interfaces, Pins
from patterns.types import PinType, is_legal_wire


@dataclass(frozen=True)
class Findings:
    errors: list[Problem]
    warnings: list[Problem]
    pins: Mapping[str, Pins]  # by node id, of nodes whose properties add pins


def examine(graph: Any, interfaces: Interfaces, others: Iterable[Problem] = ()) -> Findings:
    """Everything that can be told of stored graph data, and `others` that are known of it; never raises."""
    checked = check_graph(graph, interfaces)
    return Findings(
        errors=[p for p in (*checked.problems, *others) if p.severity is Severity.ERROR],
        warnings=[p for p in checked.problems if p.severity is Severity.WARNING],
        pins={key: checked.pins[key] for key, node_type in checked.types.items() if node_type.pin_rule},
    )


def legal_wires() -> dict[str, list[str]]:
    """For each type of an output, the types of inputs that a wire may lead to."""
    return {source.value: [target.value for target in PinType if is_legal_wire(source, target)] for source in PinType}
