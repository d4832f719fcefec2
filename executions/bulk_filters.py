"""Filters as a job keeps them, and as a page gives them: nothing that cannot be read may widen what is found."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import QueryDict

from dragops_site.errors import Invalid
from dragops_site.ids import parse_id
from executions import history_query
from executions.history import Filters
from executions.matching import parse
from executions.status import Status

NAMES = frozenset(each.name for each in fields(Filters))


def dumped(filters: Filters) -> dict[str, Any]:
    """As a JSON object, without what is not set."""
    found = {name: _plain(name, getattr(filters, name)) for name in sorted(NAMES)}
    return {name: value for name, value in found.items() if value not in (None, "", [])}


def loaded(found: Mapping[str, Any]) -> Filters:
    """Raises ValueError for what is no filter: one that is passed over would find everything."""
    if unknown := set(found) - NAMES:
        raise ValueError(f"{sorted(unknown)} are no filters")
    return Filters(**{name: _read(name, value) for name, value in found.items()})


def _plain(name: str, value: Any) -> Any:
    if name == "matches":
        return [match.text for match in value]
    if name == "statuses":
        return [str(status) for status in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _read(name: str, value: Any) -> Any:
    if name == "matches":
        return tuple(parse(text) for text in value)
    if name in ("since", "until"):
        return datetime.fromisoformat(value)
    return tuple(value) if name == "statuses" else value


def of_form(given: QueryDict, beside: frozenset[str]) -> Filters:
    """The filters of a list, as its form sends them: those of its address, and `pattern`. `beside` them are other
    fields of the form. Raises Invalid for anything that is not understood to the letter."""
    known = {*history_query.NAMES, "pattern", *beside}
    problems = {name[:100]: "is not known here" for name in given if name not in known}
    problems |= {name: "is too long" for name in history_query.NAMES if _is_long(given.getlist(name))}
    if unknown := [word for word in given.getlist("status") if word and word not in list(Status)]:
        problems["status"] = f"{unknown[0][:40]} is none"
    pattern_id = _pattern_id(given.get("pattern", ""), problems)
    asked = history_query.read(given, pattern_id)
    problems |= asked.problems
    if problems:
        told = "; ".join(f"{name}: {problem}" for name, problem in problems.items())
        raise Invalid(f"The filters cannot be read, so nothing was done. {told[:500]}", details=problems)
    return asked.filters


def _is_long(values: list[str]) -> bool:
    return any(len(value.strip()) > history_query.LONGEST for value in values)


def _pattern_id(text: str, problems: dict[str, str]) -> UUID | None:
    found = parse_id(text) if text else None
    if text and found is None:
        problems["pattern"] = "is not the id of a pattern"
    return found
