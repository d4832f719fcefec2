"""The history of runs, newest first. A page costs the same at any depth and under any filter.

Ids are UUIDv7, so the order of ids is the order of acceptance: the cursor is an id, and a time is a bound on ids. The
pattern and its statuses are read off an index; whatever else is asked for (trigger, mode, text) is looked for in
windows of that, and a search that finds little stops when its time is over and hands back a cursor to go on from.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from heapq import merge
from itertools import islice
from uuid import UUID

from django.db.models import Q, QuerySet

from dragops_site import jsontext
from dragops_site.errors import Invalid
from dragops_site.ids import first_id, parse_id
from executions.models import Execution
from executions.status import Status

WINDOW = 2_000
SEARCH_S = 1.0
COUNT_CAP = 10_000
# A run's event and result may be megabytes; its pattern would bring a whole graph.
BIG_FIELDS = ("event", "result")
GRAPH = "pattern__graph"


@dataclass(frozen=True)
class Filters:
    """Which runs: of a pattern, in any of `statuses`, accepted between two times, with a text in event or error, with
    an error of one type."""

    pattern_id: UUID | str | None = None
    statuses: tuple[Status | str, ...] = ()
    trigger: str = ""
    mode: str = ""
    since: datetime | None = None
    until: datetime | None = None
    q: str = ""
    error_type: str = ""


@dataclass(frozen=True)
class Page:
    """Rows, and where to go on: None at the end. A page short of its limit, even empty, may have a next one."""

    rows: list[Execution] = field(default_factory=list)
    next_cursor: str | None = None


def page(
    filters: Filters, *, cursor: str | None = None, limit: int = 20, offset: int = 0, with_data: bool = False
) -> Page:
    """The runs after `cursor` (and `offset` more), newest first. Raises Invalid where the cursor is not one of ours."""
    ids, next_cursor = find(filters, cursor=cursor, limit=limit, offset=offset)
    return Page(_load(ids, with_data), next_cursor)


def find(
    filters: Filters, *, cursor: str | None = None, limit: int = 20, offset: int = 0
) -> tuple[list[UUID], str | None]:
    """The ids of a page, and where to go on."""
    found = _Search(filters, window=offset + limit + 1, before=_read_cursor(cursor))
    ids = list(islice(found, offset, offset + limit + 1))
    if len(ids) > limit:
        return ids[:limit], str(ids[limit - 1])
    return ids, str(found.stopped_at) if found.stopped_at else None


def count_up_to(filters: Filters, cap: int = COUNT_CAP, cursor: str | None = None) -> int:
    """How many runs there are after `cursor`, counted no further than `cap`, nor longer than a search lasts."""
    before = _read_cursor(cursor)
    if _unindexed(filters):
        return sum(1 for _ in islice(_Search(filters, before=before), cap))
    streams = [runs.filter(id__lt=before) if before else runs for runs in _indexed(filters)]
    return min(cap, sum(runs.order_by()[:cap].count() for runs in streams))


def _read_cursor(cursor: str | None) -> UUID | None:
    if not cursor:
        return None
    if (read := parse_id(cursor)) is None:
        raise Invalid("The cursor is not one that a page of runs gave.", details={"cursor": "is not a cursor"})
    return read


def _load(ids: list[UUID], with_data: bool) -> list[Execution]:
    hidden = (GRAPH,) if with_data else (GRAPH, *BIG_FIELDS)
    rows = Execution.objects.filter(pk__in=ids).select_related("pattern").defer(*hidden)
    return list(rows.order_by("-id")) if ids else []


class _Search:
    """Iterates over the ids that pass the filters. `stopped_at` is where time ran out, None if it did not."""

    def __init__(self, filters: Filters, window: int = WINDOW, before: UUID | None = None) -> None:
        self.filters = filters
        self.stopped_at: UUID | None = None
        self._before = before
        self._rest = _unindexed(filters)
        self._window = WINDOW if self._rest else window

    def __iter__(self) -> Iterator[UUID]:
        deadline = time.monotonic() + SEARCH_S
        while ids := _newest(self.filters, self._before, self._window):
            yield from self._passing(ids)
            if len(ids) < self._window:
                return
            self._before = ids[-1]
            if self._rest and time.monotonic() > deadline:
                self.stopped_at = self._before
                return

    def _passing(self, ids: list[UUID]) -> list[UUID]:
        if not self._rest:
            return ids
        rows = Execution.objects.filter(self._rest, pk__in=ids)
        return list(rows.order_by("-id").values_list("id", flat=True))


def _newest(filters: Filters, before: UUID | None, count: int) -> list[UUID]:
    """The next `count` ids by what the indexes know."""
    streams = [_ids(runs.filter(id__lt=before) if before else runs, count) for runs in _indexed(filters)]
    return list(islice(merge(*streams, reverse=True), count))


def _ids(runs: QuerySet[Execution], count: int) -> list[UUID]:
    return list(runs.order_by("-id").values_list("id", flat=True)[:count])


def _indexed(filters: Filters) -> list[QuerySet[Execution]]:
    """The runs that pass what the indexes know: one query per status, for each status has its own stretch of the index
    in order, while several asked for at once would have to be sorted."""
    runs = _in_time(Execution.objects.all(), filters)
    if not filters.pattern_id:
        return [runs]
    runs = runs.filter(pattern_id=filters.pattern_id)
    return [runs.filter(status=str(status)) for status in sorted(set(filters.statuses))] or [runs]


def _in_time(runs: QuerySet[Execution], filters: Filters) -> QuerySet[Execution]:
    if filters.since:
        runs = runs.filter(id__gte=first_id(filters.since))
    if filters.until:
        runs = runs.filter(id__lt=first_id(filters.until, later_ms=1))
    return runs


def _unindexed(filters: Filters) -> Q:
    wanted = Q()
    if filters.statuses and not filters.pattern_id:
        wanted &= Q(status__in=[str(status) for status in filters.statuses])
    if filters.trigger:
        wanted &= Q(trigger=filters.trigger)
    if filters.mode:
        wanted &= Q(mode=filters.mode)
    if filters.error_type:
        wanted &= Q(error_type=filters.error_type)
    if filters.q:
        wanted &= _text(filters.q)
    return wanted


def _text(q: str) -> Q:
    """`q` in the error as it reads, or in the event as its JSON text has it."""
    return Q(error_message__icontains=jsontext.clean(q)) | Q(event__icontains=jsontext.dumps(q)[1:-1])
