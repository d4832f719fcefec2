"""Pages of executions: one run with its log, followed live, and the verbs that people press."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.staticfiles.storage import staticfiles_storage
from django.db.models import TextField
from django.db.models.functions import Cast, Left, Length
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_list_or_404, get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from dragops_site import jsontext
from dragops_site.accounts.roles import Role
from dragops_site.ids import new_id
from dragops_site.pages import ENDED, UNCHANGED, acted, is_fragment, person, pretty, read_json, refusals_shown, requires
from executions import calltree, logview, run_export, waiting
from executions.actions import cancel, retry, start_test_run
from executions.masking import masked_json, masked_value
from executions.models import Execution
from executions.status import RETRIABLE, Mode, Status
from patterns.models import Pattern

RERUNS_SHOWN = 5
LONGEST_SEARCH = 200
DATA_SHOWN = 200_000  # characters of an event or a result that the page shows; the rest is a download


@requires(Role.VIEWER)
@require_GET
def execution(request: HttpRequest, execution_id: UUID) -> HttpResponse:
    """One run: header, error, call tree, event, result, and the part of its log that the address names: past `after`,
    around `seq`, or with `end` its last page; of at least `level`, holding `q`. As a fragment: only the log."""
    run = _get(execution_id)
    context = {"run": run, "log": logview.page(run, _look(request)), "levels": logview.LEVELS}
    if is_fragment(request):
        context |= {"is_open": not run.is_ended, "waiting": waiting.of(run), "state": waiting.state(run)}
        return render(request, "executions/detail.html#log_body", context)
    context |= {**_context(run), "tree": calltree.of(run)}
    context["event_text"] = event = _stored_text(run, "event")
    context["event_json"] = "" if event["is_big"] else pretty(event["value"])
    context["overlay"] = {
        "runId": str(run.pk),
        "csrfToken": get_token(request),
        "icons": staticfiles_storage.url("images/icons.svg"),
    }
    return render(request, "executions/detail.html", context)


@requires(Role.VIEWER)
@require_GET
def log(request: HttpRequest, execution_id: UUID) -> HttpResponse:
    """The entries after `after`, for a page that follows the run.

    204 where there is nothing new; 286, which ends the polling, once the run has ended and all is told. `more` and
    `earlier` are asked for by the buttons under and above a long log, and `quiet` by a page that has not come to the
    log's end.
    """
    run, seen, look = _get(execution_id), request.GET.get("status", ""), _look(request)
    page = logview.far(run, look) if "quiet" in request.GET else logview.page(run, look)
    if part := next((name for name in ("more", "earlier") if name in request.GET), ""):
        context = {"log": page, "is_open": not run.is_ended, "waiting": waiting.of(run), "state": waiting.state(run)}
        return render(request, f"executions/detail.html#{part}", {"run": run, **context})
    has_ended = run.is_ended and not page.has_more
    has_changed = has_ended or waiting.state(run) != (seen or waiting.state(run))
    if not page.entries and not has_changed:
        return HttpResponse(status=UNCHANGED)
    context = {**_context(run), "log": page, "tree": calltree.of(run), "has_changed": has_changed}
    return render(request, "executions/detail.html#news", context, status=ENDED if has_ended else HTTPStatus.OK)


def _look(request: HttpRequest) -> logview.Look:
    level, q = request.GET.get("level", ""), request.GET.get("q", "").strip()[:LONGEST_SEARCH]
    seq = _number(request, "seq")
    after = logview.around(seq) if seq else _number(request, "after")
    before = logview.END if "end" in request.GET else _number(request, "before") or None
    return logview.Look(level if level in logview.LEVELS else "", q, 0 if before else after, before)


@requires(Role.VIEWER)
@require_GET
def entry(request: HttpRequest, execution_id: UUID, seq: int) -> HttpResponse:
    """Inputs and outputs of one entry as trees: a fragment for the log, or a page of its own."""
    found = get_object_or_404(logview.whole_entries(), execution_id=execution_id, seq=seq)
    context = {"entry": logview.opened(found), "run_id": execution_id, "token": new_id()}
    template = "executions/entry.html#data" if request.headers.get("HX-Request") else "executions/entry.html"
    return render(request, template, context)


@requires(Role.VIEWER)
@require_GET
def data(request: HttpRequest, execution_id: UUID, name: str) -> HttpResponse:
    """The event or the result, to download: as it is, but for secrets."""
    text = get_list_or_404(Execution.objects.values_list(Cast(name, TextField()), flat=True), pk=execution_id)[0]
    answer = HttpResponse(masked_json(text or "null"), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="{name}-{execution_id}.json"'
    return answer


@requires(Role.VIEWER)
@require_GET
def whole(request: HttpRequest, execution_id: UUID) -> StreamingHttpResponse:
    """All of it, to download."""
    answer = StreamingHttpResponse(run_export.pieces(_get(execution_id)), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="execution-{execution_id}.json"'
    return answer


@requires(Role.OPERATOR)
@require_POST
def cancel_page(request: HttpRequest, execution_id: UUID) -> HttpResponse:
    _get(execution_id)
    with refusals_shown(request):
        cancel(execution_id, person(request))
        messages.success(request, "Canceling. A step that is under way may still come to its end.")
    return redirect("execution", execution_id)


@requires(Role.OPERATOR)
@require_POST
def retry_page(request: HttpRequest, execution_id: UUID) -> HttpResponse:
    """One more attempt: at the step that failed, or, with `anew`, from the start."""
    _get(execution_id)
    with refusals_shown(request):
        retry(execution_id, person(request), anew="anew" in request.POST)
        messages.success(request, "Queued for a further attempt.")
    return redirect("execution", execution_id)


@requires(Role.EDITOR)
@require_POST
def test_run(request: HttpRequest, pattern_id: UUID) -> HttpResponse:
    """Run the draft in test mode, with a sample event."""
    pattern = get_object_or_404(Pattern, pk=pattern_id)

    def start() -> str:
        event = read_json(request.POST.get("event", "").strip() or "{}", "The event")
        return reverse("execution", args=[start_test_run(pattern, event, person(request)).pk])

    return acted(request, start, "pattern", pattern_id)


def _get(execution_id: UUID) -> Execution:
    found = Execution.objects.select_related("pattern", "started_by", "parent__pattern", "root__pattern", "rerun_of")
    hidden = ("event", "pattern__graph", "parent__pattern__graph", "root__pattern__graph")
    ancestors = [f"{way}__{field}" for way in ("parent", "root", "rerun_of") for field in ("event", "result")]
    return get_object_or_404(found.defer(*hidden, "result", *ancestors), pk=execution_id)


def _context(run: Execution) -> dict[str, Any]:
    return {
        "run": run,
        "token": new_id(),  # of a form: sent twice, it starts one run
        "is_test": run.mode == Mode.TEST.value,
        "is_open": not run.is_ended,
        "can_retry": Status(run.status) in RETRIABLE,
        "waiting": waiting.of(run),
        "state": waiting.state(run),
        "reruns": run.reruns.order_by("-id").only("status", "created_at", "rerun_of")[:RERUNS_SHOWN],
        "callees": waiting.open_callees(run),
        "attempts_allowed": waiting.attempts_allowed(run),
        "failing": logview.failing_entry(run),
        "result": _stored_text(run, "result") if run.is_ended else None,
    }


def _stored_text(run: Execution, name: str) -> dict[str, Any]:
    """The value of a big field, or, where it is too big for a page, that it is."""
    stored = Execution.objects.filter(pk=run.pk)
    found = stored.values_list(Length(name), Left(name, DATA_SHOWN, output_field=TextField())).first()
    size, text = found if found and found[0] else (0, "null")
    is_big = size > DATA_SHOWN
    value = None if is_big else masked_value(jsontext.loads(text))
    return {"name": name, "value": value, "size": size, "is_big": is_big}


def _number(request: HttpRequest, key: str) -> int:
    text = request.GET.get(key, "")
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Http404(f"{key} is not a number")
    return int(text)
