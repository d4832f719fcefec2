"""The request log of a webhook: what started a run, and what did not, as one list, newest first.

The former are executions, the latter rows of their own; ids of both are in the order of time, and so is the cursor.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db.models import Q

from deployments.models import WebhookRequest
from deployments.request_log import CAPTURED, DUPLICATE
from dragops_site.errors import Invalid
from dragops_site.ids import parse_id
from executions import history
from executions.models import Execution
from executions.status import Trigger


class Outcome(StrEnum):
    ACCEPTED = "accepted"  # started a run
    REFUSED = "refused"
    CAPTURED = "captured"  # kept, while the pattern was not deployed
    DUPLICATE = "duplicate"  # had come before, and started nothing


WITHOUT_RUN = {
    Outcome.REFUSED: ~Q(code__in=[CAPTURED, DUPLICATE]),
    Outcome.CAPTURED: Q(code=CAPTURED),
    Outcome.DUPLICATE: Q(code=DUPLICATE),
}


@dataclass(frozen=True)
class Logged:
    """One request. Of those that started a run, method, address and size are in the run's event."""

    id: UUID
    received_at: datetime
    outcome: Outcome
    status: int
    code: str
    run_id: UUID | None
    reason: str = ""
    method: str | None = None
    address: str | None = None
    size: int | None = None
    captured_id: UUID | None = None


@dataclass(frozen=True)
class Page:
    """Requests, and where to go on: None at the end. A page may be short of its limit while there is a next one."""

    rows: list[Logged]
    next_cursor: str | None


def page(pattern_id: UUID, outcome: Outcome | None = None, cursor: str | None = None, limit: int = 20) -> Page:
    """The requests after `cursor`. Raises Invalid where the cursor is not one of ours."""
    before = parse_id(cursor) if cursor else None
    if cursor and before is None:
        raise Invalid("The cursor is not one that a page of requests gave.", details={"cursor": "is not a cursor"})
    runs = _runs(pattern_id, outcome, cursor, limit)
    found = [*map(_of_run, runs.rows), *map(_of_row, _rows(pattern_id, outcome, before, limit + 1))]
    # Where the runs of this page end, there are older ones: nothing older may be shown before them.
    last = UUID(runs.next_cursor) if runs.next_cursor else UUID(int=0)
    found = sorted((one for one in found if one.id >= last), key=lambda one: one.id, reverse=True)
    if len(found) > limit:
        return Page(found[:limit], str(found[limit - 1].id))
    return Page(found, runs.next_cursor)


def _runs(pattern_id: UUID, outcome: Outcome | None, cursor: str | None, limit: int) -> history.Page:
    if outcome not in (None, Outcome.ACCEPTED):
        return history.Page()
    return history.page(history.Filters(pattern_id, trigger=Trigger.WEBHOOK), cursor=cursor, limit=limit)


def _rows(pattern_id: UUID, outcome: Outcome | None, before: UUID | None, count: int) -> list[WebhookRequest]:
    if outcome is Outcome.ACCEPTED:
        return []
    rows = WebhookRequest.objects.filter(WITHOUT_RUN[outcome] if outcome else Q(), pattern_id=pattern_id)
    return list((rows.filter(id__lt=before) if before else rows).order_by("-id")[:count])


def _of_run(run: Execution) -> Logged:
    return Logged(run.pk, run.created_at, Outcome.ACCEPTED, 202, "ACCEPTED", run.pk)


def _of_row(row: WebhookRequest) -> Logged:
    return Logged(
        id=row.pk,
        received_at=row.received_at,
        outcome={CAPTURED: Outcome.CAPTURED, DUPLICATE: Outcome.DUPLICATE}.get(row.code, Outcome.REFUSED),
        status=row.status,
        code=row.code,
        run_id=row.execution_id,
        reason=row.reason,
        method=row.method,
        address=row.address,
        size=row.size,
        captured_id=row.captured_id,
    )
