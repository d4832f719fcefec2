"""The filters of a list of runs, as an address has them: lenient, for an address is typed, kept and sent around.

What cannot be read is left out of the filters and told in `problems`, by parameter; the page shows it at its field.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from executions import matching
from executions.history import Filters
from executions.status import Mode, Status, Trigger

PERIODS = {"1h": timedelta(hours=1), "24h": timedelta(days=1), "7d": timedelta(days=7), "30d": timedelta(days=30)}
NAMES = (
    "status",
    "trigger",
    "mode",
    "version",
    "within",
    "since",
    "until",
    "min",
    "max",
    "q",
    "error_type",
    "error_node",
    "error_like",
)
LONGEST, LONGEST_LIKENESS = 200, 2_000
MOST_MS = 10 * 365 * 86_400_000
UNITS_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_PART = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)\s*(ms|s|m|h|d)?\s*")

Read = TypeVar("Read")


@dataclass(frozen=True)
class Asked:
    """`params` are the parameters that hold something, as they were given: what a link to the same list repeats."""

    filters: Filters
    problems: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, list[str]] = field(default_factory=dict)

    @property
    def query(self) -> str:
        """The filters as the query of an address."""
        return _encoded(self.params)

    def without(self, name: str, value: str = "") -> str:
        """The query with one parameter less, or one value of it."""
        kept = {key: [each for each in values if each != value] for key, values in self.params.items() if key == name}
        return _encoded({**self.params, name: kept.get(name, []) if value else []})


def read(params: QueryDict, pattern_id: UUID | None = None, now: datetime | None = None) -> Asked:
    """The filters in an address, for the runs of one pattern or of all."""
    given = {name: list(filter(None, params.getlist(name))) for name in NAMES}
    reader = _Reader({name: values for name, values in given.items() if values})
    matches, words = matching.parse_all(reader.text("q"))
    since, until = reader.one("since", moment), reader.one("until", moment)
    if (period := reader.one("within", _period)) and not since:
        since = (now or timezone.now()) - period
    filters = Filters(
        pattern_id=pattern_id,
        statuses=tuple(status for status in reader.given.get("status", ()) if status in list(Status)),
        trigger=reader.one("trigger", _one_of(Trigger)) or "",
        mode=reader.one("mode", _one_of(Mode)) or "",
        version=reader.one("version", _number),
        since=since,
        until=until,
        min_ms=reader.one("min", duration_ms),
        max_ms=reader.one("max", duration_ms),
        q=words,
        matches=matches,
        error_type=reader.text("error_type"),
        error_node=reader.text("error_node"),
        error_like=reader.text("error_like", LONGEST_LIKENESS),
    )
    return Asked(filters, reader.problems, reader.given)


def _encoded(params: Mapping[str, list[str]]) -> str:
    made = QueryDict(mutable=True)
    for name, values in params.items():
        made.setlist(name, values)
    return made.urlencode()


class _Reader:
    def __init__(self, given: Mapping[str, list[str]]) -> None:
        self.given = given
        self.problems: dict[str, str] = {}

    def text(self, name: str, longest: int = LONGEST) -> str:
        return self.given.get(name, [""])[-1].strip()[:longest]

    def one(self, name: str, reads: Callable[[str], Read]) -> Read | None:
        if not (text := self.text(name)):
            return None
        try:
            return reads(text)
        except ValueError as error:
            self.problems[name] = str(error)
            return None


def duration_ms(text: str) -> int:
    """500ms, 2s, 1m 30s, 1.5h; a bare number is seconds. Raises ValueError."""
    parts = _PART.findall(text) if _PART.sub("", text) == "" else []
    total = round(sum(float(number) * UNITS_MS[unit or "s"] for number, unit in parts))
    if not parts or total > MOST_MS:
        raise ValueError("Write a duration like 500ms, 2s or 1m 30s.")
    return total


def moment(text: str) -> datetime:
    """ISO 8601; without a zone it is UTC. Raises ValueError."""
    try:
        found = parse_datetime(text)
        if found is None:
            found = parse_datetime(f"{text}T00:00")
        if found is not None:
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise ValueError("Write a time like 2026-03-14T15:09.")


def _period(text: str) -> timedelta:
    if text not in PERIODS:
        raise ValueError(f"Choose one of {', '.join(PERIODS)}.")
    return PERIODS[text]


def _one_of(choices: Any) -> Callable[[str], str]:
    def reads(text: str) -> str:
        if text not in list(choices):
            raise ValueError(f"Choose one of {', '.join(choices)}.")
        return text

    return reads


def _number(text: str) -> int:
    number = text.lower().removeprefix("v")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise ValueError("Write a version like 3.")
    return int(number)
