"""The page of all triggers."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from deployments import triggers
from dragops_site.accounts.roles import Role
from dragops_site.pages import is_fragment, requires

PAGE_SIZE = 25
KINDS = (("", "All"), (triggers.Kind.WEBHOOK, "Webhooks"), (triggers.Kind.SCHEDULE, "Schedules"))


@requires(Role.VIEWER)
@require_GET
def trigger_list(request: HttpRequest) -> HttpResponse:
    """The webhooks and schedules of all patterns; `q` searches names, `kind` filters."""
    q, kind = request.GET.get("q", "").strip(), request.GET.get("kind", "")
    kind = kind if kind in list(triggers.Kind) else ""
    page = Paginator(triggers.found(q, kind), PAGE_SIZE).get_page(request.GET.get("page"))
    template = "triggers/list.html#results" if is_fragment(request) else "triggers/list.html"
    context = {"page": page, "rows": triggers.listed(page.object_list), "q": q, "kind": kind, "kinds": KINDS}
    return render(request, template, {**context, "webhooks": request.build_absolute_uri("/webhooks/")})
