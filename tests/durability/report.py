"""The count of what went wrong, as a table."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass
class Tally:
    """Of the runs of one kind. All after `completed` must be zero."""

    kind: str
    runs: int = 0
    kills: int = 0
    completed: int = 0  # ended as the same program ends that nobody interrupts
    lost: int = 0  # the row is gone
    stuck: int = 0  # not ended
    falsely_ended: int = 0  # with another status, result or error
    effects_lost: int = 0  # never reached the server
    effects_repeated: int = 0  # oftener than they were in flight at a kill, or effects that should not be at all
    effects_altered: int = 0  # sent under the same key with another body
    logs_torn: int = 0  # a step is missing in the log, or there twice

    def add(self, other: "Tally") -> None:
        for name in COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def is_clean(self) -> bool:
        return self.runs == self.completed and not any(getattr(self, name) for name in FAULTS)

    @property
    def faults(self) -> dict[str, int]:
        return {name: count for name, count in asdict(self).items() if name in FAULTS and count}

    @classmethod
    def of(cls, data: dict[str, Any]) -> "Tally":
        return cls(**data)


COUNTS = [found.name for found in fields(Tally)][1:]
FAULTS = COUNTS[COUNTS.index("completed") + 1 :]


def table(tallies: Iterable[Tally]) -> str:
    """A line for each kind, and one for all."""
    rows = list(tallies)
    whole = Tally("all")
    for row in rows:
        whole.add(row)
    heads = ["pattern", *(name.replace("_", " ") for name in COUNTS)]
    lines = [[row.kind, *(f"{getattr(row, name):,}" for name in COUNTS)] for row in (*rows, whole)]
    widths = [max(len(line[at]) for line in (heads, *lines)) for at in range(len(heads))]
    drawn = [_line(line, widths) for line in (heads, *lines)]
    rule = "-" * len(drawn[0])
    return "\n".join([drawn[0], rule, *drawn[1:-1], rule, drawn[-1]])


def _line(cells: list[str], widths: list[int]) -> str:
    first, *rest = (
        cell.ljust(w) if not at else cell.rjust(w) for at, (cell, w) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join([first, *rest])


def bar(done: int, total: int, width: int = 30) -> str:
    share = done / total if total else 1.0
    full = round(share * width)
    return f"[{'#' * full}{'.' * (width - full)}] {share:4.0%}"
