"""What people press for many executions at once, and how far it is."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from dragops_site.accounts.roles import Role
from dragops_site.errors import Invalid
from dragops_site.ids import parse_id
from dragops_site.pages import ENDED, is_fragment, person, refusals_shown, requires
from executions.actions import bulk
from executions.bulk_filters import of_form
from executions.history import COUNT_CAP
from executions.models import BulkJob

OTHERS = frozenset({"csrfmiddlewaretoken", "verb", "ids", "all", "next"})
DOING = {"cancel": "Canceling", "retry": "Retrying", "rerun": "Running again", "delete": "Deleting"}
DONE = {"cancel": "Canceled", "retry": "Queued for a further attempt:", "rerun": "Ran again:", "delete": "Deleted"}


@requires(Role.OPERATOR)
@require_POST
def bulk_page(request: HttpRequest) -> HttpResponse:
    """Begin a job for the `ids` that are checked, or, with `all`, for what the list's filters find; then back to the
    list, which shows the job that `?job` names."""
    with refusals_shown(request):
        return redirect(_with_job(_back(request), _begun(request)))
    return redirect(_back(request))


@requires(Role.VIEWER)
@require_GET
def bulk_job(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """How far it is: a page, or the part that htmx asks for again until it is over."""
    job = get_object_or_404(BulkJob.objects.defer("ids"), pk=job_id)
    name = "executions/bulk.html#job" if is_fragment(request) else "executions/bulk.html"
    return render(
        request, name, shown(job, _back(request)), status=200 if job.is_open or not is_fragment(request) else ENDED
    )


@requires(Role.OPERATOR)
@require_POST
def bulk_stop(request: HttpRequest, job_id: UUID) -> HttpResponse:
    job = get_object_or_404(BulkJob, pk=job_id)
    with refusals_shown(request):
        bulk.stop(job, person(request))
    return redirect(_with_job(_back(request), job))


@requires(Role.OPERATOR)
@require_POST
def bulk_undo(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Retry what a job has canceled."""
    job = get_object_or_404(BulkJob, pk=job_id)
    with refusals_shown(request):
        return redirect(_with_job(_back(request), bulk.undo(job, person(request))))
    return redirect(_with_job(_back(request), job))


def named(request: HttpRequest) -> dict[str, Any] | None:
    """What a list shows of the job that `?job` names; None where there is none."""
    key = parse_id(request.GET.get("job", ""))
    job = BulkJob.objects.defer("ids").filter(pk=key).first() if key else None
    return shown(job, request.get_full_path()) if job else None


def shown(job: BulkJob, back: str) -> dict[str, Any]:
    """The context of executions/bulk.html."""
    touched = job.done + job.skipped
    return {
        "job": job,
        "back": back,
        "doing": DOING[job.verb],
        "said": DONE[job.verb],
        "touched": touched,
        "total": max(job.total, touched),
        "is_capped": job.total >= COUNT_CAP,
        "seconds_left": max(0, round((job.begins_at - timezone.now()).total_seconds())),
        "can_undo": job.verb == BulkJob.Verb.CANCEL and not job.is_open and job.done,
    }


def _begun(request: HttpRequest) -> BulkJob:
    given, verb = request.POST, request.POST.get("verb", "")
    if given.get("all"):
        return bulk.begin(verb, filters=of_form(given, OTHERS), user=person(request))
    ids = [parse_id(text) for text in given.getlist("ids")]
    if not all(ids):
        raise Invalid("What is selected are not all executions, so nothing was done.")
    return bulk.begin(verb, ids=[each for each in ids if each], user=person(request))


def _back(request: HttpRequest) -> str:
    goal = request.POST.get("next") or request.GET.get("next", "")
    is_safe = url_has_allowed_host_and_scheme(goal, {request.get_host()}, require_https=request.is_secure())
    return goal if is_safe else resolve_url("executions")


def _with_job(address: str, job: BulkJob) -> str:
    parts = urlsplit(address)
    kept = [(name, value) for name, value in parse_qsl(parts.query) if name != "job"]
    return urlunsplit(parts._replace(query=urlencode([*kept, ("job", str(job.pk))])))
