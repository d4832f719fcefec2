"""What people press on the pages of deployments: one view for each verb, which says what came of it."""

from dataclasses import replace
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from deployments.actions import deploy, execute, pause, rerun, resume, rollback, undeploy
from deployments.models import Deployment
from deployments.pages import filters_of
from dragops_site import jsontext
from dragops_site.accounts.roles import Role
from dragops_site.errors import Invalid
from dragops_site.pages import person, read_json, refusals_shown, requires
from executions.actions.redrive import Redriven, redrive_found
from executions.models import Execution
from executions.status import Status
from patterns.models import Pattern


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
        version = rollback(found, _number(request.POST.get("number", "")), person(request))
        messages.success(request, f"Version {version.number} is live.")
    return redirect("deployment", pattern_id)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise Invalid("The version is not a number.")
    return int(text)


@requires(Role.OPERATOR)
@require_POST
def execute_page(request: HttpRequest, pattern_id: UUID) -> HttpResponse:
    """Run the live version with an event typed by hand."""
    found = get_object_or_404(Deployment.objects.select_related("pattern", "version"), pk=pattern_id)
    with refusals_shown(request):
        event = read_json(request.POST.get("event", "").strip() or "{}", "The event")
        return redirect("execution", execute(found, event, person(request)).pk)
    return redirect("deployment", pattern_id)


@requires(Role.OPERATOR)
@require_POST
def redrive_page(request: HttpRequest, pattern_id: UUID) -> HttpResponse:
    """Retry the dead letters of a deployment, as they are filtered in the address."""
    found = get_object_or_404(Deployment, pk=pattern_id)
    with refusals_shown(request):
        filters = replace(filters_of(request, found.pk), statuses=(Status.DEAD_LETTER.value,))
        done = redrive_found(filters, person(request))
        messages.success(request, _redriven(done))
    return redirect("deployment", pattern_id)


def _redriven(done: Redriven) -> str:
    parts = [f"{done.retried:,} queued for a further attempt."]
    if done.skipped:
        parts.append(f"{done.skipped:,} could not be: they are called by runs that are still open, or are tests.")
    if done.next_cursor:
        parts.append(f"{done.remaining:,} more are left: press Retry all again.")
    return " ".join(parts)


@requires(Role.OPERATOR)
@require_POST
def execute_again(request: HttpRequest, execution_id: UUID) -> HttpResponse:
    """The same event or the one typed, with the version that is live now; after a test, with the draft as it is now."""
    run = get_object_or_404(Execution.objects.select_related("pattern"), pk=execution_id)
    with refusals_shown(request):
        typed = {"event": read_json(request.POST["event"], "The event")} if "event" in request.POST else {}
        return redirect("execution", rerun(run, person(request), **typed).pk)
    return redirect("execution", execution_id)
