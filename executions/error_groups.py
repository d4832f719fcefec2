"""What goes wrong, and where: failed executions by the kind of their error and by the node that failed."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models.functions import Left

from dragops_site.ids import time_of
from executions import history
from executions.error_likeness import LONGEST, likeness
from executions.models import Execution
from executions.status import UNSUCCESSFUL

LOOKED_AT = 2_000  # newest failures
SHOWN = 50


@dataclass
class Group:
    """Failures of one kind. `message` is that of the newest, `like` what all have in common; ids tell times."""

    pattern_id: UUID
    pattern_name: str
    error_type: str
    node_id: str
    node_name: str
    message: str
    like: str
    count: int
    first_id: UUID
    last_id: UUID

    @property
    def first_at(self) -> datetime:
        return time_of(self.first_id)

    @property
    def last_at(self) -> datetime:
        return time_of(self.last_id)


@dataclass(frozen=True)
class Groups:
    """The largest groups first. Where `is_capped`, older failures than those looked at are not counted."""

    groups: list[Group] = field(default_factory=list)
    looked_at: int = 0
    is_capped: bool = False


def of(filters: history.Filters, limit: int = SHOWN) -> Groups:
    """The failures among what the filters find, grouped: of the newest ones, in a fixed number of queries."""
    chosen = UNSUCCESSFUL & {*filters.statuses} if filters.statuses else UNSUCCESSFUL
    if not chosen:
        return Groups()
    ids, more = history.find(replace(filters, statuses=tuple(sorted(chosen))), limit=LOOKED_AT)
    groups = _grouped(_failures(ids))
    return Groups(sorted(groups, key=lambda group: -group.count)[:limit], len(ids), more is not None)


def _failures(ids: list[UUID]) -> Iterable[Any]:
    rows = Execution.objects.filter(pk__in=ids).order_by("-id")
    said = Left("error_message", LONGEST)
    where = ("error_type", "error_node_id", "error_node_name")
    return rows.values_list("id", "pattern_id", "pattern__name", *where, said) if ids else []


def _grouped(failures: Iterable[Any]) -> list[Group]:
    """Of rows with the newest first."""
    groups: dict[tuple[Any, ...], Group] = {}
    for row_id, pattern_id, pattern_name, error_type, node_id, node_name, message in failures:
        like = likeness(message)
        key = (pattern_id, error_type, node_id, like)
        if group := groups.get(key):
            group.count, group.first_id = group.count + 1, row_id
        else:
            where = (pattern_id, pattern_name, error_type, node_id, node_name, message, like)
            groups[key] = Group(*where, count=1, first_id=row_id, last_id=row_id)
    return list(groups.values())
