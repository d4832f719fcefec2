"""The history of runs, newest first. A page costs the same at any depth and under any filter.

Ids are UUIDv7, so the order of ids is the order of acceptance: the cursor is an id, and a time is a bound on ids. The
pattern and its statuses are read off an index, and over all patterns the statuses that are rare; whatever else is asked
for (trigger, mode, version, text …) is looked for in windows of that, and a search that finds little stops when its
time is over and hands back a cursor to go on from.

Secrets are found by nobody: where text is looked for, a run passes by what people may see of it.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import merge
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet, TextField
from django.db.models.functions import Left
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual

from dragops_site import jsontext
from dragops_site.errors import Invalid
from dragops_site.ids import first_id, parse_id
from executions.error_likeness import likeness
from executions.masking import masked, masked_start_of_json
from executions.matching import Match
from executions.models import Execution
from executions.status import OPEN, RARE, Status

WINDOW = 2_000
SEARCH_S = 1.0
COUNT_CAP = 10_000
SEARCHED = 1_000_000  # characters of an event and of a result, from the beginning
READ_AT_ONCE = 16  # runs whose events and results are in memory together
# A run's event and result may be megabytes; its pattern would bring a whole graph.
BIG_FIELDS = ("event", "result")
GRAPH = "pattern__graph"
# An error's members, as the API shows them.
ERRORS = {"type": "error_type", "message": "error_message", "nodeId": "error_node_id", "nodeName": "error_node_name"}


@dataclass(frozen=True)
class Filters:
    """Which runs: of a pattern, in any of `statuses`, accepted between two times, that took so long, with a text in
    event, result or error, with values at paths in these (`executions.matching`), with an error of one type, or of one
    node."""

    pattern_id: UUID | str | None = None
    statuses: tuple[Status | str, ...] = ()
    trigger: str = ""
    mode: str = ""
    since: datetime | None = None
    until: datetime | None = None
    q: str = ""
    error_type: str = ""
    error_node: str = ""
    error_like: str = ""  # what its message comes to (`executions.error_likeness`)
    version: int | None = None
    min_ms: int | None = None
    max_ms: int | None = None
    matches: tuple[Match, ...] = ()


@dataclass(frozen=True)
class Page:
    """Rows, and where to go on: None at the end. A page short of its limit, even empty, may have a next one."""

    rows: list[Execution] = field(default_factory=list)
    next_cursor: str | None = None


def page(
    filters: Filters,
    *,
    cursor: str | None = None,
    limit: int = 20,
    offset: int = 0,
    with_data: bool = False,
    search_s: float | None = None,
) -> Page:
    """The runs after `cursor` (and `offset` more), newest first; a search ends after `search_s`, or SEARCH_S. Raises
    Invalid where the cursor is not one of ours."""
    ids, next_cursor = find(filters, cursor=cursor, limit=limit, offset=offset, search_s=search_s)
    return Page(_load(ids, with_data), next_cursor)


def find(
    filters: Filters,
    *,
    cursor: str | None = None,
    limit: int = 20,
    offset: int = 0,
    search_s: float | None = None,
) -> tuple[list[UUID], str | None]:
    """The ids of a page, and where to go on."""
    found = _Search(filters, offset + limit + 1, _read_cursor(cursor), search_s)
    ids = list(islice(found, offset, offset + limit + 1))
    if len(ids) > limit:
        return ids[:limit], str(ids[limit - 1])
    return ids, str(found.stopped_at) if found.stopped_at else None


def count_up_to(filters: Filters, cap: int = COUNT_CAP, cursor: str | None = None) -> int:
    """How many runs there are after `cursor`, counted no further than `cap`, nor longer than a search lasts."""
    before = _read_cursor(cursor)
    if _reads_values(filters) or _unindexed(filters):
        return sum(1 for _ in islice(_Search(filters, before=before), cap))
    streams = [runs.filter(id__lt=before) if before else runs for runs in _indexed(filters)]
    # In the order of the index that is to be read: without it SQLite scans one of all statuses.
    return min(cap, sum(runs.order_by("-id")[:cap].count() for runs in streams))


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

    def __init__(
        self, filters: Filters, window: int = WINDOW, before: UUID | None = None, seconds: float | None = None
    ) -> None:
        self.filters = filters
        self.stopped_at: UUID | None = None
        self._before = before
        self._seconds = SEARCH_S if seconds is None else seconds
        self._rest = _unindexed(filters)
        self._is_searched = bool(self._rest or _reads_values(filters))
        self._window = WINDOW if self._is_searched else window

    def __iter__(self) -> Iterator[UUID]:
        deadline = time.monotonic() + self._seconds
        while ids := _newest(self.filters, self._before, self._window):
            yield from self._passing(ids)
            if len(ids) < self._window:
                return
            self._before = ids[-1]
            if self._is_searched and time.monotonic() > deadline:
                self.stopped_at = self._before
                return

    def _passing(self, ids: list[UUID]) -> Iterator[UUID]:
        if not self._is_searched:
            yield from ids
            return
        rows = Execution.objects.filter(self._rest, pk__in=ids).order_by("-id")
        if _reads_values(self.filters):
            yield from _seen_to_pass(rows, self.filters)
        else:
            yield from rows.values_list("id", flat=True)


def _newest(filters: Filters, before: UUID | None, count: int) -> list[UUID]:
    """The next `count` ids by what the indexes know."""
    if (found := _newest_open(filters, before)) is not None:
        return found[:count]
    streams = [_ids(runs.filter(id__lt=before) if before else runs, count) for runs in _indexed(filters)]
    return list(islice(merge(*streams, reverse=True), count))


def _newest_open(filters: Filters, before: UUID | None) -> list[UUID] | None:
    """What is open, of all patterns, where no more is asked for. None also where it is so much that it is soon found
    among the newest anyway."""
    if filters.pattern_id or not filters.statuses or not OPEN.issuperset(filters.statuses):
        return None
    runs = _in_time(Execution.objects.all(), filters)
    runs = runs.filter(id__lt=before) if before else runs
    wanted = [some for status, some in open_runs(runs) if status in filters.statuses]
    found = [key for some in wanted for key in some.values_list("id", flat=True)[: COUNT_CAP + 1]]
    return sorted(found, reverse=True) if len(found) <= COUNT_CAP else None


def open_runs(runs: QuerySet[Execution]) -> list[tuple[Status, QuerySet[Execution]]]:
    """What runs, and what waits without and with a limit of its pattern, each in the order of the index that has it."""
    queued = runs.filter(status=Status.QUEUED.value)
    return [
        (Status.RUNNING, runs.filter(status=Status.RUNNING.value).order_by("worker_id")),
        (Status.QUEUED, queued.filter(concurrency__isnull=True).order_by("ready_at", "id")),
        (Status.QUEUED, queued.filter(concurrency__isnull=False).order_by("pattern_id", "ready_at", "id")),
    ]


def _ids(runs: QuerySet[Execution], count: int) -> list[UUID]:
    return list(runs.order_by("-id").values_list("id", flat=True)[:count])


def _indexed(filters: Filters) -> list[QuerySet[Execution]]:
    """The runs that pass what the indexes know: one query per status, for each status has its own stretch of the index
    in order, while several asked for at once would have to be sorted."""
    runs = _in_time(Execution.objects.all(), filters)
    if filters.pattern_id:
        runs = runs.filter(pattern_id=filters.pattern_id)
    elif not _are_rare(filters):
        return [runs]
    return [runs.filter(status=str(status)) for status in sorted(set(filters.statuses))] or [runs]


def _are_rare(filters: Filters) -> bool:
    """Whether only statuses are asked for that an index over all patterns knows; see Execution.Meta."""
    return RARE.issuperset(filters.statuses)


def _in_time(runs: QuerySet[Execution], filters: Filters) -> QuerySet[Execution]:
    if filters.since:
        runs = runs.filter(id__gte=first_id(filters.since))
    if filters.until:
        runs = runs.filter(id__lt=first_id(filters.until, later_ms=1))
    return runs


def _unindexed(filters: Filters) -> Q:
    wanted = Q()
    if filters.statuses and not filters.pattern_id and not _are_rare(filters):
        wanted &= Q(status__in=[str(status) for status in filters.statuses])
    if filters.trigger:
        wanted &= Q(trigger=filters.trigger)
    if filters.mode:
        wanted &= Q(mode=filters.mode)
    if filters.error_type:
        wanted &= Q(error_type=filters.error_type)
    if filters.error_node:
        wanted &= Q(error_node_id=filters.error_node)
    if filters.version is not None:
        wanted &= Q(version_number=filters.version)
    return wanted & _lasting(filters) & _holding(filters)


def _lasting(filters: Filters) -> Q:
    """By the duration of what has ended."""
    took, wanted = F("ended_at") - F("started_at"), Q()
    if filters.min_ms is not None:
        wanted &= Q(GreaterThanOrEqual(took, timedelta(milliseconds=filters.min_ms)))
    if filters.max_ms is not None:
        wanted &= Q(LessThanOrEqual(took, timedelta(milliseconds=filters.max_ms)))
    return wanted


def _reads_values(filters: Filters) -> bool:
    """Whether what a run holds must be looked at, besides what the database can tell of it."""
    return bool(filters.q or filters.matches or filters.error_like)


def _holding(filters: Filters) -> Q:
    """What may hold the texts and values that are looked for; `_seen_to_pass` says whether it does."""
    wanted = Q()
    if filters.q:
        wanted &= _text(filters.q)
    for match in filters.matches:
        if match.root == "error":
            column = ERRORS.get(match.key)
            wanted &= Q(**{f"{column}__icontains": match.needle}) if column and match.needle else Q()
            continue
        for part in filter(None, (match.needle, _in_json(match.key))):
            wanted &= Q(**{f"{match.root}__icontains": part})
    return wanted


def _text(q: str) -> Q:
    """`q` in the error as it reads, or in event and result as their JSON texts have it."""
    in_json = _in_json(q)
    return Q(error_message__icontains=jsontext.clean(q)) | Q(event__icontains=in_json) | Q(result__icontains=in_json)


def _in_json(text: str) -> str:
    return jsontext.dumps(text)[1:-1]


# --- What people may see of a run -----------------------------------------------------------------------------------
def _seen_to_pass(rows: QuerySet[Execution], filters: Filters) -> Iterator[UUID]:
    """The ids of the runs whose event, result and error, with the secrets masked, hold what is looked for."""
    texts = {name: Left(name, SEARCHED, output_field=TextField()) for name in BIG_FIELDS}
    found = rows.values_list("id", *ERRORS.values(), *texts.values())
    for row_id, *error, event, result in found.iterator(READ_AT_ONCE):
        seen = {"event": masked_start_of_json(event), "result": masked_start_of_json(result)}
        said = dict(zip(ERRORS, map(masked, error), strict=True))
        if filters.error_like and likeness(said["message"]) != filters.error_like:
            continue
        if _has_text(filters.q, said["message"], seen) and _has_values(filters.matches, said, seen):
            yield row_id


def _has_text(q: str, message: str, seen: Mapping[str, str]) -> bool:
    wanted = _in_json(q).casefold()
    in_data = any(wanted in text.casefold() for text in seen.values())
    return in_data or jsontext.clean(q).casefold() in message.casefold()


def _has_values(matches: tuple[Match, ...], error: Mapping[str, str], seen: Mapping[str, str]) -> bool:
    if not matches:
        return True
    values = {"error": error, **{name: _read(text) for name, text in seen.items()}}
    return all(match.holds(values) for match in matches)


def _read(text: str) -> Any:
    try:
        return jsontext.loads(text)
    except ValueError:  # one that was longer than what is searched
        return None
