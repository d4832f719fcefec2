"""The list of deployments: filtered and sorted by the address, with the verbs of each in its row."""

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET

from deployments.latest_runs import LOOKED_AT, latest_runs, success_rate
from deployments.models import Deployment, Schedule
from dragops_site import jsontext
from dragops_site.accounts.roles import Role
from dragops_site.pages import is_fragment, pretty, requires
from executions import figures, statistics
from executions.models import Execution
from patterns import samples
from patterns.models import Tag

PAGE_SIZE = 25
TAGS_SHOWN = 100
SORTS = {
    "name": F("pattern__name"),
    "status": F("status"),
    "trigger": F("version__trigger_type"),
    "deployed": F("deployed_at"),
    "last": Subquery(latest_runs(OuterRef("pk"), 1)),  # ids are in the order of time
}  # not the share of success: the database would look at the last runs of every deployment
TRIGGER_TYPES = {
    "OnWebhook": "Webhook",
    "OnSchedule": "Schedule",
    "OnStart": "Manual",
    "OnPatternCall": "Pattern call",
    "OnExecutionFailed": "Failure",
}
NEWEST_FIRST = ("deployed", "last")  # where one has pressed a column's head once


@requires(Role.VIEWER)
@require_GET
def deployments(request: HttpRequest) -> HttpResponse:
    """`q` searches names; `status`, `trigger` and `tag` filter; `sort` names a column, with `-` before it downwards."""
    given = request.GET
    asked = {name: jsontext.clean(given.get(name, "").strip())[:200] for name in ("q", "status", "trigger", "tag")}
    sort = given.get("sort", "")
    page = Paginator(_sorted(_found(**asked), sort), PAGE_SIZE).get_page(given.get("page"))
    context = {
        "page": page,
        "rows": _rows(list(page.object_list)),
        "asked": asked,
        "is_filtered": any(asked.values()),
        "sort": sort,
        "sorts": {name: _turn(name, sort or "name") for name in SORTS},
        "statuses": Deployment.Status.choices,
        "trigger_types": TRIGGER_TYPES,
        "tags": _tags(),
        **_of_rows(request),
    }
    template = "deployments/list.html#results" if is_fragment(request) else "deployments/list.html"
    return render(request, template, context)


def _found(q: str, status: str, trigger: str, tag: str) -> QuerySet[Deployment]:
    wanted = {
        "pattern__name__icontains": q,
        "status": status if status in Deployment.Status.values else "",
        "version__trigger_type": trigger,
        "pattern__tags__name": tag,
    }
    return Deployment.objects.filter(**{lookup: value for lookup, value in wanted.items() if value})


def _sorted(found: QuerySet[Deployment], sort: str) -> QuerySet[Deployment, UUID]:
    """Their keys alone. What has no value in the column comes last, whichever way."""
    column = SORTS.get(sort.removeprefix("-"), SORTS["name"])
    ordered = found.annotate(by=column)
    direction = F("by").desc(nulls_last=True) if sort.startswith("-") else F("by").asc(nulls_last=True)
    return ordered.order_by(direction, "pattern__name", "pk").values_list("pk", flat=True)


def _turn(name: str, sort: str) -> dict[str, str]:
    """What the head of a column says of the order, and where it leads."""
    if sort.removeprefix("-") != name:
        return {"to": f"-{name}" if name in NEWEST_FIRST else name, "aria": "none"}
    is_down = sort.startswith("-")
    return {"to": name if is_down else f"-{name}", "aria": "descending" if is_down else "ascending"}


def _tags() -> list[str]:
    used = Tag.objects.filter(patterns__deployment__isnull=False).distinct()
    return list(used.values_list("name", flat=True)[:TAGS_SHOWN])


def _with_figures() -> QuerySet[Deployment]:
    found = Deployment.objects.select_related("pattern", "version").defer("pattern__graph")
    last_run = Subquery(latest_runs(OuterRef("pk"), 1))
    return found.prefetch_related("pattern__tags").annotate(last_run_id=last_run, success=success_rate())


def _rows(keys: list[UUID]) -> list[Any]:
    """These deployments, in this order, with what their rows tell, in a fixed number of queries."""
    found: dict[UUID, Any] = _with_figures().in_bulk(keys)
    rows = [found[key] for key in keys if key in found]
    last_runs = Execution.objects.only("status", "created_at").in_bulk([r.last_run_id for r in rows if r.last_run_id])
    days = statistics.brief([row.pk for row in rows])
    schedules = Schedule.objects.in_bulk([row.pk for row in rows])
    for row in rows:
        row.last_run, row.day = last_runs.get(row.last_run_id), days[row.pk]
        row.spark, row.schedule = figures.sparkline(row.day), schedules.get(row.pk)
    return rows


def _of_rows(request: HttpRequest) -> dict[str, Any]:
    """What a row needs besides its deployment."""
    return {
        "rated_runs": LOOKED_AT,
        "webhooks": request.build_absolute_uri("/webhooks/"),
        "here": "" if is_fragment(request) else request.get_full_path(),  # for forms without scripts
    }


# --- The verbs in a row ----------------------------------------------------------------------------------------------
def row_answer(request: HttpRequest, pattern_id: UUID, said: str, is_refusal: bool = False) -> HttpResponse:
    """The row as it is now, and what became of the verb that was pressed in it."""
    rows = _rows([pattern_id])
    if not rows:
        raise Http404("It was deleted meanwhile.")
    context = {"deployment": rows[0], "said": said, "is_refusal": is_refusal, **_of_rows(request)}
    return render(request, "deployments/list.html#answer", context)


def list_it_came_from(request: HttpRequest) -> str:
    """The address of the list, with its filters, where a form without htmx names it in `back`; or nothing."""
    back = request.POST.get("back", "")
    is_here = back.startswith("/deployments") and url_has_allowed_host_and_scheme(back, None)
    return back if is_here else ""


@requires(Role.OPERATOR)
@require_GET
def execute_dialog(request: HttpRequest, pattern_id: UUID) -> HttpResponse:
    """The form by which somebody executes it, for a page that opens it; elsewhere the page that has it."""
    found = get_object_or_404(Deployment.objects.select_related("version__snapshot"), pk=pattern_id)
    if not is_fragment(request):
        return redirect("deployment", pattern_id)
    graph = found.version.snapshot.graph if found.version else None
    event = pretty(samples.sample_event(graph) if graph else {})
    dialog = {"deployment": found, "sample_event": event}
    return HttpResponse(render_to_string("deployments/execute.html", dialog, request))
