"""Pages of one deployment: its executions, figures, settings and versions; and what must be seen wherever one is."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from deployments import breaker
from deployments.breaker_rules import cools_until
from deployments.latest_runs import LOOKED_AT, success_rate
from deployments.models import Deployment
from deployments.settings_words import in_words
from deployments.timetable import schedule_context
from dragops_site.accounts.roles import Role
from dragops_site.pages import is_fragment, pretty, requires
from executions import figures, history, run_list, statistics
from executions.models import Execution
from executions.status import Status, Wait
from patterns import samples

VERSIONS_SHOWN = 20
NOTICES_SHOWN = 5
ALARMS_SHOWN = 99


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
    runs = _runs(request, pattern_id)
    if is_fragment(request):
        return run_list.answer(request, runs, "", deployment={"pk": pattern_id})
    return run_list.answer(request, runs, "deployments/detail.html", **_context(request, _get(pattern_id)))


def _runs(request: HttpRequest, pattern_id: UUID) -> dict[str, Any]:
    """A page of executions by the filters in the address."""
    runs = run_list.context(request, pattern_id)
    return {
        **runs,
        "attempts_allowed": _attempts_allowed(pattern_id, [row.run for row in runs["rows"]]),
        "dead_letters": _count_dead_letters(runs["filters"]),
    }


def _attempts_allowed(pattern_id: UUID, rows: list[Execution]) -> int:
    """By the retry policy as it is now; looked up where a row tells of it."""
    if not any(run.waits_for == Wait.RETRY for run in rows):
        return 0
    return Deployment.objects.filter(pk=pattern_id).values_list("retry_attempts", flat=True).first() or 0


def _count_dead_letters(filters: history.Filters) -> int:
    """How many there are to be retried at once, where they are what is looked at."""
    return history.count_up_to(filters) if filters.statuses == (Status.DEAD_LETTER.value,) else 0


def _figures(request: HttpRequest, pattern_id: UUID) -> dict[str, Any]:
    period = figures.period_of(request.GET.get("period", ""))
    return {"figures": figures.of(statistics.of([pattern_id], period), period), "periods": figures.periods()}


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
        **_figures(request, pattern.pk),
    }
