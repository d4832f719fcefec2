"""What starts patterns from outside: the webhooks and the schedules of all patterns, as one list.

The live version says what starts a pattern; of one that is not deployed, the draft.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import Case, CharField, F, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from deployments import timetable
from deployments.latest_runs import latest_by_trigger
from deployments.models import Schedule, Tick, WebhookRequest
from dragops_site import jsontext
from dragops_site.ids import time_of
from executions.status import Trigger
from patterns.models import Pattern


class Kind(StrEnum):
    WEBHOOK = "webhook"
    SCHEDULE = "schedule"


TYPES = {Kind.WEBHOOK: "OnWebhook", Kind.SCHEDULE: "OnSchedule"}


@dataclass(frozen=True)
class Listed:
    """One trigger. `last_at` is when it was last asked: by a request, whatever came of it, or by a tick."""

    pattern: Pattern
    kind: Kind
    scheme: str  # of a webhook, by which its requests are signed; empty for none
    schedule: Schedule | None
    in_words: str  # the schedule
    last_at: datetime | None
    last_outcome: str


def found(q: str, kind: str) -> QuerySet[Pattern, Any]:
    """The patterns that have a trigger of this kind, of either kind where it is empty; by name."""
    rows = Pattern.objects.annotate(starts_with=Coalesce(F("deployment__version__trigger_type"), _of_draft()))
    rows = rows.filter(starts_with__in=[TYPES[Kind(kind)]] if kind else list(TYPES.values()))
    if q:
        rows = rows.filter(name__icontains=jsontext.clean(q))
    ticks = Tick.objects.filter(pattern=OuterRef("pk")).order_by("-due_at")
    requests = WebhookRequest.objects.filter(pattern=OuterRef("pk")).order_by("-id")
    return (
        rows.select_related("deployment__version", "schedule", "webhook_security")
        .defer("graph", "description")
        .annotate(
            last_run=latest_by_trigger(Trigger.WEBHOOK),
            last_request=Subquery(requests.values("id")[:1]),
            last_due=Subquery(ticks.values("due_at")[:1]),
            last_outcome=Subquery(ticks.values("outcome")[:1]),
        )
        .order_by("name", "pk")
    )


def listed(rows: Iterable[Any]) -> list[Listed]:
    """These rows of `found` as people see them."""
    rows = list(rows)
    drafts = _drafts(rows)
    return [_listed(row, drafts) for row in rows]


def _of_draft() -> Case:
    # The type of a node stands in quotes in the graph's JSON text; a text that says the same is not worth parsing for.
    named = [When(graph__contains=f'"{name}"', then=Value(name)) for name in TYPES.values()]
    return Case(*named, output_field=CharField())


def _drafts(rows: list[Any]) -> dict[UUID, Schedule]:
    """What the drafts say, of the schedules that are not deployed."""
    wanted = [row.pk for row in rows if _kind(row) is Kind.SCHEDULE and not hasattr(row, "schedule")]
    graphs = Pattern.objects.filter(pk__in=wanted).only("graph")
    return {pattern.pk: schedule for pattern in graphs if (schedule := timetable.of_graph(pattern.pk, pattern.graph))}


def _listed(row: Any, drafts: dict[UUID, Schedule]) -> Listed:
    schedule = getattr(row, "schedule", None) or drafts.get(row.pk)
    return Listed(
        pattern=row,
        kind=_kind(row),
        scheme=row.webhook_security.get_scheme_display() if hasattr(row, "webhook_security") else "",
        schedule=schedule,
        in_words=timetable.in_words(schedule) if schedule else "",
        last_at=_last_request(row) if _kind(row) is Kind.WEBHOOK else row.last_due,
        last_outcome=row.last_outcome or "",
    )


def _kind(row: Any) -> Kind:
    return next(kind for kind, name in TYPES.items() if name == row.starts_with)


def _last_request(row: Any) -> datetime | None:
    return max((time_of(made) for made in (row.last_run, row.last_request) if made), default=None)
