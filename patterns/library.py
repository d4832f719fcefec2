"""The page of the node library: what every node takes, gives and does, with its example."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dragops_site.accounts.roles import Role
from dragops_site.pages import is_fragment, requires
from patterns import registry
from patterns.registry import NodeType

FEW = 6  # so many nodes are shown unfolded


@requires(Role.VIEWER)
@require_GET
def library(request: HttpRequest) -> HttpResponse:
    """All nodes by category; `q` looks for words in label, type, category and help."""
    q = request.GET.get("q", "").strip()
    words = q.casefold().split()
    found = [node_type for node_type in registry.all_types() if _has(node_type, words)]
    template = "patterns/library.html#results" if is_fragment(request) else "patterns/library.html"
    context = {"q": q, "groups": _by_category(found), "count": len(found), "is_open": len(found) <= FEW}
    return render(request, template, context)


def _has(node_type: NodeType, words: list[str]) -> bool:
    text = f"{node_type.label} {node_type.type} {node_type.category} {node_type.help}".casefold()
    return all(word in text for word in words)


def _by_category(nodes: list[NodeType]) -> dict[str, list[NodeType]]:
    groups: dict[str, list[NodeType]] = {}
    for node_type in nodes:
        groups.setdefault(node_type.category, []).append(node_type)
    return groups
