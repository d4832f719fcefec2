"""A run's log as people read it: entries page by page with a line of output each, their data when one is opened."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from itertools import pairwise
from operator import or_
from typing import Any
from urllib.parse import urlencode

from django.db.models import CharField, Q, QuerySet
from django.db.models.functions import Left

from dragops_site import jsontext, jsontree
from executions.keys import branches, is_wait
from executions.models import Execution, LogEntry
from executions.status import UNSUCCESSFUL, Status

PAGE_SIZE = 200
LED_BY = 20  # entries that are shown before one that an address names
END = 2**31 - 1  # no entry has a higher number
SUMMARY = 300
LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True)
class Line:
    """One entry in the list: what the row says, not its data."""

    seq: int
    node_id: str
    node_name: str
    level: str
    text: str
    error_type: str
    attempt: int
    is_void: bool  # a later attempt has done it again, or is going to
    at: Any
    duration_us: int | None
    calls: Execution | None = None
    branches: tuple[int, ...] = ()
    waits_until: datetime | None = None
    begins_attempt: bool = False


@dataclass(frozen=True)
class Look:
    """Which part of a log is looked at: a page of what matches, past `after`, or the last page of what is before
    `before`."""

    level: str = ""  # at least
    q: str = ""
    after: int = 0
    before: int | None = None

    @property
    def is_whole(self) -> bool:
        return not (self.level or self.q or self.after or self.before)

    @property
    def filters(self) -> str:
        """For an address, behind its other parameters."""
        chosen = {name: value for name, value in (("level", self.level), ("q", self.q)) if value}
        return f"&{urlencode(chosen)}" if chosen else ""


@dataclass(frozen=True)
class LogPage:
    look: Look = field(default_factory=Look)
    entries: list[Line] = field(default_factory=list)
    has_earlier: bool = False
    has_more: bool = False

    @property
    def first(self) -> int:
        return self.entries[0].seq if self.entries else self.look.after + 1

    @property
    def after(self) -> int:
        """Where the next page begins."""
        return self.entries[-1].seq if self.entries else self.look.after


def page(run: Execution, look: Look) -> LogPage:
    """Up to PAGE_SIZE entries."""
    rows = _backward(run, look) if look.before is not None else list(_rows(run, look)[: PAGE_SIZE + 1])
    is_cut = len(rows) > PAGE_SIZE
    shown = rows[-PAGE_SIZE:] if look.before is not None else rows[:PAGE_SIZE]
    called = _called(run, [row["key"] for row in shown])
    attempts = [_attempt_before(run, look, shown), *(row["attempt"] for row in shown)]
    new = [here > before for before, here in pairwise(attempts)]
    lines = [_line(run, row, called.get(row["key"]), is_new) for row, is_new in zip(shown, new, strict=True)]
    if look.before is not None:
        return LogPage(look, lines, has_earlier=is_cut, has_more=look.before < END)
    return LogPage(look, lines, has_earlier=look.after > 0, has_more=is_cut)


def far(run: Execution, look: Look) -> LogPage:
    """No entries, only where one was: more come as long as the run goes on."""
    return LogPage(look, has_earlier=look.after > 0, has_more=not run.is_ended)


def around(seq: int) -> int:
    """After which entry a page begins that shows this one with some that led to it."""
    return max(0, seq - LED_BY) if seq > PAGE_SIZE - LED_BY else 0


def _rows(run: Execution, look: Look) -> QuerySet[LogEntry, dict[str, Any]]:
    rows = LogEntry.objects.filter(execution_id=run.pk, seq__gt=look.after).order_by("seq")
    if look.level:
        rows = rows.filter(level__in=LEVELS[LEVELS.index(look.level) :])
    if look.q:
        rows = rows.filter(_holding(look.q))
    # The values may be large, so only their beginnings leave the database.
    heads = {"head": Left("output", SUMMARY, output_field=CharField()), "said": Left("message", SUMMARY)}
    columns = ("seq", "key", "node_id", "node_name", "level", "error_type", "attempt", "is_void", "at", "duration_us")
    return rows.annotate(**heads).values(*columns, "head", "said")


def _backward(run: Execution, look: Look) -> list[dict[str, Any]]:
    rows = _rows(run, look).filter(seq__lt=look.before).order_by("-seq")
    return list(rows[: PAGE_SIZE + 1])[::-1]


def _holding(q: str) -> Q:
    """In what can be read of an entry: its values are texts of JSON, in which secrets are masked already."""
    text, in_json = jsontext.clean(q), jsontext.dumps(q)[1:-1]
    read = [Q(**{f"{column}__icontains": text}) for column in ("node_name", "message", "error_type")]
    return reduce(or_, read, Q(output__icontains=in_json) | Q(inputs__icontains=in_json))


def _attempt_before(run: Execution, look: Look, shown: list[dict[str, Any]]) -> int:
    """The attempt of the last entry that is not shown, so that a page that begins with a new one says so."""
    if not shown or shown[0]["attempt"] == 1 or (look.before is None and not look.after):
        return 1
    earlier = LogEntry.objects.filter(execution_id=run.pk, seq__lt=shown[0]["seq"]).order_by("-seq")
    return earlier.values_list("attempt", flat=True).first() or 1


def _line(run: Execution, row: dict[str, Any], calls: Execution | None, begins_attempt: bool) -> Line:
    summary, message, key = _summary(row.pop("head")), row.pop("said"), row.pop("key")
    row["is_void"] = row["is_void"] and row["attempt"] < run.attempt
    return Line(
        **row,
        text=message or summary,
        calls=calls,
        branches=branches(key),
        waits_until=_moment_in(message) if is_wait(key) else None,
        begins_attempt=begins_attempt,
    )


def _moment_in(message: str) -> datetime | None:
    """When a wait ends, as the journal has written it: “Waits until 2026-07-01T12:00:00.000Z.”"""
    try:
        return datetime.fromisoformat(message.rstrip(".").rpartition(" ")[2])
    except ValueError:
        return None


def _called(run: Execution, keys: list[str]) -> dict[str, Execution]:
    children = Execution.objects.filter(parent=run, parent_key__in=keys).select_related("pattern")
    return {child.parent_key: child for child in children.only("status", "parent_key", "pattern__name")}


def _summary(head: str) -> str:
    """One line that tells the output: `result: 42 · ok: true`, or its beginning as it is stored."""
    if len(head) >= SUMMARY:
        return head.removeprefix("{")
    try:
        value = jsontext.loads(head) if head else {}
    except ValueError:
        return head
    if not isinstance(value, dict):
        return head
    return " · ".join(f"{pin}: {_short(item)}" for pin, item in value.items())


def _short(value: Any) -> str:
    token = next(jsontree.tokens(value)) if not isinstance(value, dict | list) else None
    if token is not None:
        return token.text
    special = value.get("$cut") if isinstance(value, dict) else None
    if isinstance(special, dict) and "size" in special:
        size = special["size"]
        return f"cut, {jsontree.size_text(size)} in all" if isinstance(size, int) else "cut"
    return jsontext.clean(jsontext.dumps(value))


# --- One entry, opened ----------------------------------------------------------------------------------------------
def whole_entries() -> QuerySet[LogEntry]:
    return LogEntry.objects.select_related("execution__pattern").only(
        *("seq", "node_id", "node_name", "level", "message", "inputs", "output", "error_type", "attempt", "at"),
        *("key", "duration_us", "execution__status", "execution__pattern__name"),
    )


def opened(entry: LogEntry) -> dict[str, Any]:
    """An entry with its inputs and outputs as values."""
    return {"row": entry, "inputs": _value(entry.inputs), "output": _value(entry.output)}


def failing_entry(run: Execution) -> dict[str, Any] | None:
    """The last entry of the node that a failed run names, opened; None when there is none."""
    if Status(run.status) not in UNSUCCESSFUL or not run.error_node_id:
        return None
    entries = whole_entries().filter(execution_id=run.pk, node_id=run.error_node_id)
    found = entries.filter(level="error").order_by("-seq").first() or entries.order_by("-seq").first()
    return opened(found) if found else None


def _value(text: str) -> Any:
    try:
        return jsontext.loads(text) if text else {}
    except ValueError:
        return text
