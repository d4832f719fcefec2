"""The settings of a deployment as a form, drawn from `settable.SETTINGS`."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from deployments.actions import change_settings
from deployments.models import Deployment, Environment
from deployments.settable import BY_COLUMN, Flag, Place, Setting, Texts, Whole, problems
from deployments.settings_words import in_words
from dragops_site.accounts.roles import Role
from dragops_site.errors import Refused
from dragops_site.ids import parse_id
from dragops_site.pages import explain, is_fragment, person, requires

GROUPS = (
    ("environment", "Environment", ("environment_id",)),
    ("limits", "Limits", ("time_limit_s", "concurrency_limit", "rate_limit", "rate_period_s")),
    (
        "retries",
        "Retries",
        (
            "retry_attempts",
            "retry_first_delay_s",
            "retry_factor",
            "retry_max_delay_s",
            "retry_jitter",
            "retry_never",
            "retry_every_error",
            "retry_anew",
        ),
    ),
    (
        "breaker",
        "Circuit breaker",
        ("breaker_share", "breaker_minimum", "breaker_window_s", "breaker_cooldown_s"),
    ),
    ("notices", "Notifications", ("notify",)),
    ("retention", "Retention", ("retention_days", "retention_count")),
)
WAS = "was-"  # before the name of a field: what it held when the form was opened
LONGEST = 10_000  # characters of a field that are read


@dataclass(frozen=True)
class Field:
    """One setting in the form; `was` is what is stored, `text` what the field holds."""

    setting: Setting
    text: str
    was: str
    problem: str = ""

    @property
    def kind(self) -> str:
        if isinstance(self.setting.kind, Flag):
            return "flag"
        if isinstance(self.setting.kind, Place):
            return "choice"
        return "texts" if isinstance(self.setting.kind, Texts) else "number"

    @property
    def step(self) -> str:
        return "1" if isinstance(self.setting.kind, Whole) else "any"


@requires(Role.EDITOR)
@require_http_methods(["GET", "HEAD", "POST"])
def deployment_settings(request: HttpRequest, pattern_id: UUID) -> HttpResponse:
    """The form; by POST it is saved. As a fragment: what the typed settings mean, in words."""
    found = get_object_or_404(Deployment.objects.select_related("pattern").defer("pattern__graph"), pk=pattern_id)
    if request.method == "POST":
        return _save(request, found)
    if is_fragment(request):
        return _preview(request, found)
    return _form(request, found, {})


def _save(request: HttpRequest, found: Deployment) -> HttpResponse:
    changes = _changes(request.POST)
    wrong = problems(changes)
    if wrong:
        return _form(request, found, wrong)
    try:
        change_settings(found, person(request), **changes)
    except Refused as refused:
        messages.error(request, explain(refused))
        return _form(request, found, {})
    messages.success(request, "Saved. Runs that start from now on keep to it." if changes else "Nothing was changed.")
    return redirect("deployment", found.pk)


def _preview(request: HttpRequest, found: Deployment) -> HttpResponse:
    typed = _changes(request.GET)
    if not problems(typed):
        for column, value in typed.items():
            setattr(found, column, value)
    return render(request, "deployments/settings.html#previews", {"words": in_words(found)})


def _form(request: HttpRequest, found: Deployment, wrong: dict[str, str]) -> HttpResponse:
    context = {
        "deployment": found,
        "groups": [(name, title, _fields(request, found, columns, wrong)) for name, title, columns in GROUPS],
        "words": in_words(found),
        "wrong": wrong,
        "has_mail": bool(settings.EMAIL_HOST),
        "environments": [(str(one.pk), one.name) for one in Environment.objects.only("name")],
    }
    return render(request, "deployments/settings.html", context, status=422 if wrong else 200)


def _fields(request: HttpRequest, found: Deployment, columns: Iterable[str], wrong: dict[str, str]) -> list[Field]:
    return [_field(request, found, column, wrong) for column in columns]


def _field(request: HttpRequest, found: Deployment, column: str, wrong: dict[str, str]) -> Field:
    setting, stored = BY_COLUMN[column], _text_of(getattr(found, column))
    was = request.POST.get(WAS + column, stored)[:LONGEST]
    text = _typed(request.POST, setting) if _is_given(request.POST, setting) else stored
    label = f"{setting.label}: "
    problem = wrong.get(column, "").removeprefix(label)
    return Field(setting, text, was, problem[:1].upper() + problem[1:])


# --- From text to values, and back ------------------------------------------------------------------------------------
def _changes(sent: QueryDict) -> dict[str, Any]:
    """What the person has changed: what somebody else changes meanwhile in other fields stays."""
    given = [setting for setting in BY_COLUMN.values() if _is_given(sent, setting)]
    typed = {setting.column: _value(setting, _typed(sent, setting)) for setting in given}
    return {c: v for c, v in typed.items() if WAS + c not in sent or v != _value(BY_COLUMN[c], sent.get(WAS + c, ""))}


def _is_given(sent: QueryDict, setting: Setting) -> bool:
    # A box that is not ticked is not sent.
    return setting.column in sent or (isinstance(setting.kind, Flag) and WAS + setting.column in sent)


def _typed(sent: QueryDict, setting: Setting) -> str:
    return sent.get(setting.column, "")[:LONGEST]


def _text_of(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else ""
    if isinstance(value, list):
        return "\n".join(value)
    if isinstance(value, UUID):
        return str(value)
    return "" if value is None else f"{value:.12g}"


def _value(setting: Setting, text: str) -> Any:
    """What a field's text stands for; a text that stands for nothing is its own value, and refused as such."""
    if isinstance(setting.kind, Flag):
        return text == "on"
    if isinstance(setting.kind, Texts):
        return [line.strip() for line in text.splitlines() if line.strip()]
    if not text.strip():
        return None
    if isinstance(setting.kind, Place):
        return parse_id(text) or text
    try:
        number = float(text) if text.isascii() and len(text) < 30 else text
    except ValueError:
        return text
    is_whole = isinstance(number, float) and number.is_integer()
    return int(number) if is_whole else number
