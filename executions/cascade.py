"""Who is canceled together: a run, and the runs that it has called and waits for, and so on.

A run that is at work stops by itself, and those below it only when it has: it must not take their end for an error
that it has to handle. Whoever ends one, ends what it has left open (`executions.ends.settle`).
"""

from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from uuid import UUID

from django.db.models import QuerySet

from executions.hosting import Ended
from executions.models import Execution
from executions.queue import end_fields
from executions.status import OPEN, Status

AT_ONCE = 500
COLUMNS = ("status", "mode", "trigger", "awaited", "parent_id")


def cancel_all(tops: QuerySet[Execution]) -> tuple[list[Execution], int]:
    """Cancel these and what waits below them: at once what is queued; who runs is asked to stop. For a transaction.

    Returns who has ended by that, tops first, and how many were asked.
    """
    rows = _locked(tops)
    ended = [row for row in rows if row.status == Status.QUEUED]
    asked = [row.pk for row in rows if row.status == Status.RUNNING]
    fields = end_fields(Ended(Status.CANCELED))
    for some in _portions([row.pk for row in ended]):
        Execution.objects.filter(pk__in=some).update(**fields)
    for some in _portions(asked):
        Execution.objects.filter(pk__in=some).update(cancel_requested=True)
    for row in ended:
        row.status = Status.CANCELED
    return ended, len(asked)


def cancel_callees(callers: Collection[UUID]) -> list[Execution]:
    """Cancel what these have called and not waited for to the end. For the transaction that ends them."""
    ended, _ = cancel_all(Execution.objects.filter(parent__in=callers))
    return ended


def _locked(tops: QuerySet[Execution]) -> list[Execution]:
    """The rows of these and of those below, callees before callers. What was called meanwhile is found once the rows
    of its callers stand still."""
    found: dict[UUID, Execution] = {}
    level = list(tops.filter(status__in=OPEN).values_list("pk", flat=True))
    while level := [pk for pk in _with_callees(level) if pk not in found]:
        for some in _portions(sorted(level, reverse=True)):
            rows = Execution.objects.filter(pk__in=some).only(*COLUMNS).order_by("-id")
            found |= {row.pk: row for row in rows.select_for_update(no_key=True)}
        level = list(found)
    return [found[pk] for pk in sorted(found)]


def _with_callees(level: Collection[UUID]) -> set[UUID]:
    """These, and whom those among them call that are parked, and so on."""
    found = set(level)
    while level:
        level = [pk for some in _portions(level) for pk in _callees(some) if pk not in found]
        found.update(level)
    return found


def _callees(callers: Collection[UUID]) -> QuerySet[Execution, UUID]:
    rows = Execution.objects.filter(parent__in=callers, parent__status=Status.QUEUED, status__in=OPEN)
    return rows.order_by().values_list("pk", flat=True)


def _portions(ids: Iterable[UUID]) -> Iterator[list[UUID]]:
    rest = iter(ids)
    while some := list(islice(rest, AT_ONCE)):
        yield some
