"""A further attempt of what has ended badly: the row is opened again, and the journal goes on where it failed."""

from datetime import timedelta
from typing import Any

from django.db.models import DurationField, ExpressionWrapper, F, IntegerField, QuerySet, Value
from django.db.models.functions import Cast
from django.utils import timezone

from executions.models import Execution
from executions.queue import error_fields
from executions.status import RETRIABLE, Status

WHOLE_TIME = ExpressionWrapper(
    Cast("time_limit_s", IntegerField()) * Value(timedelta(seconds=1)), output_field=DurationField()
)


def reopen(rows: QuerySet[Execution], **more: Any) -> int:
    """Queue these again, where they have ended otherwise than well; `more` are further columns. Returns how many.

    The caller rings the bell.
    """
    now = timezone.now()
    return rows.filter(status__in=RETRIABLE).update(
        status=Status.QUEUED,
        attempt=F("attempt") + 1,
        recoveries=0,
        loss="",
        ready_at=now,
        waits_for="",
        ended_at=None,
        cancel_requested=False,
        result=None,
        time_left=WHOLE_TIME,
        **error_fields(None),
        **more,
    )
