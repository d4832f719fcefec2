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
from executions.models import Execution
from executions.status import Trigger
from patterns.models import Pattern


class Kind(StrEnum):
    WEBHOOK = "webhook"
    SCHEDULE = "schedule"


DRAFT = "draft"
TYPES = {Kind.WEBHOOK: "OnWebhook", Kind.SCHEDULE: "OnSchedule"}


@dataclass(frozen=True)
class Last:
    """When a trigger was last asked, by a request or by a tick, and what came of it: a run, if it is still there, or
    what happened instead."""

    at: datetime
    run: Execution | None = None
    instead: str = ""
    status: int | None = None  # of the answer to a request that started no run


@dataclass(frozen=True)
class Listed:
    """One trigger."""

    pattern: Pattern
    kind: Kind
    scheme: str  # of a webhook, by which its requests are signed; empty for none
    schedule: Schedule | None
    in_words: str  # the schedule
    last: Last | None


def found(q: str = "", kind: str = "", status: str = "") -> QuerySet[Pattern, Any]:
    """The patterns that have a trigger of this kind, and whose deployment has this status, DRAFT for those that have
    none; whatever is empty is not asked for. By name."""
    rows = Pattern.objects.annotate(starts_with=Coalesce(F("deployment__version__trigger_type"), _of_draft()))
    rows = rows.filter(starts_with__in=[TYPES[Kind(kind)]] if kind else list(TYPES.values()))
    if q:
        rows = rows.filter(name__icontains=jsontext.clean(q))
    if status:
        rows = rows.filter(deployment=None) if status == DRAFT else rows.filter(deployment__status=status)
    ticks = Tick.objects.filter(pattern=OuterRef("pk")).order_by("-due_at")
    requests = WebhookRequest.objects.filter(pattern=OuterRef("pk")).order_by("-id")
    return (
        rows.select_related("deployment__version", "schedule", "webhook_security")
        .defer("graph", "description")
        .annotate(
            last_run=latest_by_trigger(Trigger.WEBHOOK),
            last_request=Subquery(requests.values("id")[:1]),
            last_tick=Subquery(ticks.values("id")[:1]),
        )
        .order_by("name", "pk")
    )


def listed(rows: Iterable[Any]) -> list[Listed]:
    """These rows of `found` as people see them."""
    rows = list(rows)
    drafts, lasts = _drafts(rows), _lasts(rows)
    return [_listed(row, drafts, lasts.get(row.pk)) for row in rows]


def _of_draft() -> Case:
    # The type of a node stands in quotes in the graph's JSON text; a text that says the same is not worth parsing for.
    named = [When(graph__contains=f'"{name}"', then=Value(name)) for name in TYPES.values()]
    return Case(*named, output_field=CharField())


def _drafts(rows: list[Any]) -> dict[UUID, Schedule]:
    """What the drafts say, of the schedules that are not deployed."""
    wanted = [row.pk for row in rows if _kind(row) is Kind.SCHEDULE and not hasattr(row, "schedule")]
    graphs = Pattern.objects.filter(pk__in=wanted).only("graph")
    return {pattern.pk: schedule for pattern in graphs if (schedule := timetable.of_graph(pattern.pk, pattern.graph))}


def _listed(row: Any, drafts: dict[UUID, Schedule], last: Last | None) -> Listed:
    schedule = getattr(row, "schedule", None) or drafts.get(row.pk)
    return Listed(
        pattern=row,
        kind=_kind(row),
        scheme=row.webhook_security.get_scheme_display() if hasattr(row, "webhook_security") else "",
        schedule=schedule,
        in_words=timetable.in_words(schedule) if schedule else "",
        last=last,
    )


def _kind(row: Any) -> Kind:
    return next(kind for kind, name in TYPES.items() if name == row.starts_with)


# --- What came of it last --------------------------------------------------------------------------------------------
def _lasts(rows: list[Any]) -> dict[UUID, Last]:
    """By pattern, in three queries."""
    hooks = [row for row in rows if _kind(row) is Kind.WEBHOOK]
    timers = [row for row in rows if _kind(row) is Kind.SCHEDULE]
    requests = WebhookRequest.objects.in_bulk([row.last_request for row in hooks if row.last_request])
    ticks = Tick.objects.in_bulk([row.last_tick for row in timers if row.last_tick])
    started = [row.last_run for row in hooks] + [tick.execution_id for tick in ticks.values()]
    runs = Execution.objects.only("status", "waits_for").in_bulk([key for key in started if key])
    of_hooks = {row.pk: _of_request(row, requests.get(row.last_request), runs) for row in hooks}
    of_timers = {row.pk: _of_tick(tick, runs) for row in timers if (tick := ticks.get(row.last_tick))}
    return {key: last for key, last in {**of_hooks, **of_timers}.items() if last}


def _of_request(row: Any, refused: WebhookRequest | None, runs: dict[UUID, Execution]) -> Last | None:
    """The last run that a request started, or the last request that started none; ids are in the order of time."""
    if refused and (not row.last_run or refused.pk > row.last_run):
        return Last(time_of(refused.pk), instead=refused.code, status=refused.status)
    return Last(time_of(row.last_run), runs.get(row.last_run)) if row.last_run else None


def _of_tick(tick: Tick, runs: dict[UUID, Execution]) -> Last:
    if tick.outcome == Tick.Outcome.FIRED:
        return Last(tick.due_at, runs.get(tick.execution_id) if tick.execution_id else None)
    return Last(tick.due_at, instead=tick.get_outcome_display())
