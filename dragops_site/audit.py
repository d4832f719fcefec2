"""The audit trail: who did what to what, and when. Written in the transaction of what is done, so that there is no one
without the other. What the machine does by itself (webhooks, schedules, retries) is told by executions, not here.
"""

from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING

from django.db.models import Model
from django.http import HttpRequest, HttpResponse

from dragops_site import jsontext

if TYPE_CHECKING:
    from dragops_site.accounts.models import User

LONGEST = 200
LONGEST_DETAIL = 500
_address: ContextVar[str] = ContextVar("address", default="")


def record(
    user: "User | None", verb: str, target: Model | None = None, *, name: str = "", detail: str = "", actor: str = ""
) -> None:
    """One entry: `verb` is a past tense, `name` what the target is called where its text is not that, `actor` who did
    it where no user is known. Nothing is recorded where nobody did it. Never pass a secret."""
    from dragops_site.accounts.models import AuditEntry  # the models are not ready when this module is read

    if user is None and not actor:
        return
    AuditEntry.objects.create(
        user=user if user and user.pk else None,
        actor=_cut(actor or _called(user)),
        verb=verb,
        target_type=str(target._meta.verbose_name) if target else "",
        target_id=str(target.pk) if target else "",
        target_name=_cut(name or (str(target) if target else "")),
        detail=jsontext.clean(detail)[:LONGEST_DETAIL],
        address=_address.get(),
    )


def _called(user: "User | None") -> str:
    """By address; where a token speaks for the user, by that too."""
    token = getattr(user, "acting_token", "")
    return f"{user} by token {token}" if token else str(user)


def _cut(text: str) -> str:
    return jsontext.clean(text)[:LONGEST]


class KnowsTheAddress:
    """Middleware: from where a request came, for what is recorded while it is answered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = _address.set(str(request.META.get("REMOTE_ADDR", ""))[:45])
        try:
            return self._get_response(request)
        finally:
            _address.reset(token)
