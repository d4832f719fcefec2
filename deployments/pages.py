"""Pages of deployments: the list, one deployment with its executions, and the verbs that people press."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from deployments.actions import change_settings, deploy, execute, pause, resume, rollback, run_captured, undeploy
from deployments.latest_runs import LOOKED_AT, latest_runs, success_rate
from deployments.models import CapturedRequest, Deployment
from deployments.settable import LONGEST_RUN_S
from deployments.timetable import schedule_context
from dragops_site import jsontext
from dragops_site.accounts.roles import Role
from dragops_site.cursors import cursor_of, neighbours
from dragops_site.errors import Invalid
from dragops_site.ids import parse_id
from dragops_site.pages import (
    UNCHANGED,
    fingerprint,
    is_fragment,
    person,
    pretty,
    read_json,
    refusals_shown,
    requires,
)
from executions import history
from executions.actions import start_test_run
from executions.models import Execution
from executions.status import Mode, Status, Trigger
from patterns import samples
from patterns.models import Pattern

PAGE_SIZE = 25
RUNS_SHOWN = 25
VERSIONS_SHOWN = 20


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
    filters = _filters(request, pattern_id)
    page = history.page(filters, cursor=cursor_of(request), limit=RUNS_SHOWN)
    return {
        **neighbours(request, page.next_cursor),
        "rows": page.rows,
        "filters": filters,
        "status": filters.statuses[0] if filters.statuses else "",
        # A filter that no index knows costs a search; that is not repeated every other second.
        "poll_s": 10 if filters.trigger or filters.mode else 2,
        "is_filtered": bool(filters.statuses or filters.trigger or filters.mode),
        "seen": fingerprint([(run.id, run.status) for run in page.rows]),
        "statuses": [(s.value, s.label) for s in Status],
        "triggers": [(t.value, t.label) for t in Trigger],
    }


def _filters(request: HttpRequest, pattern_id: UUID) -> history.Filters:
    status, trigger, mode = (request.GET.get(key, "") for key in ("status", "trigger", "mode"))
    return history.Filters(
        pattern_id=pattern_id,
        statuses=(status,) if status in list(Status) else (),
        trigger=trigger if trigger in list(Trigger) else "",
        mode=mode if mode in list(Mode) else "",
    )


def _get(pattern_id: UUID) -> Deployment:
    found = Deployment.objects.select_related("pattern", "version__snapshot").defer("pattern__graph")
    return get_object_or_404(found.annotate(success=success_rate()), pk=pattern_id)


def _context(request: HttpRequest, found: Deployment) -> dict[str, Any]:
    pattern, version = found.pattern, found.version
    url = request.build_absolute_uri(f"/webhooks/{pattern.webhook_id}")
    captured = list(pattern.captured_requests.all()[: settings.CAPTURED_REQUESTS_KEPT])
    return {
        "deployment": found,
        "pattern": pattern,
        "version": version,
        "versions": pattern.versions.select_related("created_by")[:VERSIONS_SHOWN],
        "captured": captured,
        "webhook_url": url,
        "curl": f"curl -X POST {url} -H 'Content-Type: application/json' -d '{{}}'",
        "has_webhook": version is not None and version.trigger_type == "OnWebhook",
        "sample_event": pretty(samples.sample_event(version.snapshot.graph) if version else {}),
        "rated_runs": LOOKED_AT,
        **schedule_context(pattern.pk),
    }


# --- What people press ----------------------------------------------------------------------------------------------
@requires(Role.EDITOR)
@require_POST
def deploy_page(request: HttpRequest, pattern_id: UUID) -> HttpResponse:
    pattern = get_object_or_404(Pattern, pk=pattern_id)
    with refusals_shown(request):
        version = deploy(pattern, person(request))
        messages.success(request, f"Deployed. Version {version.number} is live.")
        return redirect("deployment", pattern_id)
    return redirect("pattern", pattern_id)


@requires(Role.EDITOR)
@require_POST
def undeploy_page(request: HttpRequest, pattern_id: UUID) -> HttpResponse:
    pattern = get_object_or_404(Pattern, pk=pattern_id)
    with refusals_shown(request):
        undeploy(pattern, person(request))
        messages.success(request, "Undeployed. The graph and the history stay.")
    return redirect("pattern", pattern_id)


@requires(Role.OPERATOR)
@require_POST
def pause_page(request: HttpRequest, pattern_id: UUID) -> HttpResponse:
    found = get_object_or_404(Deployment, pk=pattern_id)
    with refusals_shown(request):
        pause(found, person(request), jsontext.clean(request.POST.get("reason", "").strip()[:1000]))
        messages.success(request, "Paused. Its trigger is refused until somebody resumes it.")
    return redirect("deployment", pattern_id)


@requires(Role.OPERATOR)
@require_POST
def resume_page(request: HttpRequest, pattern_id: UUID) -> HttpResponse:
    found = get_object_or_404(Deployment, pk=pattern_id)
    with refusals_shown(request):
        resume(found, person(request))
        messages.success(request, "Resumed. Its trigger fires again.")
    return redirect("deployment", pattern_id)


@requires(Role.EDITOR)
@require_POST
def rollback_page(request: HttpRequest, pattern_id: UUID) -> HttpResponse:
    found = get_object_or_404(Deployment, pk=pattern_id)
    with refusals_shown(request):
        number = _whole_number(request.POST.get("number", ""), "The version", 2_000_000_000)
        version = rollback(found, number, person(request))
        messages.success(request, f"Version {version.number} is live.")
    return redirect("deployment", pattern_id)


@requires(Role.EDITOR)
@require_POST
def settings_page(request: HttpRequest, pattern_id: UUID) -> HttpResponse:
    found = get_object_or_404(Deployment, pk=pattern_id)
    with refusals_shown(request):
        time_limit_s = _whole_number(request.POST.get("time_limit_s", ""), "The time limit", LONGEST_RUN_S)
        change_settings(found, person(request), time_limit_s=time_limit_s)
        messages.success(request, "Saved. Runs that start from now on have the new time limit.")
    return redirect("deployment", pattern_id)


@requires(Role.OPERATOR)
@require_POST
def execute_page(request: HttpRequest, pattern_id: UUID) -> HttpResponse:
    """Run the live version with an event typed by hand, or with that of a captured request."""
    found = get_object_or_404(Deployment.objects.select_related("pattern", "version"), pk=pattern_id)
    with refusals_shown(request):
        return redirect("execution", _executed(request, found).pk)
    return redirect("deployment", pattern_id)


@requires(Role.OPERATOR)
@require_POST
def execute_again(request: HttpRequest, execution_id: UUID) -> HttpResponse:
    """The same event, with the version that is live now; of a test run, with the draft as it is now."""
    run = get_object_or_404(Execution.objects.select_related("pattern"), pk=execution_id)
    with refusals_shown(request):
        if run.mode == Mode.TEST.value:
            return redirect("execution", start_test_run(run.pattern, run.event, person(request)).pk)
        found = Deployment.objects.select_related("pattern", "version").filter(pk=run.pattern_id).first()
        if found is None:
            raise Invalid("The pattern is not deployed. Deploy it, then execute again.")
        return redirect("execution", execute(found, run.event, person(request)).pk)
    return redirect("execution", execution_id)


def _executed(request: HttpRequest, found: Deployment) -> Execution:
    if chosen := parse_id(request.POST.get("captured", "")):
        return run_captured(get_object_or_404(CapturedRequest, pk=chosen, pattern_id=found.pk), person(request))
    event = read_json(request.POST.get("event", "").strip() or "{}", "The event")
    return execute(found, event, person(request))


def _whole_number(text: str, what: str, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and 1 <= int(text) <= most):
        raise Invalid(f"{what} must be a whole number from 1 to {most:,}.")
    return int(text)
