"""The page of the editor. What it does from there on goes through the API."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from dragops_site.accounts.roles import Role
from dragops_site.pages import person, requires
from patterns.models import Pattern


@requires(Role.VIEWER)
@require_GET
def editor(request: HttpRequest, pattern_id: UUID) -> HttpResponse:
    """The pattern's graph on a canvas; viewers look, editors edit."""
    found = get_object_or_404(Pattern.objects.prefetch_related("tags"), pk=pattern_id)
    boot = _boot(request, found)
    if number := request.GET.get("version", ""):
        boot |= {"graph": _graph_of(found, number), "version": int(number), "canEdit": False}
    return render(request, "patterns/editor.html", {"pattern": found, "boot": boot})


def _graph_of(pattern: Pattern, number: str) -> Any:
    """The graph of a version. Raises Http404."""
    is_number = number.isascii() and number.isdigit() and len(number) < 10
    versions = pattern.versions.select_related("snapshot")
    return get_object_or_404(versions, number=int(number) if is_number else 0).snapshot.graph


def _boot(request: HttpRequest, pattern: Pattern) -> dict[str, Any]:
    """What static/editor/boot.ts reads."""
    user = person(request)
    return {
        "patternId": str(pattern.pk),
        "revision": pattern.revision,
        "about": _about(pattern),
        "graph": pattern.graph,
        "canEdit": user.may(Role.EDITOR),
        "canRun": user.may(Role.OPERATOR),
        "csrfToken": get_token(request),
        "cspNonce": str(request.csp_nonce),  # type: ignore[attr-defined]
        "icons": staticfiles_storage.url("images/icons.svg"),
        "webhookUrl": request.build_absolute_uri(f"/webhooks/{pattern.webhook_id}"),
        "person": user.email,
        "version": None,
        "messages": [{"text": str(said), "kind": said.level_tag} for said in messages.get_messages(request)],
    }


def _about(pattern: Pattern) -> dict[str, Any]:
    return {
        "name": pattern.name,
        "description": pattern.description,
        "tags": [tag.name for tag in pattern.tags.all()],
        "isTemplate": pattern.is_template,
    }
