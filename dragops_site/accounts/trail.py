"""The audit trail, newest first, by who, what, whom to and when. Its ids are times, so a page costs the same at any
depth."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q, QuerySet

from dragops_site import jsontext
from dragops_site.accounts.models import AuditEntry
from dragops_site.ids import first_id, parse_id


@dataclass(frozen=True)
class TrailFilters:
    user_id: int | None = None
    verb: str = ""
    target_type: str = ""
    target_id: str = ""
    since: datetime | None = None
    until: datetime | None = None
    q: str = ""  # in actor, name and detail


@dataclass(frozen=True)
class TrailPage:
    rows: list[AuditEntry] = field(default_factory=list)
    next_cursor: str | None = None


def page(filters: TrailFilters, cursor: str | None = None, limit: int = 50) -> TrailPage:
    """The entries after `cursor`, newest first."""
    entries = _found(filters)
    if before := parse_id(cursor or ""):
        entries = entries.filter(id__lt=before)
    rows = list(entries.order_by("-id")[: limit + 1])
    return TrailPage(rows[:limit], str(rows[limit - 1].pk) if len(rows) > limit else None)


def _found(filters: TrailFilters) -> QuerySet[AuditEntry]:
    wanted = Q()
    for column in ("user_id", "verb", "target_type", "target_id"):
        if value := getattr(filters, column):
            wanted &= Q(**{column: value})
    if filters.since:
        wanted &= Q(id__gte=first_id(filters.since))
    if filters.until:
        wanted &= Q(id__lt=first_id(filters.until, later_ms=1))
    if text := jsontext.clean(filters.q).strip():
        wanted &= Q(actor__icontains=text) | Q(target_name__icontains=text) | Q(detail__icontains=text)
    return AuditEntry.objects.filter(wanted)
