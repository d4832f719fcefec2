"""Which pattern a webhook's address belongs to, and what is live of it: one query."""

from dataclasses import dataclass
from functools import cache
from time import time
from typing import Any
from uuid import UUID

from django.db import connection

from deployments import breaker
from deployments.actions.start_webhook_run import LiveWebhook, WebhookPaused
from deployments.models import Deployment
from dragops_site.errors import NotFound
from dragops_site.kept_plans import KeptPlan
from executions.persistence import reading
from patterns.models import Pattern

UNKNOWN = "WEBHOOK_NOT_FOUND"


@dataclass(frozen=True)
class Webhook:
    pattern_id: UUID
    scheme: str  # by which requests are signed; empty for none
    live: LiveWebhook | None  # none while the pattern is not deployed
    is_tapped: bool = False  # somebody looks at its requests, which are captured instead of run


def find(field: str, key: UUID | None) -> Webhook:
    """The webhook of the pattern whose `field` is `key`. Raises NotFound, and Paused with status 503."""
    row = reading(lambda: _row(field, key)) if key else None
    if row is None:
        raise NotFound("There is no webhook at this address.", code=UNKNOWN)
    is_tapped = (row["tap__until"] or 0) > time()
    return Webhook(row["id"], row["webhook_security__scheme"] or "", _live(row, is_tapped), is_tapped)


def _row(field: str, key: UUID) -> dict[str, Any] | None:
    # To compile this query takes longer than all else about a request, so it is compiled once.
    value = Pattern._meta.get_field(field).get_db_prep_value(key, connection)  # type: ignore[union-attr]
    with connection.cursor() as cursor, _plan(field).at(cursor) as sql:
        cursor.execute(sql, [value])
        row = cursor.fetchone()
    return {name: _plain(name, value) for name, value in zip(_COLUMNS, row, strict=True)} if row else None


@cache
def _plan(field: str) -> KeptPlan:
    """The query, with a place for one id."""
    rows = Pattern.objects.filter(**{field: UUID(int=0)}).values_list(*_COLUMNS)
    return KeptPlan(rows.query.sql_with_params()[0])


def _plain(column: str, value: Any) -> Any:
    # SQLite has no type for ids.
    return UUID(value) if column in _IDS and isinstance(value, str) else value


def _live(row: dict[str, Any], is_tapped: bool) -> LiveWebhook | None:
    if row["deployment__version__number"] is None:
        return None
    if row["deployment__version__trigger_type"] != "OnWebhook":
        raise NotFound(
            "The deployed version of this pattern does not start with On Webhook.", code="NO_WEBHOOK_TRIGGER"
        )
    is_paused = row["deployment__status"] == Deployment.Status.PAUSED
    if is_paused and not is_tapped and not _may_try(row["id"]):
        raise WebhookPaused
    return LiveWebhook(
        pattern_id=row["id"],
        snapshot_id=row["deployment__version__snapshot_id"],
        version_number=row["deployment__version__number"],
        response_mode=row["deployment__version__response_mode"],
        time_limit_s=row["deployment__time_limit_s"],
        concurrency=row["deployment__concurrency_limit"],
        rate_limit=row["deployment__rate_limit"],
        rate_period_s=row["deployment__rate_period_s"],
        is_trial=is_paused,
    )


def _may_try(pattern_id: UUID) -> bool:
    """A query of its own: what is paused is the exception."""
    found = Deployment.objects.filter(pk=pattern_id).first()
    return found is not None and breaker.is_cool(found)


_COLUMNS = (
    "id",
    "webhook_security__scheme",
    "tap__until",
    "deployment__status",
    "deployment__time_limit_s",
    "deployment__concurrency_limit",
    "deployment__rate_limit",
    "deployment__rate_period_s",
    "deployment__version__number",
    "deployment__version__snapshot_id",
    "deployment__version__trigger_type",
    "deployment__version__response_mode",
)
_IDS = {"id", "deployment__version__snapshot_id"}
