"""How long executions are kept: by age and by count, as each deployment has it. What is too old goes bit by bit.

The clock of every process calls `prune`, which looks at a few patterns and works for a moment, so that no schedule
waits for it and no writer waits long for its turn; the next call goes on where this one stopped. Open executions stay,
and so does every member of a call tree while one of it is open. A crash in the middle leaves executions that have ended
with a part of their log; the next call deletes the rest.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from dragops_site.ids import first_id
from executions.deletion import RUNS, deletable, delete_or_trim
from executions.models import Execution
from executions.persistence import writing
from patterns.models import Pattern

UNCOUNTED = timedelta(hours=2)  # so young, executions may not be in the figures yet (`executions.tally`)
PATTERNS = 50  # looked at in one call
WORK_S = 0.1  # of one call


@dataclass(frozen=True)
class Keep:
    """How long and how many; None is for ever, or all."""

    days: int | None
    count: int | None


_last: UUID | None = None  # the pattern that this process looked at last


def prune(now: datetime | None = None, work_s: float = WORK_S) -> int:
    """Delete what the patterns that come next keep no longer; returns how many executions went."""
    global _last
    until, gone = monotonic() + work_s, 0
    for pattern_id, keep in _next_patterns(_last):
        while monotonic() < until and (bite := _bite(pattern_id, keep, now or timezone.now())):
            gone += bite
        if monotonic() >= until:
            return gone  # and this pattern is looked at again
        _last = pattern_id
    return gone


def _next_patterns(last: UUID | None) -> Iterator[tuple[UUID, Keep]]:
    """A few patterns after `last`, from the beginning again after the last one."""
    rows = Pattern.objects.order_by("pk").values_list(
        "pk", "deployment__pk", "deployment__retention_days", "deployment__retention_count"
    )
    found = list(rows.filter(pk__gt=last)[:PATTERNS]) if last else []
    found += [row for row in rows[: PATTERNS - len(found)] if row not in found]
    for pattern_id, deployment_id, days, count in found:
        # What was never deployed has tests alone, and no settings of its own.
        yield pattern_id, Keep(days, count) if deployment_id else Keep(settings.RETENTION_DAYS or None, None)


def _bite(pattern_id: UUID, keep: Keep, now: datetime) -> int:
    """Delete a few; returns how many."""
    for expired in _expired(pattern_id, keep, now):
        if expired.exists():  # asked outside of a transaction, which would take the write lock of SQLite
            return _delete_some(expired)
    return 0


@writing()
def _delete_some(expired: QuerySet[Execution]) -> int:
    some = list(expired.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)[:RUNS])
    gone, is_all = delete_or_trim(some)
    return gone if is_all else 1  # a part of long logs counts as something done, so that the next bite follows


def _expired(pattern_id: UUID, keep: Keep, now: datetime) -> Iterator[QuerySet[Execution]]:
    """What is kept no longer, oldest first: by age, and by count. Each is a range of the index of a pattern's history;
    one query for both would walk along the whole of it."""
    runs = Execution.objects.filter(pattern_id=pattern_id)
    ended = deletable(runs).order_by("id")
    if keep.days is not None:
        before = now - timedelta(days=keep.days)
        yield ended.filter(id__lt=first_id(before), ended_at__lt=before)
    if keep.count is not None and (last := _last_kept(runs, keep.count)):
        yield ended.filter(id__lte=last, id__lt=first_id(now - UNCOUNTED))


def _last_kept(runs: QuerySet[Execution], count: int) -> UUID | None:
    """The newest of those past the `count` newest."""
    return runs.order_by("-id").values_list("id", flat=True)[count : count + 1].first()
