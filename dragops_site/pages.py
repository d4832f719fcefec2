"""What all pages share: who may see them, how a refusal is shown, signing in and out."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from math import ceil
from typing import Any, Concatenate, ParamSpec, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dragops_site import audit, jsontext
from dragops_site.accounts.models import User
from dragops_site.accounts.roles import Role
from dragops_site.errors import Invalid, Refused
from dragops_site.throttle import note_failure, wait_to_sign_in

UNCHANGED = 204
ENDED = 286  # htmx stops polling

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def requires(role: Role) -> Callable[[View[P]], View[P]]:
    """Let a page be used by people of `role` and above: others are asked to sign in, or get the 403 page."""

    def guard(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _ask_to_sign_in(request)
            if not person(request).may(role):
                raise PermissionDenied(f"This needs the role {role.label}; yours is {person(request).role}.")
            return never_cache(view)(request, *args, **kwargs)

        return guarded

    return guard


def person(request: HttpRequest) -> User:
    """The signed-in user of a page behind `requires`."""
    return cast(User, request.user)


def _ask_to_sign_in(request: HttpRequest) -> HttpResponseBase:
    if not is_fragment(request):
        back = request.get_full_path() if request.method == "GET" else _came_from(request)
        return redirect_to_login(back, resolve_url(settings.LOGIN_URL))
    answer = redirect_to_login(_came_from(request), resolve_url(settings.LOGIN_URL))
    return HttpResponse(headers={"HX-Redirect": answer["Location"]})


def is_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of a page, not for the page in a restored history."""
    details = request.htmx  # type: ignore[attr-defined]
    return bool(details) and not details.history_restore_request


def _came_from(request: HttpRequest) -> str:
    source = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(source, {request.get_host()}):
        return "/"
    return urlsplit(source)._replace(scheme="", netloc="").geturl() or "/"


@contextmanager
def refusals_shown(request: HttpRequest) -> Iterator[None]:
    """Turn what a verb refuses into a message on the next page."""
    try:
        yield
    except Refused as refused:
        messages.error(request, explain(refused))


def acted(request: HttpRequest, act: Callable[[], str], back: str, *args: object) -> HttpResponse:
    """Go to the address that `act` gives. What it refuses is told in the form where htmx has sent it, so that what was
    typed stays; otherwise as a message on the page `back`."""
    try:
        goal = act()
    except Refused as refused:
        if is_fragment(request):
            return render(request, "parts/refusal.html", {"refusal": explain(refused)})
        messages.error(request, explain(refused))
        return redirect(back, *args)
    return HttpResponse(headers={"HX-Redirect": goal}) if is_fragment(request) else redirect(goal)


def explain(refused: Refused) -> str:
    """The text of a refusal; all errors of a graph, one a line, where it is about a graph."""
    if not isinstance(refused.details, list):
        return refused.message
    errors = [d["message"] for d in refused.details if isinstance(d, dict) and d.get("severity") == "error"]
    return "\n".join(["The graph does not compile:", *errors]) if errors else refused.message


def read_json(text: str, what: str) -> Any:
    """The value of JSON typed by a person. Raises Invalid, saying where it breaks."""
    try:
        value = jsontext.loads(text)
    except json.JSONDecodeError as error:
        message = f"{what} is not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        raise Invalid(message) from None
    except ValueError as error:
        raise Invalid(f"{what} is not valid JSON: {error}.") from None
    if jsontext.is_deeper(value):
        raise Invalid(f"{what} is nested more than {jsontext.MAX_DEPTH} levels deep.")
    return value


def pretty(value: Any) -> str:
    """JSON text for people to read and edit."""
    return jsontext.clean(json.dumps(value, indent=2, ensure_ascii=False))


def fingerprint(*parts: object) -> str:
    """Changes when any of the parts does; a poll that names the one it has gets 204."""
    return hashlib.sha256(repr(parts).encode("utf-8", "backslashreplace")).hexdigest()[:16]


# --- Signing in and out ---------------------------------------------------------------------------------------------
@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    goal = _next(request)
    if request.user.is_authenticated:
        return redirect(goal)
    if request.method == "POST":
        return _try_to_sign_in(request, goal)
    return _sign_in_page(request, goal)


def _try_to_sign_in(request: HttpRequest, goal: str) -> HttpResponse:
    email = jsontext.clean(request.POST.get("email", "").strip())
    if wait := wait_to_sign_in(request, email):
        answer = _sign_in_page(request, goal, "Too many attempts. Wait a minute, then try again.", status=429)
        answer["Retry-After"] = str(ceil(wait))
        return answer
    user = authenticate(request, username=email, password=request.POST.get("password", ""))
    if user is None:
        note_failure(request, email)
        audit.record(None, "failed to sign in", actor=email[:200] or "somebody")
        return _sign_in_page(request, goal, "E-mail address or password is wrong. Check both and try again.", 422)
    login(request, user)
    audit.record(person(request), "signed in")
    return redirect(goal)


def _sign_in_page(request: HttpRequest, goal: str, error: str = "", status: int = 200) -> HttpResponse:
    context = {"next": goal, "error": error, "email": request.POST.get("email", "")[:254]}
    return render(request, "sign_in.html", context, status=status)


def _next(request: HttpRequest) -> str:
    goal = request.POST.get("next") or request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(goal, {request.get_host()}, require_https=request.is_secure())
    return goal if safe else resolve_url(settings.LOGIN_REDIRECT_URL)


@require_GET
def admin_sign_in(request: HttpRequest) -> HttpResponse:
    """The administration has no form of its own to sign in by, so that attempts are counted in one place."""
    if request.user.is_authenticated:
        raise PermissionDenied("The administration is for staff alone.")
    return redirect_to_login(_next(request), resolve_url(settings.LOGIN_URL))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


@requires(Role.VIEWER)
@require_GET
def home(request: HttpRequest) -> HttpResponseRedirect:
    return HttpResponseRedirect(resolve_url("deployments"))
