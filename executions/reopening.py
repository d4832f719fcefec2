"""A further attempt of what has ended badly: the row is opened again, and the journal goes on where it failed."""

from datetime import timedelta
from typing import Any

from django.db.models import (
    Case,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast
from django.utils import timezone

from executions import tally
from executions.models import Execution, Hook, LogEntry
from executions.queue import error_fields
from executions.status import OPEN, RETRIABLE, Mode, Status
from patterns.models import Pattern

_LIMIT = "deployment__concurrency_limit"
WHOLE_TIME = ExpressionWrapper(
    Cast("time_limit_s", IntegerField()) * Value(timedelta(seconds=1)), output_field=DurationField()
)
# The limit may have changed since it ended. The app above is reached through the relation that it adds to Pattern.
LIMIT_NOW = Case(
    When(mode=Mode.LIVE, then=Subquery(Pattern.objects.filter(pk=OuterRef("pattern_id")).values(_LIMIT))),
    default=None,
)
# Whoever has called it hears of its end, and calls it again in an attempt of its own.
_CALLER_IS_OPEN = Exists(Execution.objects.filter(pk=OuterRef("parent_id"), status__in=OPEN))


def reopen(rows: QuerySet[Execution], **more: Any) -> int:
    """Queue these again, where they have ended otherwise than well; `more` are further columns. Returns how many.

    The caller rings the bell.
    """
    now = timezone.now()
    tally.count_again(rows.values_list("pk", flat=True))
    return rows.filter(status__in=RETRIABLE).update(
        status=Status.QUEUED,
        attempt=F("attempt") + 1,
        recoveries=0,
        loss="",
        ready_at=now,
        waits_for="",
        ended_at=None,
        cancel_requested=False,
        awaited=False,
        result=None,
        time_left=WHOLE_TIME,
        concurrency=LIMIT_NOW,
        **error_fields(None),
        **more,
    )


def reopen_alone(rows: QuerySet[Execution], **more: Any) -> int:
    """The same for those whose caller, if they have one, has ended."""
    # As a condition on the row itself, which is judged again where another has just opened it.
    return reopen(rows.filter(~_CALLER_IS_OPEN), **more)


def reopen_anew(rows: QuerySet[Execution]) -> int:
    """The same, and forget what they have done: the next attempt begins at the start. For a transaction."""
    now = timezone.now()
    # Hooks before executions, like whoever answers one.
    Hook.objects.filter(execution__in=rows.values("pk"), closed_at=None).update(closed_at=now)
    reopened = reopen_alone(rows, epoch=F("epoch") + 1)
    LogEntry.objects.filter(execution__in=rows.values("pk"), is_void=False).update(is_void=True)
    return reopened
