"""Where a worker process is killed: at a point of its life, by itself, so that nothing happens after that point.

The product runs unchanged. It is only watched: at each point the process writes to its standard output what has
happened, and sends itself SIGKILL at the one it was told.
"""

import os
import signal
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from threading import current_thread, main_thread
from typing import Any

STEP = "step"  # before a step does anything, or a flow node goes on
NEW_STEP = "new step"  # before each step at which no earlier worker of the run was killed
ANSWER = "answer"  # an effect was answered, and nothing is written of it yet
COMMITTING = "before a commit"
COMMITTED = "after a commit"
EFFECT = "effect"  # the request has arrived and is not answered; here it is the server that kills
NEW_EFFECT = "new effect"  # the same, for every request that has not arrived before
POINTS = (STEP, ANSWER, COMMITTING, COMMITTED)
BY_THE_SERVER = (EFFECT, NEW_EFFECT)


@dataclass(frozen=True)
class Kill:
    """The point and its number in the life of the process, from 1."""

    point: str
    number: int

    def __str__(self) -> str:
        return f"{self.point} {self.number}"


class Fate:
    """Counts the points that this process passes, and ends it at one of them."""

    def __init__(self, kill: Kill | None, passed: Collection[str], say: Callable[[str], None]) -> None:
        """`passed` are the steps at which workers were killed before."""
        self.counts: Counter[str] = Counter()
        self._kill = kill
        self._passed = passed
        self._say = say

    def meet(self, point: str) -> None:
        self.counts[point] += 1
        if self._kill == Kill(point, self.counts[point]):
            os.kill(os.getpid(), signal.SIGKILL)

    def meet_step(self, step: str) -> None:
        self.meet(STEP)
        if step not in self._passed:
            self._say(f"passes {step}")
            self.meet(NEW_STEP)

    def begins(self, effect: str) -> None:
        """From now on it is in flight, until nothing of it can be lost."""
        self._say(f"+ {effect}")

    def ends(self, effect: str) -> None:
        self._say(f"- {effect}")


def watch(fate: Fate) -> None:
    """Let the engine of this process meet its fate."""
    from django.db.backends.base.base import BaseDatabaseWrapper

    from executions.batch import Batch
    from executions.fiber import Fiber

    _wrap(Fiber, "_enter", after=lambda fiber, step: fate.meet_step(_place(fiber)))
    _wrap(Fiber, "_prepare", after=lambda fiber, frame: fate.meet_step(_place(fiber)))
    _wrap(Batch, "before_effect", after=lambda batch, fiber, blocks: fate.begins(fiber.step_id))
    _wrap(Batch, "after_effect", before=lambda *_: fate.meet(ANSWER))
    _wrap(Fiber, "_finish_effect", after=lambda fiber, step, outcome: fate.ends(fiber.step_id))
    _wrap(
        BaseDatabaseWrapper, "_commit", lambda _: _meet_alone(fate, COMMITTING), lambda _: _meet_alone(fate, COMMITTED)
    )


def _place(fiber: Any) -> str:
    """A step by its pattern, because a callee that has done nothing may be made anew under another id."""
    return str(fiber.step_id.replace(fiber.info.execution_id, fiber.info.pattern_id))


def _meet_alone(fate: Fate, point: str) -> None:
    """What other threads commit (the heartbeat, the clock) comes at any time and has no number."""
    if current_thread() is main_thread():
        fate.meet(point)


def _nothing(*_: Any) -> None:
    return None


def _wrap(
    owner: type, name: str, before: Callable[..., None] = _nothing, after: Callable[..., None] = _nothing
) -> None:
    original = getattr(owner, name)

    def watched(*args: Any, **more: Any) -> Any:
        before(*args)
        try:
            return original(*args, **more)
        finally:
            after(*args)

    setattr(owner, name, watched)
