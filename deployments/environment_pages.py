"""The pages of environments. No page shows the value of a secret, nor repeats one that was refused."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from deployments.actions import change_environment, create_environment, delete_environment, delete_secret, set_secret
from deployments.environment_api import with_counts
from deployments.models import Environment
from dragops_site.accounts.roles import Role
from dragops_site.errors import Refused
from dragops_site.pages import explain, is_fragment, person, refusals_shown, requires

Problems = Mapping[str, str]
SHOWN = 25
DEPLOYMENTS_SHOWN = 50


# --- What people see --------------------------------------------------------------------------------------------------
@requires(Role.VIEWER)
@require_GET
def environments(request: HttpRequest) -> HttpResponse:
    rows = with_counts().order_by("-is_default", "name", "pk")
    return render(request, "environments/list.html", {"page": Paginator(rows, SHOWN).get_page(request.GET.get("page"))})


@requires(Role.EDITOR)
@require_http_methods(["GET", "HEAD", "POST"])
def environment_new(request: HttpRequest) -> HttpResponse:
    """The form; by POST it is created."""
    typed = {name: request.POST.get(name, "") for name in ("name", "description", "is_default")}
    wrong: Problems = {}
    if request.method == "POST":
        try:
            is_default = bool(typed["is_default"])
            made = create_environment(person(request), typed["name"], typed["description"], is_default)
            return redirect("environment", made.pk)
        except Refused as refused:
            wrong = _problems(refused)
    return render(request, "environments/new.html", {"typed": typed, "wrong": wrong}, status=422 if wrong else 200)


@requires(Role.VIEWER)
@require_GET
def environment(request: HttpRequest, environment_id: UUID) -> HttpResponse:
    """One environment: its variables, the names of its secrets, and who uses it."""
    return render(request, "environments/detail.html", _context(_get(environment_id)))


def _get(environment_id: UUID) -> Environment:
    return get_object_or_404(with_counts(), pk=environment_id)


def _context(found: Environment) -> dict[str, Any]:
    deployments = found.deployments.select_related("pattern").defer("pattern__graph").order_by("pattern__name")
    return {
        "environment": found,
        "variables": list(found.variables.all()),
        "secrets": list(found.secrets.defer("sealed")),
        "deployments": deployments[:DEPLOYMENTS_SHOWN],
    }


# --- What people press ------------------------------------------------------------------------------------------------
@requires(Role.EDITOR)
@require_POST
def environment_change(request: HttpRequest, environment_id: UUID) -> HttpResponse:
    """Name, description, and whether it is the default one."""
    sent = request.POST
    name, description = sent.get("name", ""), sent.get("description", "").replace("\r\n", "\n")

    def change(found: Environment) -> None:
        is_default = bool(sent.get("is_default"))
        change_environment(found, person(request), name=name, description=description, is_default=is_default)

    return _try(request, environment_id, "about", change, {"name": name, "description": description})


@requires(Role.EDITOR)
@require_POST
def variable_page(request: HttpRequest, environment_id: UUID) -> HttpResponse:
    """Set a variable; or remove it, where that button was pressed."""
    name, value = request.POST.get("name", "").strip(), request.POST.get("value", "").replace("\r\n", "\n")
    change = {name: None if "remove" in request.POST else value}

    def act(found: Environment) -> None:
        change_environment(found, person(request), variables=change)

    return _try(request, environment_id, "variables", act, {"name": name, "value": value})


@sensitive_post_parameters("value")
@requires(Role.ADMIN)
@require_POST
def environment_secret(request: HttpRequest, environment_id: UUID) -> HttpResponse:
    """Set a secret; or delete it, where that button was pressed."""
    name, value = request.POST.get("name", "").strip(), request.POST.get("value", "").replace("\r\n", "\n")

    def act(found: Environment) -> None:
        if "remove" in request.POST:
            delete_secret(found, name, person(request))
        else:
            set_secret(found, name, value, person(request))

    return _try(request, environment_id, "secrets", act, {"name": name})


@requires(Role.ADMIN)
@require_POST
def environment_delete(request: HttpRequest, environment_id: UUID) -> HttpResponse:
    with refusals_shown(request):
        delete_environment(_get(environment_id), person(request))
        messages.success(request, "Deleted.")
        return redirect("environments")
    return redirect("environment", environment_id)


def _try(
    request: HttpRequest,
    environment_id: UUID,
    part: str,
    act: Callable[[Environment], Any],
    typed: dict[str, str],
) -> HttpResponse:
    """Do it, and show the part of the page anew; where it was refused, with what was typed and what is wrong."""
    shown: dict[str, Any] = {}
    try:
        act(_get(environment_id))
    except Refused as refused:
        shown = {"part": part, "typed": typed, "wrong": _problems(refused)}
    if not shown and not is_fragment(request):
        messages.success(request, "Saved. Runs that start from now on read it.")
        return redirect("environment", environment_id)
    context = {**_context(_get(environment_id)), **shown, "saved": part if not shown else ""}
    if is_fragment(request):
        return render(request, f"environments/detail.html#{part}", context)
    return render(request, "environments/detail.html", context, status=422)


def _problems(refused: Refused) -> dict[str, str]:
    """What is wrong by field; under "form" what is about none of them."""
    details = refused.details if isinstance(refused.details, dict) else {}
    if isinstance(of_variables := details.get("variables"), dict):
        text = " ".join(of_variables.values())
        return {"value" if text.startswith("The value") else "name": text}
    found = {name: text for name, text in details.items() if isinstance(text, str)}
    return found or {"form": explain(refused)}
