"""The one-time addresses at which runs wait for a request."""

import secrets
from collections.abc import Collection
from typing import Any

from django.conf import settings
from django.utils import timezone

from executions.models import Execution, Hook
from executions.persistence import writing


def address(execution: Execution, key: str) -> str:
    """The address of a step's hook, which is made once. The execution must be in the database."""
    with writing():
        hook, _ = Hook.objects.get_or_create(
            execution=execution, key=key, defaults={"token": secrets.token_urlsafe(32)}
        )
    return f"{settings.PUBLIC_URL}/webhooks/resume/{hook.token}"


def answer_of(execution: Execution, key: str) -> tuple[bool, Any]:
    """Whether a hook is closed, and the event that closed it; None where it was given up."""
    found = Hook.objects.filter(execution=execution, key=key).values_list("closed_at", "event").first()
    return (True, None) if found is None else (found[0] is not None, found[1])


def give_up(execution: Execution, key: str) -> None:
    """Close a hook unless an answer has done so."""
    Hook.objects.filter(execution=execution, key=key, closed_at=None).update(closed_at=timezone.now())


def lock_open(execution: Execution, keys: Collection[str]) -> bool:
    """Whether all these hooks are open, and stay so until the transaction ends."""
    rows = Hook.objects.select_for_update().filter(execution=execution, key__in=keys).order_by("key")
    return all(hook.closed_at is None for hook in rows)
