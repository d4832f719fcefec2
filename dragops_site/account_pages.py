"""Pages of people: one's own account and tokens; for admins, everybody's accounts and the audit trail."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from dragops_site import jsontext
from dragops_site.accounts import trail
from dragops_site.accounts.models import ApiToken, User
from dragops_site.accounts.people import change_password, change_person, create_person, set_password
from dragops_site.accounts.resets import make_link
from dragops_site.accounts.roles import Role
from dragops_site.accounts.tokens import create_token, revoke_token
from dragops_site.cursors import cursor_of, neighbours
from dragops_site.errors import Refused
from dragops_site.ids import parse_id
from dragops_site.pages import person, refusals_shown, requires

TOKENS_SHOWN = 200
PEOPLE_SHOWN = 50
LASTING = {"30": "30 days", "90": "90 days", "365": "A year", "": "For ever"}


# --- One's own account ------------------------------------------------------------------------------------------------
@sensitive_post_parameters()
@requires(Role.VIEWER)
@require_http_methods(["GET", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """Who one is, and another password: other sessions end with the old one."""
    if request.method == "GET":
        return render(request, "accounts/account.html")
    me = person(request)
    try:
        change_password(me, request.POST.get("old", ""), request.POST.get("new", ""))
    except Refused as refused:
        return render(request, "accounts/account.html", {"wrong": _by_field(refused)}, status=422)
    update_session_auth_hash(request, me)
    messages.success(request, "Your password is changed. Everybody else who was signed in as you is signed out.")
    return redirect("account")


# --- API tokens -------------------------------------------------------------------------------------------------------
@requires(Role.VIEWER)
@require_http_methods(["GET", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """One's own tokens, everybody's for admins. A new one is shown in the answer to its making, and never again."""
    if request.method == "GET":
        return _tokens_page(request)
    given = request.POST
    try:
        _, secret = create_token(person(request), given.get("name", ""), given.get("role", ""), _expiry(given))
    except Refused as refused:
        return _tokens_page(request, {"wrong": _by_field(refused), "typed": given}, status=refused.status)
    return _tokens_page(request, {"secret": secret})


@requires(Role.VIEWER)
@require_POST
def token_revoke(request: HttpRequest, token_id: UUID) -> HttpResponse:
    found = get_object_or_404(ApiToken.objects.select_related("user"), pk=token_id)
    with refusals_shown(request):
        revoke_token(found, person(request))
        messages.success(request, f"“{found.name}” is revoked: it is refused from now on.")
    return redirect("tokens")


def _tokens_page(request: HttpRequest, more: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
    me = person(request)
    found = ApiToken.objects.select_related("user")
    rows = found if me.may(Role.ADMIN) else found.filter(user=me)
    context = {
        "rows": rows[:TOKENS_SHOWN],
        "roles": [(role.value, role.label) for role in Role if me.effective_role.includes(role)],
        "lasting": LASTING,
        "is_admin": me.may(Role.ADMIN),
        **(more or {}),
    }
    return render(request, "accounts/tokens.html", context, status=status)


def _expiry(given: Any) -> Any:
    days = given.get("days", "")
    return timezone.now() + timedelta(days=int(days)) if days and days in LASTING else None


# --- People -----------------------------------------------------------------------------------------------------------
@sensitive_post_parameters("password")
@requires(Role.ADMIN)
@require_http_methods(["GET", "POST"])
def people(request: HttpRequest) -> HttpResponse:
    """All accounts; `q` searches. POST makes one."""
    if request.method == "GET":
        return _people_page(request)
    given = request.POST
    try:
        made = create_person(person(request), given.get("email", ""), given.get("role", ""), given.get("password", ""))
    except Refused as refused:
        return _people_page(request, {"wrong": _by_field(refused), "typed": given}, status=refused.status)
    messages.success(request, f"{made.email} can sign in now, as {made.get_role_display()}.")
    return redirect("users")


@sensitive_post_parameters("password")
@requires(Role.ADMIN)
@require_POST
def person_change(request: HttpRequest, user_id: int) -> HttpResponse:
    """Another role (`role`), the account closed or open (`active`), or another password (`password`)."""
    found = get_object_or_404(User, pk=user_id)
    with refusals_shown(request):
        if "password" in request.POST:
            set_password(person(request), found, request.POST["password"])
            messages.success(request, f"{found.email} has another password, and must sign in again.")
        else:
            is_active = {"1": True, "0": False}.get(request.POST.get("active", ""))
            change_person(person(request), found, role=request.POST.get("role"), is_active=is_active)
            messages.success(request, f"{found.email} is changed.")
    return redirect("users")


@requires(Role.ADMIN)
@require_POST
def password_link(request: HttpRequest, user_id: int) -> HttpResponse:
    """A link to hand to a person who has no password any more, shown in this answer and never again."""
    found = get_object_or_404(User, pk=user_id)
    with refusals_shown(request):
        link = make_link(found, by=person(request))
        return _people_page(request, {"link": link, "linked": found})
    return redirect("users")


def _people_page(request: HttpRequest, more: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
    q = jsontext.clean(request.GET.get("q", "")).strip()
    rows = User.objects.filter(email__icontains=q) if q else User.objects.all()
    page = Paginator(rows.order_by("email", "pk"), PEOPLE_SHOWN).get_page(request.GET.get("page"))
    context = {"page": page, "q": q, "roles": Role.choices, **(more or {})}
    return render(request, "accounts/people.html", context, status=status)


# --- The audit trail --------------------------------------------------------------------------------------------------
@requires(Role.ADMIN)
@require_GET
def audit_trail(request: HttpRequest) -> HttpResponse:
    """Who did what to what; `q` searches, `verb`, `user` and `target` filter."""
    given = request.GET
    user_id = given.get("user", "")
    filters = trail.TrailFilters(
        user_id=int(user_id) if user_id.isascii() and user_id.isdigit() and len(user_id) < 10 else None,
        verb=jsontext.clean(given.get("verb", ""))[:40],
        target_id=str(parse_id(given.get("target", "")) or ""),
        q=given.get("q", "")[:200],
    )
    page = trail.page(filters, cursor_of(request))
    context = {
        "rows": page.rows,
        "filters": filters,
        "base": request.path,
        "people": User.objects.order_by("email").values_list("pk", "email")[:PEOPLE_SHOWN],
        "is_filtered": any((filters.user_id, filters.verb, filters.target_id, filters.q)),
        **neighbours(request, page.next_cursor),
    }
    return render(request, "accounts/audit.html", context)


def _by_field(refused: Refused) -> dict[str, str]:
    return dict(refused.details) if isinstance(refused.details, dict) else {"form": refused.message}
