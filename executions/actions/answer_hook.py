"""Answer a run that waits for a request (Wait For Webhook)."""

from typing import Any

from django.utils import timezone

from dragops_site.errors import NotFound, Refused
from executions import bell
from executions.models import Execution, Hook
from executions.persistence import writing
from executions.status import ENDED, Status, Wait

FOR_HOOKS = (Wait.WEBHOOK, Wait.SEVERAL)


class HookClosed(Refused):
    """Somebody has answered already, or nobody waits any more."""

    code = "HOOK_CLOSED"
    status = 410


def answer_hook(token: str, event: dict[str, Any]) -> None:
    """Give `event` to the run that waits at a one-time address, and wake it. Raises NotFound, HookClosed.

    A run that has not parked yet finds the answer when it comes to park: it looks at the hook with its row locked.
    """
    now = timezone.now()
    with writing():
        hook = open_hook(token)
        if not Hook.objects.filter(pk=hook.pk, closed_at=None).update(closed_at=now, event=event):
            raise HookClosed(ANSWERED)
        waiting = Execution.objects.filter(pk=hook.execution_id, status=Status.QUEUED, waits_for__in=FOR_HOOKS)
        woken = waiting.update(ready_at=now, waits_for="")
    if woken:
        bell.ring_on_commit()


def open_hook(token: str) -> Hook:
    """The hook of an address at which a run still waits. Raises NotFound, HookClosed."""
    hook = Hook.objects.select_related("execution").defer("execution__event", "execution__result").filter(pk=token)
    found = hook.first() if token.isascii() and token.isprintable() else None
    if found is None:
        raise NotFound("Nothing waits at this address.", code="HOOK_NOT_FOUND")
    if found.closed_at:
        raise HookClosed(ANSWERED if found.event is not None else GIVEN_UP)
    if found.execution.status in ENDED:
        raise HookClosed("The run has ended, and waits for no answer any more.")
    return found


ANSWERED = "This address has been answered already. It can be used once."
GIVEN_UP = "The run waited for an answer for as long as it could, and has gone on without."
