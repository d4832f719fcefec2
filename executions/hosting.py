"""What the engine and whoever runs it say to each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from executions.status import Status
from patterns.context import Call, Connection, Environment, Listen, NodeError, Response, Sleep, State
from patterns.types import Value

if TYPE_CHECKING:
    from executions.engine import Run
    from executions.fiber import Fiber


@dataclass(frozen=True)
class Limits:
    """What a run may use: seconds (all of them, or what is left of a `total`), steps, open flow nodes."""

    seconds: float = 300
    steps: int = 10_000_000
    depth: int = 1_000
    total: float | None = None


@dataclass(frozen=True)
class Ended:
    status: Status
    result: Value = None
    error: NodeError | None = None


@dataclass(frozen=True)
class Again:
    """The attempt has failed, and another is to follow after so many seconds: where it failed, or from the start."""

    error: NodeError
    delay_s: float
    anew: bool = False


@dataclass(eq=False)
class Asked:
    """What a step of the run waits for: a callee, a moment (`due`, seconds since the epoch), or a request."""

    request: Call | Sleep | Listen
    key: str
    node_id: str
    fiber: "Fiber"
    due: float | None = None

    @property
    def wakes_at(self) -> float | None:
        """When the run must go on at the latest: at `due`, or when the time of a Timeout node around it is over."""
        moments = [moment for moment in (self.due, self.fiber.limit) if moment is not None]
        return min(moments, default=None)


@dataclass(frozen=True)
class Waiting:
    """The run cannot go on, or not everywhere, until something that it asked for is answered.

    While `is_acting` it must not be parked, because an effect is under way: serve what is new, and `advance` again.
    """

    asked: Sequence[Asked]
    is_acting: bool = False


class Host(Protocol):
    """Whatever runs the engine."""

    def before_effect(self, fiber: "Fiber", blocks: bool) -> None:
        """An effect is about to start. The journal must be written if it holds an outcome."""

    def after_effect(self) -> None:
        """An effect that acts has ended and stands in the journal, which must be written before anything follows."""

    def look(self, is_acting: bool) -> Status | None:
        """Called every so often, between two steps and while it waits here; a status ends the run."""

    def judge(self, run: "Run", error: NodeError) -> Again | Status:
        """Whether an error that nothing in the graph has caught ends the run, and how, or another attempt follows."""

    def environment(self, run: "Run") -> Environment:
        """The variables and secrets of the run's pattern."""

    def connection(self, name: str) -> Connection:
        """The connection of this name. Called from the thread of an effect. Raises NodeError where there is none."""

    def state(self, fiber: "Fiber") -> State:
        """What the runs of the pattern have kept. A change is written together with the entry of the step in hand."""

    def open_hook(self, fiber: "Fiber", key: str) -> str:
        """The address of the one-time hook of a step; the same each time."""

    def drop(self, fiber: "Fiber") -> None:
        """The step in hand is given up: nobody waits any more for what it has called, or for its hook."""

    def respond(self, fiber: "Fiber", response: Response) -> None:
        """Answer the request that waits for the run."""
