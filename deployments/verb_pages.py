"""What people press on the pages of deployments: one view for each verb, which says what came of it."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from deployments.actions import deploy, execute, fork, pause, rerun, resume, rollback, undeploy
from deployments.list_pages import list_it_came_from, row_answer
from deployments.models import Deployment
from dragops_site import idempotency, jsontext
from dragops_site.accounts.roles import Role
from dragops_site.errors import Invalid, Refused
from dragops_site.pages import acted, explain, is_fragment, person, read_json, refusals_shown, requires
from executions import history_query
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
    said = "Undeployed. The graph and the history stay."
    return _done(request, pattern_id, lambda: undeploy(pattern, person(request)), said, "pattern")


@requires(Role.OPERATOR)
@require_POST
def pause_page(request: HttpRequest, pattern_id: UUID) -> HttpResponse:
    found = get_object_or_404(Deployment, pk=pattern_id)
    reason = jsontext.clean(request.POST.get("reason", "").strip()[:1000])
    said = "Paused. Its trigger is refused until somebody resumes it."
    return _done(request, pattern_id, lambda: pause(found, person(request), reason), said)


@requires(Role.OPERATOR)
@require_POST
def resume_page(request: HttpRequest, pattern_id: UUID) -> HttpResponse:
    found = get_object_or_404(Deployment, pk=pattern_id)
    said = "Resumed. Its trigger fires again."
    return _done(request, pattern_id, lambda: resume(found, person(request)), said)


def _done(
    request: HttpRequest, pattern_id: UUID, act: Callable[[], object], said: str, page: str = "deployment"
) -> HttpResponse:
    """Do it, and say so: in its row where htmx sends the form of a list, else on the page that one comes back to."""
    try:
        act()
    except Refused as refused:
        if is_fragment(request):
            return row_answer(request, pattern_id, explain(refused), is_refusal=True)
        messages.error(request, explain(refused))
    else:
        if is_fragment(request):
            return row_answer(request, pattern_id, said)
        messages.success(request, said)
    return redirect(list_it_came_from(request) or reverse(page, args=[pattern_id]))


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

    def start() -> str:
        event = read_json(request.POST.get("event", "").strip() or "{}", "The event")
        return _page_of(execute(found, event, person(request)).pk)

    return acted(request, start, "deployment", pattern_id)


def _page_of(execution_id: object) -> str:
    return reverse("execution", args=[execution_id])


@requires(Role.OPERATOR)
@require_POST
def redrive_page(request: HttpRequest, pattern_id: UUID) -> HttpResponse:
    """Retry the dead letters of a deployment, as they are filtered in the address."""
    found = get_object_or_404(Deployment, pk=pattern_id)
    with refusals_shown(request):
        filters = replace(history_query.read(request.GET, found.pk).filters, statuses=(Status.DEAD_LETTER.value,))
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

    def start() -> str:
        typed = {"event": read_json(request.POST["event"], "The event")} if "event" in request.POST else {}
        return _page_of(_once(request, lambda: rerun(run, person(request), **typed)))

    return acted(request, start, "execution", execution_id)


@requires(Role.OPERATOR)
@require_POST
def execution_fork(request: HttpRequest, execution_id: UUID) -> HttpResponse:
    """A new run under the version that is live now, from the step at entry `seq` of the log on."""
    run = get_object_or_404(Execution.objects.select_related("pattern"), pk=execution_id)
    with refusals_shown(request):
        seq = _entry_number(request.POST.get("seq", ""))
        typed = {"event": read_json(request.POST["event"], "The event")} if "event" in request.POST else {}
        return redirect("execution", _once(request, lambda: fork(run, seq, person(request), **typed)))
    return redirect("execution", execution_id)


def _entry_number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise Invalid("Choose a step of the log.")
    return int(text)


def _once(request: HttpRequest, start: Callable[[], Execution]) -> str:
    """The id of the run that is started; of the one before, where the form with this `token` was sent already."""
    token = request.POST.get("token", "")
    if not token:
        return str(start().pk)
    asked = f"{request.path} {sorted((name, value) for name, value in request.POST.items() if 'csrf' not in name)}"
    return str(idempotency.once_named(person(request), f"form {token}", asked, lambda: str(start().pk))[0])
