"""The page of one webhook: its address, how its requests are signed, and the log of what came."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from time import time
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from deployments import webhook_history
from deployments.actions import rotate_webhook_secret, run_captured, set_webhook_security
from deployments.models import CapturedRequest, Tap, WebhookRequest, WebhookSecurity
from deployments.webhook_examples import curl
from deployments.webhook_history import Logged, Outcome
from dragops_site.accounts.roles import Role
from dragops_site.cursors import cursor_of, neighbours
from dragops_site.errors import Refused
from dragops_site.ids import parse_id
from dragops_site.pages import UNCHANGED, explain, fingerprint, is_fragment, person, refusals_shown, requires
from executions.models import Execution
from patterns.models import Pattern

SHOWN = 25
POLL_S = 3
OVERLAPS = (
    (0, "At once"),
    (3_600, "In an hour"),
    (86_400, "In a day"),
    (604_800, "In a week"),
)
OVERLAP = 86_400
TABS = (
    ("", "All"),
    (Outcome.ACCEPTED, "Accepted"),
    (Outcome.REFUSED, "Refused"),
    (Outcome.DUPLICATE, "Duplicates"),
    (Outcome.CAPTURED, "Captured"),
)
# Where the sender names the secret, it is pasted; elsewhere one is made here and given to the sender.
GIVEN_BY_SENDER = ("stripe", "slack")


@dataclass(frozen=True)
class Line:
    """A request of the log, with the run that it started or stands for."""

    request: Logged
    run: Execution | None


# --- The page -------------------------------------------------------------------------------------------------------
@requires(Role.VIEWER)
@require_GET
def webhook(request: HttpRequest, pattern_id: UUID) -> HttpResponse:
    """One webhook. As a fragment: only the log, or 204 where `seen` is what it is."""
    if is_fragment(request):
        return _log_fragment(request, pattern_id)
    pattern = _get(pattern_id)
    return render(request, "triggers/webhook.html", {**_context(request, pattern), **_log(request, pattern_id)})


def _log_fragment(request: HttpRequest, pattern_id: UUID) -> HttpResponse:
    if request.GET.get("seen") == _state(_newest(pattern_id), _watched(request)):
        return HttpResponse(status=UNCHANGED)
    pattern, log = _get(pattern_id), _log(request, pattern_id)
    return render(request, "triggers/webhook.html#requests", {"pattern": pattern, "is_live": _is_live(pattern), **log})


def _newest(pattern_id: UUID) -> list[UUID | None]:
    """Whatever else comes into the log comes with one of these. Two looks at indexes, where the log itself may be a
    search, which those who poll must not repeat."""
    runs = Execution.objects.filter(pattern=pattern_id).order_by("-id").values_list("id", flat=True)
    requests = WebhookRequest.objects.filter(pattern=pattern_id).order_by("-id").values_list("id", flat=True)
    return [runs.first(), requests.first()]


def _watched(request: HttpRequest) -> list[Execution]:
    """The runs that were open when the page was made, as they are now."""
    ids = [found for text in request.GET.get("open", "").split()[:SHOWN] if (found := parse_id(text))]
    return list(Execution.objects.filter(pk__in=ids).only("status")) if ids else []


def _state(newest: list[UUID | None], open_runs: Iterable[Execution]) -> str:
    return fingerprint(newest, sorted((run.pk, run.status) for run in open_runs))


def _log(request: HttpRequest, pattern_id: UUID) -> dict[str, Any]:
    """A page of the requests by the outcome in the address, and the addresses of its neighbours."""
    outcome = request.GET.get("outcome", "")
    chosen = Outcome(outcome) if outcome in list(Outcome) else None
    newest = _newest(pattern_id)  # before the log is read: what comes meanwhile is to be seen as new
    page = webhook_history.page(pattern_id, chosen, cursor_of(request), SHOWN)
    named = [row.run_id for row in page.rows if row.run_id]
    runs = Execution.objects.only("status").in_bulk(named) if named else {}
    lines = [Line(row, runs.get(row.run_id) if row.run_id else None) for row in page.rows]
    open_runs = [run for run in runs.values() if not run.is_ended]
    return {
        **neighbours(request, page.next_cursor),
        "lines": lines,
        "outcome": chosen or "",
        "tabs": TABS,
        "poll_s": POLL_S,
        "seen": _state(newest, open_runs),
        "open": " ".join(str(run.pk) for run in open_runs),
        "kept": _still_kept([row.captured_id for row in page.rows if row.captured_id]),
    }


def _still_kept(ids: list[UUID]) -> set[UUID]:
    return set(CapturedRequest.objects.filter(pk__in=ids).values_list("pk", flat=True)) if ids else set()


def _get(pattern_id: UUID) -> Pattern:
    rows = Pattern.objects.select_related("deployment__version", "webhook_security", "tap")
    return get_object_or_404(rows.defer("graph", "description"), pk=pattern_id)


def _is_live(pattern: Pattern) -> bool:
    return hasattr(pattern, "deployment") and pattern.deployment.version_id is not None


def _context(request: HttpRequest, pattern: Pattern) -> dict[str, Any]:
    deployment = getattr(pattern, "deployment", None)
    url = request.build_absolute_uri(f"/webhooks/{pattern.webhook_id}")
    return {
        "pattern": pattern,
        "deployment": deployment,
        "version": deployment and deployment.version,
        "is_live": _is_live(pattern),
        "webhook_url": url,
        "tapped_until": _tapped_until(pattern),
        **_security(request, pattern),
    }


def _tapped_until(pattern: Pattern) -> datetime | None:
    """Until when requests are captured for somebody who looks at them; None where nobody does."""
    tap: Tap | None = getattr(pattern, "tap", None)
    return datetime.fromtimestamp(tap.until, UTC) if tap and tap.until > time() else None


def _security(request: HttpRequest, pattern: Pattern) -> dict[str, Any]:
    security = getattr(pattern, "webhook_security", None)
    scheme = security.scheme if security else ""
    return {
        "scheme": scheme,
        "scheme_name": security.get_scheme_display() if security else "",
        "schemes": WebhookSecurity.Scheme.choices,
        "secrets": list(pattern.webhook_secrets.all()),
        "now": timezone.now(),
        "overlaps": OVERLAPS,
        "overlap": OVERLAP,
        "is_given": scheme in GIVEN_BY_SENDER,
        "curl": curl(request.build_absolute_uri(f"/webhooks/{pattern.webhook_id}"), scheme),
    }


@requires(Role.VIEWER)
@require_GET
def captured(request: HttpRequest, pattern_id: UUID, captured_id: UUID) -> HttpResponse:
    """The event of a captured request: a fragment for the log, or a page of its own."""
    rows = CapturedRequest.objects.select_related("pattern").defer("pattern__graph")
    found = get_object_or_404(rows, pk=captured_id, pattern=pattern_id)
    template = "triggers/captured.html#event" if is_fragment(request) else "triggers/captured.html"
    return render(request, template, {"captured": found, "pattern": found.pattern})


# --- What people press ----------------------------------------------------------------------------------------------
@requires(Role.EDITOR)
@require_POST
def scheme_page(request: HttpRequest, pattern_id: UUID) -> HttpResponse:
    """Choose how requests are signed."""
    pattern = _get(pattern_id)
    with refusals_shown(request):
        set_webhook_security(pattern, request.POST.get("scheme") or None, person(request))
        messages.success(request, "Saved." if request.POST.get("scheme") else "Saved. Requests need no signature.")
    return redirect("webhook", pattern_id)


@sensitive_post_parameters("secret")
@requires(Role.EDITOR)
@require_POST
def secret_page(request: HttpRequest, pattern_id: UUID) -> HttpResponse:
    """Give the webhook a new secret, and show it this once: no address shows it again."""
    pattern, given = _get(pattern_id), request.POST.get("secret", "").strip()
    shown: dict[str, Any] = {"is_open": True}
    try:
        secret = rotate_webhook_secret(pattern, person(request), _overlap(request), given or None)
        shown = {"fresh": "" if given else secret, "is_saved": True}
    except Refused as refused:
        shown["error"] = explain(refused)
    status = 422 if "error" in shown else 200
    if is_fragment(request):
        context = {"pattern": pattern, **_security(request, pattern), **shown}
        return render(request, "triggers/webhook.html#security", context)
    context = {**_context(request, pattern), **_log(request, pattern_id), **shown}
    return render(request, "triggers/webhook.html", context, status=status)


def _overlap(request: HttpRequest) -> int:
    """For how long the old secrets stay valid; one of those offered."""
    chosen = request.POST.get("overlap", "")
    return next((seconds for seconds, _ in OVERLAPS if str(seconds) == chosen), OVERLAP)


@requires(Role.OPERATOR)
@require_POST
def run_captured_page(request: HttpRequest, pattern_id: UUID, captured_id: UUID) -> HttpResponse:
    """Run a captured request: by the live version, or as a test of the draft where there is none."""
    captured = get_object_or_404(CapturedRequest.objects.select_related("pattern"), pk=captured_id, pattern=pattern_id)
    with refusals_shown(request):
        return redirect("execution", run_captured(captured, person(request)).pk)
    return redirect("webhook", pattern_id)
