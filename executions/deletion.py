"""What may be deleted, and how much of it at once: in short transactions, for others have to write as well."""

from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from executions.models import Execution, LogEntry
from executions.status import OPEN

RUNS, ENTRIES = 200, 5_000  # deleted in one transaction
_OPEN = [status.value for status in OPEN]


def deletable(rows: QuerySet[Execution]) -> QuerySet[Execution]:
    """Those of these that have ended, and no member of whose call tree is open."""
    return rows.filter(ended_at__isnull=False).exclude(_is_called_by_open())


def delete_or_trim(some: list[UUID]) -> tuple[int, bool]:
    """Delete these with their logs, or, where those are too long for one transaction, a part of the logs; returns how
    many went, and whether that is all. For a transaction."""
    entries = LogEntry.objects.filter(execution__in=some)
    if entries[ENTRIES : ENTRIES + 1].exists():
        LogEntry.objects.filter(pk__in=list(entries.values_list("pk", flat=True)[:ENTRIES])).delete()
        return 0, False
    return Execution.objects.filter(pk__in=some).delete()[1].get("executions.Execution", 0), True


def _is_called_by_open() -> Q:
    kin = Execution.objects.filter(status__in=_OPEN)
    same_root = kin.filter(Q(root=OuterRef("root")) | Q(pk=OuterRef("root")))
    return Q(Exists(kin.filter(root=OuterRef("pk")))) | (Q(root__isnull=False) & Q(Exists(same_root)))
