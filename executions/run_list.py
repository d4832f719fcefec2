"""A list of executions by the filters in the address: of one pattern, or of all."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dragops_site.accounts.roles import Role
from dragops_site.cursors import cursor_of, neighbours
from dragops_site.ids import time_of
from dragops_site.pages import UNCHANGED, fingerprint, is_fragment, requires
from executions import bulk_pages, history, history_query, waiting
from executions.history_query import Asked
from executions.models import Execution
from executions.status import Mode, Status, Trigger

SHOWN = 25
POLL_S, SEARCH_POLL_S = 2, 10  # a search is not repeated every other second
GLANCE_S = 0.1  # so long a page looks that is shown before it has found enough
WORDS = {"version": "Version", "min": "At least", "max": "At most", "since": "Since", "until": "Until", "q": "Holds"}
WORDS |= {"within": "Last", "trigger": "Trigger", "mode": "Mode", "status": "Status"}
WORDS |= {"error_type": "Error", "error_node": "Failing node", "error_like": "Message"}


@dataclass(frozen=True)
class Row:
    """A run in a list, and what it waits for."""

    run: Execution
    waiting: waiting.Waiting | None


@dataclass(frozen=True)
class Chip:
    """A filter that is set, and the query without it."""

    name: str
    value: str
    without: str
    problem: str = ""


@requires(Role.VIEWER)
@require_GET
def executions(request: HttpRequest) -> HttpResponse:
    """The executions of all patterns. As a fragment: the list alone, or 204 where `seen` is what it is."""
    return answer(request, context(request), "executions/list.html")


def answer(request: HttpRequest, found: dict[str, Any], template: str, **more: Any) -> HttpResponse:
    """The list as a fragment where that is asked for, else the page of it."""
    if not is_fragment(request):
        return render(request, template, {**found, **more})
    if request.GET.get("seen") == found["seen"]:
        return HttpResponse(status=UNCHANGED)
    return render(request, "executions/runs.html", {**found, **more})


def context(request: HttpRequest, pattern_id: UUID | None = None) -> dict[str, Any]:
    """A page of executions, the filters as they are set, and the addresses of the neighbours."""
    asked = history_query.read(request.GET, pattern_id)
    is_patient = "patient" in request.GET
    page = history.page(
        asked.filters, cursor=cursor_of(request), limit=SHOWN, search_s=None if is_patient else GLANCE_S
    )
    return {
        **neighbours(request, page.next_cursor),
        "rows": [Row(run, waiting.of(run)) for run in page.rows],
        "looks_on": _looks_on(page, is_patient, cursor_of(request)),
        "asked": asked,
        "job": bulk_pages.named(request),
        "filters": asked.filters,
        "chips": _chips(asked),
        "base": request.path,
        "is_of_all": pattern_id is None,
        "poll_s": SEARCH_POLL_S if _is_search(asked) else POLL_S,
        "is_filtered": bool(asked.params),
        "seen": fingerprint([(run.id, waiting.state(run)) for run in page.rows]),
        "count_cap": history.COUNT_CAP,
        "statuses": [(s.value, s.label) for s in Status],
        "triggers": [(t.value, t.label) for t in Trigger],
        "modes": [(m.value, m.name.capitalize()) for m in Mode],
        "periods": list(history_query.PERIODS),
    }


def _looks_on(page: history.Page, is_patient: bool, cursor: str | None) -> dict[str, Any] | None:
    """Where the page goes on by itself when a search has stopped before it found enough: after the first glance at the
    same place, with patience, and then at older ones until it has found something."""
    if not page.next_cursor or len(page.rows) >= SHOWN or (is_patient and page.rows):
        return None
    return {"cursor": page.next_cursor if is_patient else cursor, "to": time_of(UUID(page.next_cursor))}


def _is_search(asked: Asked) -> bool:
    return bool(set(asked.params) - {"status", "since", "until", "within"})


def _chips(asked: Asked) -> list[Chip]:
    values = [(name, value) for name, given in asked.params.items() for value in given]
    return [_chip(asked, name, value) for name, value in values]


def _chip(asked: Asked, name: str, value: str) -> Chip:
    shown = Status(value).label if name == "status" and value in list(Status) else value
    return Chip(WORDS[name], shown, asked.without(name, value), asked.problems.get(name, ""))
