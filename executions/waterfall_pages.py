"""The waterfall of a run: a fragment that its page loads when it is opened, and a page of its own."""

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from dragops_site.accounts.roles import Role
from dragops_site.pages import is_fragment, requires
from executions import waterfall
from executions.models import Execution, LogEntry
from executions.waterfall import Call, Step, Waterfall

STEPS_READ = 3_000
CALLS_READ = 300
POLL_S = 3


@requires(Role.VIEWER)
@require_GET
def waterfall_page(request: HttpRequest, execution_id: UUID) -> HttpResponse:
    found = Execution.objects.select_related("pattern").defer("event", "result", "pattern__graph")
    run = get_object_or_404(found, pk=execution_id)
    template = "executions/waterfall.html#bars" if is_fragment(request) else "executions/waterfall.html"
    return render(request, template, {"run": run, "waterfall": of(run), "poll_s": POLL_S})


def of(run: Execution) -> Waterfall:
    """Its first steps, and the runs that they called."""
    # Not what a later attempt has done again: it has the same key.
    rows = LogEntry.objects.filter(execution=run, is_void=False).order_by("seq")
    columns = ("seq", "key", "node_name", "at", "duration_us", "error_type", "is_void")
    read = list(rows.values_list(*columns)[: STEPS_READ + 1])
    steps = [
        Step(seq, key, name, at.timestamp(), None if lasted is None else lasted / 1e6, bool(error), is_void)
        for seq, key, name, at, lasted, error, is_void in read[:STEPS_READ]
    ]
    began = _seconds(run.started_at or run.created_at)
    return waterfall.of(steps, began, _seconds(run.ended_at), _calls(run), is_cut=len(read) > STEPS_READ)


def _calls(run: Execution) -> dict[str, Call]:
    children = run.children.select_related("pattern").order_by("id")
    columns = ("parent_key", "status", "created_at", "started_at", "ended_at", "parent", "pattern__name")
    return {child.parent_key: _call(child) for child in children.only(*columns)[:CALLS_READ]}


def _call(child: Execution) -> Call:
    began = _seconds(child.started_at or child.created_at)
    return Call(str(child.pk), child.pattern.name, child.status, began, _seconds(child.ended_at))


def _seconds(moment: datetime | None) -> float:
    return (moment or timezone.now()).timestamp()
