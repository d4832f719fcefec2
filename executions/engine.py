"""The engine: runs a plan, along one line of steps or several at a time.

It knows no database. What it cannot do alone (wait for a callee or a moment, write the journal) it asks of its host, or
returns as `Waiting`.
"""

from collections import deque
from functools import cached_property
from threading import Event
from time import perf_counter, time
from typing import Any

from executions.fiber import LOOK_EVERY_S, Fiber
from executions.hosting import Again, Asked, Ended, Host, Limits, Waiting
from executions.journal import Entry, Journal
from executions.linelog import Halt
from executions.status import Status
from patterns.context import Environment, ExecutionInfo, NodeError, Sleep, Variables
from patterns.plan import Plan, Step
from patterns.types import Value

SERVE_EVERY_S = 0.5  # how often the host looks after callees and hooks while an effect is under way


class Run:
    """One execution in memory: its lines, which of them can go on, and how it ends."""

    def __init__(
        self, plan: Plan, event: Value, info: ExecutionInfo, journal: Journal, host: Host, limits: Limits
    ) -> None:
        self.plan = plan
        self.event = event
        self.info = info
        self.journal = journal
        self.host = host
        self.limits = limits
        self.lineage = f"{info.execution_id}.{info.epoch}" if info.epoch else info.execution_id
        self.steps = 0
        self.failure: NodeError | None = None
        self.wake = Event()  # set when an effect has ended
        self._verdict = Status.FAILED
        self._result: Value = None
        self._has_result = False
        now = perf_counter()
        self.epoch = time() - now  # of the clock that measures durations
        self._deadline = now + limits.seconds
        self._serve_at = 0.0
        self._root = Fiber(self, list(plan.template), Variables(plan.variables))
        self._current = self._root
        self._ready = deque([self._root])
        self._waiting: list[Fiber] = []  # for an effect, or for an answer

    # --- What the host uses ---------------------------------------------------------------------------------------

    def advance(self, rest_until: float | None = None) -> Ended | Again | Waiting:
        """Run until the end, or until something must be answered. Then `answer` what can be, and call again.

        `rest_until` (seconds since the epoch) waits here so long before.
        """
        try:
            if rest_until is not None:
                self._rest(rest_until)
            return self._turn()
        except Halt as halt:
            self.abandon()
            return halt.ended
        except BaseException:
            self.abandon()
            raise

    def answer(self, asked: Asked, value: Any) -> None:
        """Give what was asked for: of a Call its Outcome, of a Listen the event or None."""
        asked.fiber.answer(value)
        self._wake_up(asked.fiber)

    def abandon(self) -> None:
        """Wait no longer for effects that are under way."""
        for fiber in self._waiting:
            if fiber.effect:
                fiber.effect.abandon()

    @property
    def variables(self) -> Variables:
        """Those of its first line."""
        return self._root.variables

    def remaining(self) -> float:
        """Seconds until the time limit."""
        return self._deadline - perf_counter()

    def extend(self, seconds: float) -> None:
        """Put off the time limit."""
        self._deadline += seconds

    @property
    def node(self) -> Step:
        """The node in hand, or the last one that was."""
        return self._current.node

    # --- What its lines use ---------------------------------------------------------------------------------------

    @cached_property
    def environment(self) -> Environment:
        return self.host.environment(self)

    def set_result(self, result: Value) -> None:
        self._result, self._has_result = result, True

    def look(self, fiber: Fiber, is_acting: bool = False) -> None:
        """See whether the run may go on; called between two steps and while it waits. Raises Halt."""
        self.steps += fiber.steps
        fiber.steps = 0
        if self.remaining() < 0:
            message = f"The run passed its time limit of {self.limits.total or self.limits.seconds:g} s."
            self._halt(fiber, Status.TIMEOUT, NodeError(message, "Timeout"))
        if self.steps > self.limits.steps:
            limit = self.limits.steps
            message = f"The run passed its limit of {limit:,} steps; does an exec wire lead back for ever?"
            self._halt(fiber, Status.FAILED, NodeError(message, "StepLimit"))
        if status := self.host.look(is_acting):
            raise Halt(Ended(status))

    def fail(self, error: NodeError) -> None:
        """Nothing in the graph has caught an error: raises Halt, unless On Error is to run first."""
        if self.failure is None:
            verdict = self.host.judge(self, error)
            if isinstance(verdict, Again):
                raise Halt(verdict)
            self._verdict, self.failure = verdict, error
            if self.plan.on_error is not None:
                return
        raise Halt(Ended(self._verdict, error=self.failure))

    # --- Lines ----------------------------------------------------------------------------------------------------

    def _turn(self) -> Waiting:
        while True:
            while self._ready:
                self._go_on(self._ready.popleft())
            if self._collect():
                continue
            asked = [fiber.asked for fiber in self._waiting if fiber.asked]
            is_acting = any(fiber.effect for fiber in self._waiting)
            if not is_acting or self._must_serve(asked):
                return Waiting(asked, is_acting)
            self._wait(self._pause(time()))

    def _go_on(self, fiber: Fiber) -> None:
        self._current = fiber
        if not fiber.go_on():
            if fiber.fork:
                self._start(fiber)
            else:
                self._waiting.append(fiber)
        elif fiber.parent is None:
            raise Halt(self._at_end())
        else:
            self.steps += fiber.steps
            assert fiber.parent.fork is not None  # noqa: S101  it waits for its branches
            fiber.parent.fork.end(fiber)
            self._start(fiber.parent)

    def _start(self, fiber: Fiber) -> None:
        """Start the branches of a fork that may start now; after the last one, what follows."""
        assert fiber.fork is not None  # noqa: S101
        self._ready.extend(fiber.fork.start(fiber))
        if fiber.fork.is_over:
            self._ready.append(fiber)

    def _collect(self) -> bool:
        """Wake the lines whose effect has ended, whose moment has come, or whose time is over; whether any can."""
        now = time()
        for fiber in list(self._waiting):
            if fiber.effect and fiber.effect.is_over:
                self._wake_up(fiber)
            elif fiber.is_late(now):
                fiber.interrupt()
                self._wake_up(fiber)
            elif fiber.asked and isinstance(fiber.asked.request, Sleep) and _is_due(fiber.asked, now):
                self.answer(fiber.asked, None)
        return bool(self._ready)

    def _wake_up(self, fiber: Fiber) -> None:
        self._waiting.remove(fiber)
        self._ready.append(fiber)

    def _must_serve(self, asked: list[Asked]) -> bool:
        """Whether it is time to return although an effect is under way, so that callees and hooks are seen to."""
        now = perf_counter()
        if now < self._serve_at or all(isinstance(each.request, Sleep) for each in asked):
            return False
        self._serve_at = now + SERVE_EVERY_S
        return True

    def _rest(self, until: float) -> None:
        while (left := until - time()) > 0:
            self._wait(min(left, LOOK_EVERY_S))

    def _pause(self, now: float) -> float:
        moments = [fiber.asked.wakes_at for fiber in self._waiting if fiber.asked]
        return max(0.0, min([LOOK_EVERY_S, *(moment - now for moment in moments if moment is not None)]))

    def _wait(self, seconds: float) -> None:
        self.wake.wait(seconds)
        self.wake.clear()
        acting = [fiber for fiber in self._waiting if fiber.effect]
        if not any(fiber.effect and fiber.effect.is_over for fiber in acting):
            self.look((acting or self._waiting)[0], is_acting=bool(acting))

    # --- Ends -----------------------------------------------------------------------------------------------------

    def _halt(self, fiber: Fiber, status: Status, error: NodeError) -> None:
        fiber.fail(error)
        raise Halt(Ended(status, error=error))

    def _at_end(self) -> Ended:
        if self.failure is not None:
            return Ended(self._verdict, error=self.failure)
        if not self._has_result and self._root.last is not None:
            self._result = self._root.last.outputs(self._root.values)
        return Ended(Status.COMPLETED, self._result)


def _is_due(asked: Asked, now: float) -> bool:
    return asked.due is not None and asked.due <= now


__all__ = ["Again", "Asked", "Ended", "Entry", "Host", "Limits", "Run", "Waiting"]
