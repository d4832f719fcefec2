"""Errors grouped, as a fragment that lists of executions load, and as a page of its own."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from dragops_site.accounts.roles import Role
from dragops_site.ids import parse_id
from dragops_site.pages import is_fragment, requires
from executions import error_groups, history_query
from executions.error_groups import Group


@dataclass(frozen=True)
class Shown:
    group: Group
    url: str  # of the list of its executions


@requires(Role.VIEWER)
@require_GET
def errors(request: HttpRequest) -> HttpResponse:
    """By the filters in the address; `pattern` is that of one deployment."""
    pattern_id = parse_id(request.GET.get("pattern", ""))
    asked = history_query.read(request.GET, pattern_id)
    found = error_groups.of(asked.filters)
    rows = [Shown(group, _url(group, asked)) for group in found.groups]
    template = "executions/errors.html#groups" if is_fragment(request) else "executions/errors.html"
    return render(request, template, {"rows": rows, "found": found, "is_of_all": pattern_id is None})


def _url(group: Group, asked: history_query.Asked) -> str:
    """The executions of a group, within the filters that are set; the time stays as it was asked."""
    kept = {name: values for name, values in asked.params.items() if name not in ("status", "error_type")}
    kind = {"error_type": group.error_type, "error_node": group.node_id, "error_like": group.like}
    wanted = {**kept, **{name: value for name, value in kind.items() if value}}
    return f"{reverse('deployment', args=[group.pattern_id])}?{urlencode(wanted, doseq=True)}#executions-title"
