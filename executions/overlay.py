"""A run as it is painted on its graph: what became of each node, which wires were taken, and what is under way.

Read off the keys of the log's entries (`executions.keys`), which tell the chain that a step ran in, and whose pass that
chain was. Plain Python over rows.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Row(NamedTuple):
    """What is asked of an entry of the log. `exit` is the one that a flow node took at once, as Branch does."""

    key: str
    node_id: str
    exit: str = ""


class Wire(NamedTuple):
    """A wire from an exec output."""

    id: str
    exit: str
    target: str


Wires = Mapping[str, tuple[Wire, ...]]  # by the node that they start from, in the order they are drawn


@dataclass
class NodeState:
    """What became of a node: `passes` counts how often it ran, `errors` how often it failed."""

    state: str
    first_seq: int
    last_seq: int
    passes: int = 0
    errors: int = 0
    last_us: int | None = None
    total_us: int | None = None

    def as_dict(self) -> dict[str, Any]:
        return {
            "state": self.state,
            "passes": self.passes,
            "errors": self.errors,
            "firstSeq": self.first_seq,
            "lastSeq": self.last_seq,
            "lastUs": self.last_us,
            "totalUs": self.total_us,
        }


@dataclass
class Painted:
    nodes: dict[str, NodeState] = field(default_factory=dict)
    wires: Counter[str] = field(default_factory=Counter)


def joins(wires: Wires) -> set[str]:
    """The nodes that several wires lead to, so that only the keys tell by which of them it was reached."""
    found = Counter(wire.target for each in wires.values() for wire in each)
    return {target for target, count in found.items() if count > 1}


def taken(rows: Iterable[Row], wires: Wires, targets: set[str]) -> Counter[str]:
    """How often the wires to `targets` were taken, of the rows of those nodes and of the nodes before them."""
    counted: Counter[str] = Counter()
    by_key = {row.key: row for row in rows}
    for row in by_key.values():
        if row.node_id in targets and (before := _origin(row.key, by_key)) and (wire := _wire(before, row, wires)):
            counted[wire.id] += 1
    return counted


def _wire(before: Row, row: Row, wires: Wires) -> Wire | None:
    found = [wire for wire in wires.get(before.node_id, ()) if wire.target == row.node_id]
    return next((wire for wire in found if wire.exit == before.exit), found[0] if found else None)


def _origin(key: str, by_key: Mapping[str, Row]) -> Row | None:
    """The step from which a step was reached: the one before it in its chain, else the one whose pass the chain is.

    Steps that the compiler has made, to run several wires of one output, are in no log: they are passed over.
    """
    while key:
        chain, _, ordinal = key.rpartition(".")
        if ordinal.isdigit() and ordinal != "0":
            key = f"{chain}.{int(ordinal) - 1}" if chain else str(int(ordinal) - 1)
        else:
            key = chain.rpartition(".")[0]
        if key in by_key:
            return by_key[key]
    return None


def frames(key: str) -> list[tuple[str, int]]:
    """The keys of the flow nodes around a step, the outermost first, each with the pass that the step is part of."""
    parts = key.split(".")
    return [(".".join(parts[: at + 1]), _pass(parts[at + 1])) for at in range(0, len(parts) - 2, 2)]


def _pass(text: str) -> int:
    """The number of a pass; of parallel ones the branch."""
    number = text.rpartition("-")[2]
    return int(number) if number.isdigit() else 0


# --- What is under way ------------------------------------------------------------------------------------------------
def under_way(newest: Iterable[Row], wires: Wires) -> tuple[set[str], set[str]]:
    """Of a run that has not ended: the nodes that its lines are at, and the keys of the flow nodes open around them.

    `newest` are the last rows of the log, the newest first. A step is in the log when it has ended, so that a line is
    at the one that its last step leads to; a flow node, or one that waits, is in it when it begins.
    """
    at: set[str] = set()
    around: set[str] = set()
    for row in _tips(newest):
        around |= {key for key, _ in frames(row.key)}
        at |= {row.node_id} if "~" in row.key else _after(row, wires)
    return at, around


def _tips(newest: Iterable[Row]) -> Iterator[Row]:
    """The last row of each line that goes on: of the branches of a node only until the node has gone further."""
    seen: set[str] = set()
    last: Row | None = None
    for row in newest:
        line = _line(row.key)
        if line in seen or row.key == "":
            continue
        seen.add(line)
        if last is None or (line and _fork(line) == _fork(_line(last.key))):
            last = last or row
            yield row


def _line(key: str) -> str:
    """The parallel branch that a step belongs to, the innermost; empty for the run's own line."""
    parts = key.partition("~")[0].split(".")
    branch = max((at for at, part in enumerate(parts) if at % 2 and "-" in part), default=-1)
    return ".".join(parts[: branch + 1])


def _fork(line: str) -> str:
    return line.rpartition("-")[0]


def _after(row: Row, wires: Wires) -> set[str]:
    """Where a step leads to. A flow node that has named no exit is still under way itself."""
    found = wires.get(row.node_id, ())
    exits = {wire.exit for wire in found}
    if row.exit:
        found = tuple(wire for wire in found if wire.exit == row.exit)
    elif exits - {"exec"} and len(exits) > 1:
        return {row.node_id}
    return {wire.target for wire in found[:1]}
