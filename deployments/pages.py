"""Pages of deployments: the list, one deployment with its executions, and the verbs that people press."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from deployments import breaker
from deployments.breaker_rules import cools_until
from deployments.latest_runs import LOOKED_AT, latest_runs, success_rate
from deployments.models import Deployment
from deployments.settings_words import in_words
from deployments.timetable import schedule_context
from dragops_site import jsontext
from dragops_site.accounts.roles import Role
from dragops_site.cursors import cursor_of, neighbours
from dragops_site.pages import (
    UNCHANGED,
    fingerprint,
    is_fragment,
    pretty,
    requires,
)
from executions import history, waiting
from executions.models import Execution
from executions.status import Mode, Status, Trigger, Wait
from patterns import samples

PAGE_SIZE = 25
RUNS_SHOWN = 25
VERSIONS_SHOWN = 20
NOTICES_SHOWN = 5
ALARMS_SHOWN = 99


@dataclass(frozen=True)
class Row:
    """A run in a list, and what it waits for."""

    run: Execution
    waiting: waiting.Waiting | None


# --- The list -------------------------------------------------------------------------------------------------------
@requires(Role.VIEWER)
@require_GET
def deployments(request: HttpRequest) -> HttpResponse:
    """All deployments; `q` searches names, `status` filters."""
    q, status = request.GET.get("q", "").strip(), request.GET.get("status", "")
    page = Paginator(_found(q, status), PAGE_SIZE).get_page(request.GET.get("page"))
    rows: list[Any] = list(page.object_list)
    last_runs = Execution.objects.only("status", "created_at").in_bulk([r.last_run_id for r in rows if r.last_run_id])
    for row in rows:
        row.last_run = last_runs.get(row.last_run_id)
    template = "deployments/list.html#results" if is_fragment(request) else "deployments/list.html"
    context = {"page": page, "rows": rows, "q": q, "status": status, "statuses": Deployment.Status}
    return render(request, template, {**context, "rated_runs": LOOKED_AT})


def _found(q: str, status: str) -> QuerySet[Deployment]:
    found = Deployment.objects.select_related("pattern", "version").defer("pattern__graph")
    if q:
        found = found.filter(pattern__name__icontains=jsontext.clean(q))
    if status in Deployment.Status.values:
        found = found.filter(status=status)
    return found.annotate(last_run_id=Subquery(latest_runs(OuterRef("pk"), 1)), success=success_rate()).order_by(
        "pattern__name", "pk"
    )


# --- What must be seen wherever one is ------------------------------------------------------------------------------
@requires(Role.VIEWER)
@require_GET
def alarms(request: HttpRequest) -> HttpResponse:
    """The circuit breakers that are open, for the head of every page."""
    opened = Deployment.objects.filter(breaker_opened_at__isnull=False).values_list("pk", flat=True)
    return render(request, "deployments/alarms.html", {"opened": list(opened[:ALARMS_SHOWN])})


# --- One deployment -------------------------------------------------------------------------------------------------
@requires(Role.VIEWER)
@require_GET
def deployment(request: HttpRequest, pattern_id: UUID) -> HttpResponse:
    """One deployment and its executions. As a fragment: only the executions, or 204 where `seen` is what they are."""
    if is_fragment(request):
        return _runs_fragment(request, pattern_id)
    found = _get(pattern_id)
    return render(request, "deployments/detail.html", {**_context(request, found), **_runs(request, pattern_id)})


def _runs_fragment(request: HttpRequest, pattern_id: UUID) -> HttpResponse:
    runs = _runs(request, pattern_id)
    if request.GET.get("seen") == runs["seen"]:
        return HttpResponse(status=UNCHANGED)
    return render(request, "deployments/detail.html#runs", {"deployment": {"pk": pattern_id}, **runs})


def _runs(request: HttpRequest, pattern_id: UUID) -> dict[str, Any]:
    """A page of executions by the filters in the address, and the addresses of its neighbours."""
    filters = filters_of(request, pattern_id)
    page = history.page(filters, cursor=cursor_of(request), limit=RUNS_SHOWN)
    return {
        **neighbours(request, page.next_cursor),
        "rows": [Row(run, waiting.of(run)) for run in page.rows],
        "filters": filters,
        "status": filters.statuses[0] if filters.statuses else "",
        # A filter that no index knows costs a search; that is not repeated every other second.
        "poll_s": 10 if filters.trigger or filters.mode else 2,
        "is_filtered": bool(filters.statuses or filters.trigger or filters.mode),
        "seen": fingerprint([(run.id, waiting.state(run)) for run in page.rows]),
        "count_cap": history.COUNT_CAP,
        "attempts_allowed": _attempts_allowed(pattern_id, page.rows),
        "dead_letters": _count_dead_letters(filters),
        "statuses": [(s.value, s.label) for s in Status],
        "triggers": [(t.value, t.label) for t in Trigger],
    }


def _attempts_allowed(pattern_id: UUID, rows: list[Execution]) -> int:
    """By the retry policy as it is now; looked up where a row tells of it."""
    if not any(run.waits_for == Wait.RETRY for run in rows):
        return 0
    return Deployment.objects.filter(pk=pattern_id).values_list("retry_attempts", flat=True).first() or 0


def _count_dead_letters(filters: history.Filters) -> int:
    """How many there are to be retried at once, where they are what is looked at."""
    return history.count_up_to(filters) if filters.statuses == (Status.DEAD_LETTER.value,) else 0


def filters_of(request: HttpRequest, pattern_id: UUID) -> history.Filters:
    """Those in the address, as far as they are any."""
    status, trigger, mode = (request.GET.get(key, "") for key in ("status", "trigger", "mode"))
    return history.Filters(
        pattern_id=pattern_id,
        statuses=(status,) if status in list(Status) else (),
        trigger=trigger if trigger in list(Trigger) else "",
        mode=mode if mode in list(Mode) else "",
    )


def _get(pattern_id: UUID) -> Deployment:
    found = Deployment.objects.select_related("pattern__webhook_security", "version__snapshot").defer("pattern__graph")
    return get_object_or_404(found.annotate(success=success_rate()), pk=pattern_id)


def _context(request: HttpRequest, found: Deployment) -> dict[str, Any]:
    pattern, version = found.pattern, found.version
    url = request.build_absolute_uri(f"/webhooks/{pattern.webhook_id}")
    return {
        "deployment": found,
        "pattern": pattern,
        "version": version,
        "versions": pattern.versions.select_related("created_by")[:VERSIONS_SHOWN],
        "captured": pattern.captured_requests.count(),
        "notices": found.notices.all()[:NOTICES_SHOWN],
        "words": in_words(found),
        "is_cool": breaker.is_cool(found),
        "cools_at": found.breaker_opened_at and cools_until(found.breaker_opened_at, found.breaker_cooldown_s),
        "webhook_url": url,
        "curl": f"curl -X POST {url} -H 'Content-Type: application/json' -d '{{}}'",
        "has_webhook": version is not None and version.trigger_type == "OnWebhook",
        "sample_event": pretty(samples.sample_event(version.snapshot.graph) if version else {}),
        "rated_runs": LOOKED_AT,
        **schedule_context(pattern.pk),
    }
