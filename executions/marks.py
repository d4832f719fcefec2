"""Names the node in hand, in memory that outlives the process: what it was about to do when it was ended."""

import functools
from collections.abc import Callable, Iterator
from mmap import mmap
from typing import Any, TypeVar
from uuid import UUID

from patterns.plan import Op, Plan, Step

BYTES = 4096
SEPARATOR = b"\x1f"
Node = TypeVar("Node", Step, Op)


def read(memory: mmap) -> tuple[str, str, str]:
    """The snapshot, the node's id and its name; empty where none was begun."""
    length = int.from_bytes(memory[:2], "big")
    words = memory[2 : 2 + length].split(SEPARATOR)
    snapshot, node_id, name = words if len(words) == 3 else (b"", b"", b"")
    return snapshot.decode(), node_id.decode(errors="replace"), name.decode(errors="replace")


def mark(plan: Plan, snapshot_id: UUID, memory: mmap) -> None:
    """Let every node of a plan name itself before its function is called. For a plan that only this process uses."""
    for step in _steps(plan):
        for op in step.ops:
            _name(op, snapshot_id, memory)
        _name(step, snapshot_id, memory)


def _name(node: Node, snapshot_id: UUID, memory: mmap) -> None:
    words = (str(snapshot_id), node.node_id, node.name)
    text = SEPARATOR.join(word.encode() for word in words)[: BYTES - 2]
    line = len(text).to_bytes(2, "big") + text
    node.function = _named(node.function, line, memory)


def _named(function: Callable[..., Any], line: bytes, memory: mmap) -> Callable[..., Any]:
    size = len(line)

    @functools.wraps(function)
    def named(*args: Any, **kwargs: Any) -> Any:
        memory[:size] = line
        return function(*args, **kwargs)

    return named


def _steps(plan: Plan) -> Iterator[Step]:
    found: set[Step] = set()
    waiting = [step for step in (plan.start, plan.on_error) if step is not None]
    while waiting:
        step = waiting.pop()
        if step not in found:
            found.add(step)
            yield step
            waiting.extend(following for following in (step.then, *step.exits.values()) if following is not None)
