"""What became of a run, told so that two runs of the same program can be compared."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from executions.models import Execution, LogEntry
from executions.status import ENDED
from tests.durability.server import ID_LENGTH, Delivery

DRAWN = ("drawn", "moment", "resume")  # properties of a body that differ from run to run


@dataclass(frozen=True)
class Effect:
    """A step that acted: whose (the steps that called, from the root on), which, and what it sent."""

    step: str
    body: str


@dataclass
class Story:
    """A run with all that it called. `steps` are what stands in the log and counts."""

    statuses: Counter[str]
    is_ended: bool
    end: tuple[str, str, str, str]
    effects: list[Effect]
    steps: Counter[tuple[str, str, str]]
    torn: int  # entries whose number is missing or there twice


def tell(execution_id: UUID, deliveries: list[Delivery]) -> Story | None:
    """The story of a run; None where its row is gone."""
    family = {row.pk: row for row in [*_root(execution_id), *Execution.objects.filter(root=execution_id)]}
    if execution_id not in family:
        return None
    names = {pk: _name(row, family) for pk, row in family.items()}
    said = {delivery.nonce: str(delivery.body.get("at")) for delivery in deliveries}
    root = family[execution_id]
    entries = list(LogEntry.objects.filter(execution__in=family).order_by("execution", "seq"))
    return Story(
        Counter(row.status for row in family.values()),
        all(row.status in ENDED for row in family.values()),
        (root.status, str(_plain(root.result, said)), root.error_type, root.error_node_name),
        [Effect(_step(each.key, names), str(_plain(each.body, said))) for each in deliveries],
        Counter((names[e.execution_id], e.key, e.node_id) for e in entries if not e.is_void),
        sum(_torn([e.seq for e in entries if e.execution_id == pk]) for pk in family),
    )


def _root(execution_id: UUID) -> Iterable[Execution]:
    return Execution.objects.filter(pk=execution_id)


def _name(row: Execution, family: dict[UUID, Execution]) -> str:
    if row.parent_id is None:
        return ""
    return f"{_name(family[row.parent_id], family)}{row.parent_key}/"


def _step(key: str, names: dict[UUID, str]) -> str:
    """An Idempotency-Key without the ids of executions, which differ from run to run."""
    return names.get(UUID(key[:ID_LENGTH]), "?") + key[ID_LENGTH:]


def _plain(value: Any, said: dict[str, str]) -> Any:
    """A value in which each nonce reads as the effect that it answered, without what was drawn."""
    if isinstance(value, dict):
        return {key: _plain(inner, said) for key, inner in sorted(value.items()) if key not in DRAWN}
    if isinstance(value, list):
        return [_plain(inner, said) for inner in value]
    return said.get(value, value) if isinstance(value, str) else value


def _torn(numbers: list[int]) -> int:
    return sum(1 for found, wanted in zip(numbers, range(1, len(numbers) + 1), strict=True) if found != wanted)
