"""The page of all triggers."""

from collections.abc import Iterable

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from deployments import triggers
from deployments.models import Deployment
from dragops_site.accounts.roles import Role
from dragops_site.pages import is_fragment, requires

PAGE_SIZE = 25
KINDS = (("", "All"), (triggers.Kind.WEBHOOK, "Webhooks"), (triggers.Kind.SCHEDULE, "Schedules"))
STATUSES = (("", "All"), *Deployment.Status.choices, (triggers.DRAFT, "Draft"))


@requires(Role.VIEWER)
@require_GET
def trigger_list(request: HttpRequest) -> HttpResponse:
    """The webhooks and schedules of all patterns; `q` searches names, `kind` and `status` filter."""
    asked = {
        "q": request.GET.get("q", "").strip(),
        "kind": _one_of(KINDS, request.GET.get("kind", "")),
        "status": _one_of(STATUSES, request.GET.get("status", "")),
    }
    page = Paginator(triggers.found(**asked), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": triggers.listed(page.object_list),
        "asked": asked,
        "is_filtered": any(asked.values()),
        "kinds": KINDS,
        "statuses": STATUSES,
        "webhooks": request.build_absolute_uri("/webhooks/"),
    }
    template = "triggers/list.html#results" if is_fragment(request) else "triggers/list.html"
    return render(request, template, context)


def _one_of(choices: Iterable[tuple[str, str]], value: str) -> str:
    return value if value in dict(choices) else ""
