"""Pages of patterns: the list, one pattern with its graph as JSON, new, import, export."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dragops_site import jsontext
from dragops_site.accounts.roles import Role
from dragops_site.errors import Conflict, Invalid, Refused
from dragops_site.pages import explain, is_fragment, person, pretty, read_json, refusals_shown, requires
from patterns import samples
from patterns.actions import (
    check_pattern,
    clone_pattern,
    create_pattern,
    delete_pattern,
    export_pattern,
    import_pattern,
    save_pattern,
)
from patterns.graph import Severity, parse
from patterns.models import Pattern, Tag

PAGE_SIZE = 24
VERSIONS_SHOWN = 20
TAGS_SHOWN = 50
IMPORT_BYTES = 10_000_000


# --- The list -------------------------------------------------------------------------------------------------------
@requires(Role.VIEWER)
@require_GET
def patterns(request: HttpRequest) -> HttpResponse:
    """All patterns, last changed first; `q` searches names and descriptions, `tag` filters."""
    q, tag = request.GET.get("q", "").strip(), request.GET.get("tag", "")
    page = Paginator(_found(q, tag), PAGE_SIZE).get_page(request.GET.get("page"))
    template = "patterns/list.html#results" if is_fragment(request) else "patterns/list.html"
    context = {"page": page, "q": q, "tag": tag, "tags": _tags()}
    return render(request, template, context)


def _found(q: str, tag: str) -> QuerySet[Pattern]:
    found = Pattern.objects.defer("graph").select_related("deployment__version").prefetch_related("tags")
    if q:
        text = jsontext.clean(q)
        found = found.filter(Q(name__icontains=text) | Q(description__icontains=text))
    if tag:
        found = found.filter(tags__name=jsontext.clean(tag))
    return found.order_by("-updated_at", "-id")


def _tags() -> list[str]:
    used = Tag.objects.filter(patterns__isnull=False).distinct()
    return list(used.values_list("name", flat=True)[:TAGS_SHOWN])


# --- New and import -------------------------------------------------------------------------------------------------
@requires(Role.EDITOR)
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    if request.method == "GET":
        return render(request, "patterns/new.html", {"typed": {}})
    typed = _typed(request)
    try:
        pattern = create_pattern(
            person(request), typed["name"], description=typed["description"], tags=_split_tags(typed["tags"])
        )
    except Refused as refused:
        return _again(request, "patterns/new.html", refused, {"typed": typed})
    return redirect("pattern", pattern.pk)


@requires(Role.EDITOR)
@require_http_methods(["GET", "POST"])
def import_page(request: HttpRequest) -> HttpResponse:
    if request.method == "GET":
        return render(request, "patterns/import.html")
    text = request.POST.get("text", "")
    try:
        pattern = import_pattern(read_json(_uploaded(request) or text, "The file"), person(request))
    except Refused as refused:
        return _again(request, "patterns/import.html", refused, {"text": text})
    messages.success(request, f"Imported “{pattern.name}” as a draft.")
    return redirect("pattern", pattern.pk)


def _uploaded(request: HttpRequest) -> str:
    file = request.FILES.get("file")
    if file is None:
        return ""
    if (file.size or 0) > IMPORT_BYTES:
        raise Invalid(f"The file is larger than {IMPORT_BYTES // 1_000_000} MB.")
    try:
        return file.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid("The file is not text in UTF-8. Choose a file that Export made.") from None


def _again(request: HttpRequest, template: str, refused: Refused, context: dict[str, Any]) -> HttpResponse:
    """The form once more, with what was typed and why it was refused."""
    return render(request, template, {**context, "error": explain(refused)}, status=refused.status)


# --- One pattern ----------------------------------------------------------------------------------------------------
@requires(Role.VIEWER)
@require_http_methods(["GET", "POST"])
def pattern(request: HttpRequest, pattern_id: UUID) -> HttpResponseBase:
    """The pattern as JSON, where there is no editor; POST saves what is typed against the revision it started from."""
    if request.method == "POST":
        return _save(request, pattern_id)
    return render(request, "patterns/detail.html", _context(request, _get(pattern_id)))


@requires(Role.EDITOR)
def _save(request: HttpRequest, pattern_id: UUID) -> HttpResponse:
    typed, revision = _typed(request), _number(request.POST.get("revision", ""))
    try:
        graph = read_json(typed["graph"], "The graph")
        tags = _split_tags(typed["tags"])
        save_pattern(pattern_id, revision, name=typed["name"], description=typed["description"], tags=tags, graph=graph)
    except Conflict:
        return _conflict(request, pattern_id, typed)
    except Refused as refused:
        context = {**_context(request, _get(pattern_id)), "typed": {**typed, "revision": revision}}
        return _again(request, "patterns/detail.html", refused, context)
    messages.success(request, "Saved.")
    return redirect("pattern-source", pattern_id)


def _conflict(request: HttpRequest, pattern_id: UUID, typed: dict[str, str]) -> HttpResponse:
    """Nothing is lost: what was typed stands beside what somebody else saved meanwhile."""
    stored = _get(pattern_id)
    context = {"pattern": stored, "typed": typed, "stored_graph": pretty(stored.graph)}
    return render(request, "patterns/conflict.html", context, status=HTTPStatus.CONFLICT)


@requires(Role.VIEWER)
@require_GET
def export(request: HttpRequest, pattern_id: UUID) -> HttpResponse:
    stored = _get(pattern_id)
    answer = JsonResponse(export_pattern(stored), json_dumps_params={"indent": 2})
    answer["Content-Disposition"] = f'attachment; filename="{slugify(stored.name)[:60] or "pattern"}.dragops.json"'
    return answer


@requires(Role.EDITOR)
@require_POST
def clone(request: HttpRequest, pattern_id: UUID) -> HttpResponse:
    with refusals_shown(request):
        copy = clone_pattern(_get(pattern_id), person(request))
        messages.success(request, "This is the copy: a draft with a webhook URL of its own.")
        return redirect("pattern", copy.pk)
    return redirect("pattern", pattern_id)


@requires(Role.EDITOR)
@require_POST
def delete(request: HttpRequest, pattern_id: UUID) -> HttpResponse:
    stored = _get(pattern_id)
    with refusals_shown(request):
        delete_pattern(stored, person(request))
        messages.success(request, f"Deleted “{stored.name}”.")
        return redirect("patterns")
    return redirect("pattern", pattern_id)


def _get(pattern_id: UUID) -> Pattern:
    found = Pattern.objects.select_related("deployment__version", "owner").prefetch_related("tags")
    return get_object_or_404(found, pk=pattern_id)


def _context(request: HttpRequest, stored: Pattern) -> dict[str, Any]:
    problems = check_pattern(stored)
    trigger = samples.trigger_of(stored.graph)
    return {
        "pattern": stored,
        "deployment": getattr(stored, "deployment", None),
        "errors": [p for p in problems if p.severity is Severity.ERROR],
        "warnings": [p for p in problems if p.severity is Severity.WARNING],
        "labels": _labels(stored.graph),
        "versions": stored.versions.select_related("created_by").defer("snapshot")[:VERSIONS_SHOWN],
        "webhook_url": request.build_absolute_uri(f"/webhooks/{stored.webhook_id}"),
        "has_webhook": trigger is not None and trigger.type == "OnWebhook",
        "sample_event": pretty(samples.sample_of(stored).event),
        "typed": {
            "name": stored.name,
            "description": stored.description,
            "tags": ", ".join(tag.name for tag in stored.tags.all()),
            "graph": pretty(stored.graph),
            "revision": stored.revision,
        },
    }


def _labels(graph: Any) -> dict[str, str]:
    return {node.id: node.label for node in parse(graph)[0].nodes.values()}


def _typed(request: HttpRequest) -> dict[str, str]:
    return {key: request.POST.get(key, "").strip() for key in ("name", "description", "tags", "graph")}


def _split_tags(text: str) -> list[str]:
    return list(dict.fromkeys(tag.strip() for tag in text.split(",") if tag.strip()))


def _number(text: str) -> int:
    """A revision; 0, which no pattern has, for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
