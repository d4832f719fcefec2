"""Lines of a run that go on at the same time: started, counted, and put together again when all have ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from patterns.context import Break, Continue, NodeError, TimedOut, Together, Variables
from patterns.plan import Step
from patterns.types import Value

if TYPE_CHECKING:
    from executions.fiber import Fiber


@dataclass(frozen=True)
class _Ended:
    """What a branch leaves behind."""

    slots: Mapping[int, Any]  # what it changed
    variables: Variables
    last: Step | None
    outputs: Value
    raised: Exception | None


class Fork:
    """The branches of one Together. Each has its own values and variables, so that none sees how far the others are:
    a replay, whose effects take no time, comes to the same. When all have ended, what they did is done to the whole in
    the order of the branches."""

    def __init__(self, fiber: "Fiber", together: Together) -> None:
        self.together = together
        self._base = list(fiber.values)
        self._ended: dict[int, _Ended] = {}
        self._running: dict[Fiber, int] = {}
        self._started = 0

    @property
    def is_over(self) -> bool:
        return len(self._ended) == len(self.together.branches)

    def start(self, fiber: "Fiber") -> "list[Fiber]":
        """The branches that may start now."""
        new = []
        while self._started < len(self.together.branches) and len(self._running) < self.together.limit:
            branch = fiber.branch(self._started, *self.together.branches[self._started])
            self._running[branch] = self._started
            self._started += 1
            new.append(branch)
        return new

    def end(self, branch: "Fiber") -> None:
        """A branch has come to its end."""
        slots = {at: value for at, value in enumerate(branch.values) if at and value is not self._base[at]}
        outputs = branch.last.outputs(branch.values) if branch.last else None
        self._ended[self._running.pop(branch)] = _Ended(
            slots, branch.variables, branch.last, outputs, self._raised(branch)
        )

    def join(self, fiber: "Fiber") -> list[Value]:
        """Put together what the branches did; their outputs in order. Raises what ended one of them."""
        ended = [self._ended[position] for position in sorted(self._ended)]
        for branch in ended:
            for slot, value in branch.slots.items():
                fiber.values[slot] = value
            fiber.variables.join(branch.variables)
            fiber.last = branch.last or fiber.last
        if raised := [branch.raised for branch in ended if branch.raised is not None]:
            raise _worst(raised)
        return [branch.outputs for branch in ended]

    def _raised(self, branch: "Fiber") -> Exception | None:
        if self.together.is_loop and isinstance(branch.raised, Continue):
            return None
        if self.together.is_loop and isinstance(branch.raised, Break):
            return branch.outside_of_loops(branch.raised, "cannot end passes that run at the same time")
        return branch.raised


def _worst(raised: list[Exception]) -> Exception:
    """A Timeout node around them all, else the first in order. A further attempt goes on at every step that failed."""
    late = [each for each in raised if isinstance(each, TimedOut)]
    first = (late or raised)[0]
    if isinstance(first, NodeError):
        first.roots = tuple(root for each in raised if isinstance(each, NodeError) for root in each.roots)
    return first
