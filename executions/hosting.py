"""What the engine and whoever runs it say to each other."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from executions.status import Status
from patterns.context import Call, NodeError, Response
from patterns.types import Value

if TYPE_CHECKING:
    from executions.engine import Run


@dataclass(frozen=True)
class Limits:
    """What a run may use: seconds, steps, open flow nodes."""

    seconds: float = 300
    steps: int = 10_000_000
    depth: int = 1_000


@dataclass(frozen=True)
class Ended:
    status: Status
    result: Value = None
    error: NodeError | None = None


@dataclass(frozen=True)
class Waiting:
    """The run cannot go on without the outcome of a call; `key` is the step that made it."""

    call: Call
    key: str


class Host(Protocol):
    """Whatever runs the engine."""

    def before_effect(self, run: "Run", blocks: bool) -> None:
        """An effect is about to start. The journal must be written if it holds an outcome."""

    def look(self, run: "Run") -> Status | None:
        """Called every so often between two steps; a status ends the run with it."""

    def respond(self, run: "Run", response: Response) -> None:
        """Answer the request that waits for the run."""
