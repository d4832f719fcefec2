"""A run with the runs it called and those that called it, as a tree with times."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from executions.models import Execution

MAX_RUNS = 200


@dataclass(frozen=True)
class Branch:
    """One run of the tree; `left` and `width` place its bar on the time of the whole, in percent."""

    run: Execution
    depth: int
    is_this: bool
    left: float
    width: float


@dataclass(frozen=True)
class CallTree:
    branches: list[Branch]
    is_cut: bool


def of(run: Execution) -> CallTree | None:
    """The tree that `run` is a member of, in the order of the calls; None for a run that stands alone."""
    members = _members(run)
    if len(members) < 2:
        return None
    shown = members[:MAX_RUNS]
    begin, span = _frame(shown)
    branches = [_branch(member, depth, run, begin, span) for member, depth in _in_order(shown)]
    return CallTree(branches, is_cut=len(members) > MAX_RUNS)


def _members(run: Execution) -> list[Execution]:
    top = run.root_id or run.pk
    found = Execution.objects.filter(Q(pk=top) | Q(root_id=top)).select_related("pattern").order_by("id")
    columns = ("status", "waits_for", "parent", "root", "mode", "created_at", "started_at", "ended_at", "pattern__name")
    return list(found.only(*columns)[: MAX_RUNS + 1])


def _in_order(members: list[Execution]) -> list[tuple[Execution, int]]:
    """Each run followed by those it called, without recursion."""
    children: dict[Any, list[Execution]] = defaultdict(list)
    known = {member.pk for member in members}
    for member in members:
        children[member.parent_id if member.parent_id in known else None].append(member)
    stack = [(member, 0) for member in reversed(children[None])]
    ordered = []
    while stack:
        member, depth = stack.pop()
        ordered.append((member, depth))
        stack += [(child, depth + 1) for child in reversed(children[member.pk])]
    return ordered


def _frame(members: list[Execution]) -> tuple[datetime, timedelta]:
    begin = min(member.started_at or member.created_at for member in members)
    end = max((member.started_at or member.created_at) + (member.duration or timedelta()) for member in members)
    return begin, max(end - begin, timedelta(microseconds=1))


def _branch(member: Execution, depth: int, this: Execution, begin: datetime, span: timedelta) -> Branch:
    left = ((member.started_at or member.created_at) - begin) / span * 100
    width = max((member.duration or timedelta()) / span * 100, 0.6)
    left = min(left, 99.4)
    return Branch(member, depth, member.pk == this.pk, round(left, 2), round(min(width, 100 - left), 2))
