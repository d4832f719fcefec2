"""What the nodes of a run gave last, as far as its log tells."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Max

from executions.journal import is_cut, loads
from executions.masking import masked_value
from executions.models import Execution, LogEntry

MAX_BYTES = 20_000_000


@dataclass(frozen=True)
class LastOutputs:
    values: dict[str, dict[str, Any]] = field(default_factory=dict)  # by node id and pin name
    cut: list[str] = field(default_factory=list)  # nodes with values that the log has not kept whole; left out


def of(run: Execution) -> LastOutputs:
    """The last outputs of each node that gave some, with secrets masked. Two queries."""
    last = (
        LogEntry.objects.filter(execution=run, error_type="")
        .exclude(output="")
        .exclude(key__contains="~")
        .values("node_id")
        .annotate(seq=Max("seq"))
        .values_list("seq", flat=True)
    )
    found = LastOutputs()
    size = 0
    rows = LogEntry.objects.filter(execution=run, seq__in=list(last)).order_by("seq")
    for node_id, text in rows.values_list("node_id", "output").iterator(200):
        size += len(text)
        values = loads(text) if size <= MAX_BYTES else None
        if not isinstance(values, dict) or any(is_cut(value) for value in values.values()):
            found.cut.append(node_id)
        elif outputs := {name: masked_value(value) for name, value in values.items()}:
            found.values[node_id] = outputs
    return found
