"""The pages of connections. No page shows a credential, nor repeats one that was refused."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from deployments.actions import change_connection, create_connection, delete_connection
from deployments.connection_api import unsealed
from deployments.connection_kinds import KINDS, Kind
from deployments.connection_uses import deployed_users
from deployments.models import Connection
from dragops_site import jsontext
from dragops_site.accounts.roles import Role
from dragops_site.errors import Refused
from dragops_site.pages import explain, person, refusals_shown, requires

SHOWN = 1_000
TYPED_SHOWN = 2_000
Problems = Mapping[str, str]


# --- What people see --------------------------------------------------------------------------------------------------
@requires(Role.VIEWER)
@require_GET
def connections(request: HttpRequest) -> HttpResponse:
    return render(request, "connections/list.html", {"rows": unsealed().order_by("name")[:SHOWN]})


@sensitive_post_parameters()
@requires(Role.ADMIN)
@require_http_methods(["GET", "HEAD", "POST"])
def connection_new(request: HttpRequest) -> HttpResponse:
    """The form of a kind of credentials; by POST they are saved."""
    chosen = request.POST.get("type") or request.GET.get("type", "api_key")
    if chosen not in KINDS:
        raise Http404
    wrong: Problems = {}
    if request.method == "POST":
        about = _about(request)
        try:
            given = (about["displayName"], _values(request, KINDS[chosen]), about["hosts"].split(), about["provider"])
            return redirect("connection", create_connection(person(request), chosen, *given).pk)
        except Refused as refused:
            wrong = _problems(refused)
    context = {
        "kinds": Connection.Type.choices,
        "chosen": chosen,
        "about": _about(request),
        "wrong": wrong,
        "fields": _fields(KINDS[chosen], _values(request, KINDS[chosen]), wrong),
    }
    return render(request, "connections/new.html", context, status=422 if wrong else 200)


@requires(Role.VIEWER)
@require_GET
def connection(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    """One connection: where it goes, how it does, and who uses it."""
    return render(request, "connections/detail.html", _context(_get(connection_id)))


def _get(connection_id: UUID) -> Connection:
    return get_object_or_404(unsealed(), pk=connection_id)


def _context(found: Connection, wrong: Problems | None = None) -> dict[str, Any]:
    kind = KINDS[found.type]
    return {
        "connection": found,
        "kind": kind,
        "about": {"displayName": found.name, "provider": found.provider, "hosts": "\n".join(found.hosts)},
        "fields": _fields(kind, found.settings, wrong or {}),
        "wrong": wrong or {},
        "users": deployed_users(found.name),
    }


# --- What people press ------------------------------------------------------------------------------------------------
@requires(Role.ADMIN)
@require_POST
def connection_change(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    """Name, provider and hosts."""
    about, found = _about(request), _get(connection_id)
    try:
        hosts = about["hosts"].split()
        change_connection(found, person(request), name=about["displayName"], provider=about["provider"], hosts=hosts)
    except Refused as refused:
        context = {**_context(_get(connection_id), _problems(refused)), "about": about, "part": "about"}
        return render(request, "connections/detail.html", context, status=422)
    messages.success(request, "Saved. Requests that start from now on use it.")
    return redirect("connection", connection_id)


@sensitive_post_parameters()
@requires(Role.ADMIN)
@require_POST
def connection_replace(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    """The credentials; a secret that is left empty stays."""
    found = _get(connection_id)
    values = _values(request, KINDS[found.type])
    try:
        change_connection(found, person(request), values=values)
    except Refused as refused:
        wrong = _problems(refused)
        context = {**_context(found, wrong), "part": "credentials"}
        context["fields"] = _fields(KINDS[found.type], values, wrong)
        return render(request, "connections/detail.html", context, status=422)
    messages.success(request, "Saved. Requests that start from now on use it.")
    return redirect("connection", connection_id)


@requires(Role.ADMIN)
@require_POST
def connection_delete(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    with refusals_shown(request):
        delete_connection(_get(connection_id), person(request))
        messages.success(request, "Deleted.")
        return redirect("connections")
    return redirect("connection", connection_id)


# --- Forms ------------------------------------------------------------------------------------------------------------
def _about(request: HttpRequest) -> dict[str, str]:
    sent = request.POST
    return {name: jsontext.clean(sent.get(name, ""))[:60_000] for name in ("displayName", "provider", "hosts")}


def _values(request: HttpRequest, kind: Kind) -> dict[str, str]:
    """What was typed into the fields of a kind; what was not sent is as it is by default."""
    sent = request.POST
    return {f.name: sent.get(f.name, f.default).replace("\r\n", "\n") for f in kind.fields}


def _fields(kind: Kind, values: Mapping[str, str], wrong: Problems) -> list[dict[str, Any]]:
    """The fields of a form; what is secret is never in it."""
    return [
        {
            "field": field,
            "value": "" if field.is_secret else values.get(field.name, field.default)[:TYPED_SHOWN],
            "wrong": wrong.get(field.name, ""),
        }
        for field in kind.fields
    ]


def _problems(refused: Refused) -> dict[str, str]:
    """What is wrong by field; under "form" what is about none of them."""
    details = refused.details if isinstance(refused.details, dict) else {}
    found = {name: text for name, text in details.items() if isinstance(text, str)}
    return found or {"form": explain(refused)}
