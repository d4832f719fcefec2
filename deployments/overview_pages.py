"""The overview: what runs, what went wrong, and what needs somebody."""

from typing import Any

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from deployments.models import Deployment
from dragops_site.accounts.roles import Role
from dragops_site.pages import is_fragment, requires
from dragops_site.storage import database_bytes
from executions import error_groups, figures, history, history_query, statistics
from executions.history import Filters
from executions.models import Execution
from executions.status import UNSUCCESSFUL, Status

SHOWN = 6
COUNTED = 10_000  # no further are open executions counted
POLL_S = 10


@requires(Role.VIEWER)
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    period = figures.period_of(request.GET.get("period", ""))
    found = {
        "open": _open(),
        "paused": _paused(),
        "failures": history.page(Filters(statuses=tuple(sorted(UNSUCCESSFUL))), limit=SHOWN).rows,
        "groups": error_groups.of(Filters(since=timezone.now() - history_query.PERIODS["24h"]), SHOWN).groups,
        "dead_letters": history.count_up_to(Filters(statuses=(Status.DEAD_LETTER,)), COUNTED),
        "figures": figures.of(statistics.of(None, period), period, with_durations=False),
        "periods": figures.periods(),
        "base": reverse("overview"),
        "counted": COUNTED,
        "database_bytes": database_bytes(),
        "poll_s": POLL_S,
        "is_empty": not Deployment.objects.exists(),
    }
    part = "#now" if is_fragment(request) else ""
    return render(request, f"deployments/overview.html{part}", found)


def _open() -> dict[str, Any]:
    """How many run and wait, and since when the oldest that is due does: by the indexes of what is queued and held."""
    running, free, in_lines = (runs for _, runs in history.open_runs(Execution.objects.all()))
    due = free.filter(ready_at__lte=timezone.now())
    return {
        "running": running[:COUNTED].count(),
        "queued": free[:COUNTED].count() + in_lines[:COUNTED].count(),
        "oldest": due.values_list("ready_at", flat=True).first(),
    }


def _paused() -> list[Deployment]:
    """The deployments that take no runs, those that their circuit breaker has paused first."""
    paused = Deployment.objects.filter(status=Deployment.Status.PAUSED).defer("pattern__graph")
    opened_first = F("breaker_opened_at").asc(nulls_last=True)
    return list(paused.select_related("pattern").order_by(opened_first, "-updated_at")[:SHOWN])
