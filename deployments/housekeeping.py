"""What webhooks, notices and runs leave behind goes, in small bites, by the clock of every process."""

from datetime import timedelta
from typing import Any

from django.db.models import Count, QuerySet
from django.utils import timezone

from deployments import deliveries, request_log
from deployments.models import Delivery, Notice, WebhookRequest, WebhookSecret
from dragops_site import idempotency
from dragops_site.accounts.models import AuditEntry
from dragops_site.ids import first_id
from executions import tally
from executions.models import BulkJob
from executions.persistence import writing
from executions.state import expired

TRAIL_KEPT = timedelta(days=400)
NOTICES_KEPT = timedelta(days=90)
REQUESTS_KEPT = timedelta(days=7)
JOBS_KEPT = timedelta(days=7)
BITE = 1_000


def prune() -> None:
    prune_deliveries()
    prune_requests()
    prune_secrets()
    prune_notices()
    prune_state()
    prune_answers()
    prune_trail()
    tally.prune()
    prune_jobs()


def prune_jobs() -> int:
    """Forget what was done to many executions at once long ago; returns how many jobs."""
    return _delete(BulkJob.objects.filter(ended_at__lte=timezone.now() - JOBS_KEPT))


def prune_trail() -> int:
    """Forget what people did long ago; returns how many entries."""
    return _delete(AuditEntry.objects.filter(id__lt=first_id(timezone.now() - TRAIL_KEPT)))


def prune_answers() -> int:
    """Forget requests that were sent with an Idempotency-Key long ago; returns how many."""
    return _delete(idempotency.forgettable())


def prune_deliveries() -> int:
    """Forget the keys of requests that may come again by now; returns how many."""
    return _delete(Delivery.objects.filter(created_at__lte=timezone.now() - deliveries.KEPT))


def prune_requests() -> int:
    """Keep of the request log the last week, and the newest of each pattern; returns how many rows went."""
    gone = _delete(WebhookRequest.objects.filter(id__lt=first_id(timezone.now() - REQUESTS_KEPT)))
    counted = WebhookRequest.objects.order_by().values("pattern").annotate(count=Count("pk"))
    too_many = counted.filter(count__gt=request_log.KEPT)
    return gone + request_log.prune(list(too_many.values_list("pattern", flat=True)))


def prune_secrets() -> int:
    """Forget secrets that count no more; returns how many."""
    return _delete(WebhookSecret.objects.filter(expires_at__lte=timezone.now()))


def prune_notices() -> int:
    """Forget what people were told long ago; returns how many notices."""
    return _delete(Notice.objects.filter(id__lt=first_id(timezone.now() - NOTICES_KEPT)))


def prune_state() -> int:
    """Forget values that patterns have kept for a time that is over; returns how many."""
    return _delete(expired())


def _delete(rows: "QuerySet[Any]") -> int:
    gone = 0
    while rows.exists():  # spares SQLite the write lock
        with writing():
            bite = list(rows.select_for_update(skip_locked=True).order_by().values_list("pk", flat=True)[:BITE])
            gone += rows.model._default_manager.filter(pk__in=bite).delete()[0]
        if not bite:
            break  # another process is at it
    return gone
