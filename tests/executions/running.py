"""Running graphs with the engine alone: no database, no worker."""

from dataclasses import dataclass, field
from typing import Any

import patterns.nodes  # noqa: F401 (fills the registry)
from executions.engine import Again, Ended, Limits, Run, Waiting
from executions.fiber import Fiber
from executions.journal import Entry, Journal
from executions.status import Status
from patterns.compiler import compile_graph
from patterns.context import Connection, Environment, ExecutionInfo, NodeError, Response, State
from patterns.pins import Interface
from tests.patterns.nodes.calling import Memory

INFO = ExecutionInfo("e1", "p1", "Orders", 1, 1, "live", "manual")


@dataclass
class Host:
    """A host that remembers what it was asked."""

    responses: list[Response] = field(default_factory=list)
    effects: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    status: Status | None = None
    verdict: Again | Status = Status.FAILED
    after: list[int] = field(default_factory=list)
    given: Environment = field(default_factory=Environment)
    kept: State = field(default_factory=Memory)
    connections: dict[str, Connection] = field(default_factory=dict)

    def before_effect(self, fiber: Fiber, blocks: bool) -> None:
        self.effects.append(fiber.step_id)

    def after_effect(self) -> None:
        self.after.append(len(self.effects))

    def look(self, is_acting: bool) -> Status | None:
        return self.status

    def judge(self, run: Run, error: NodeError) -> Again | Status:
        return self.verdict

    def environment(self, run: Run) -> Environment:
        return self.given

    def connection(self, name: str) -> Connection:
        return self.connections[name]

    def state(self, fiber: Fiber) -> State:
        return self.kept

    def open_hook(self, fiber: Fiber, key: str) -> str:
        return f"http://localhost/{key}"

    def drop(self, fiber: Fiber) -> None:
        self.dropped.append(fiber.key)

    def respond(self, fiber: Fiber, response: Response) -> None:
        self.responses.append(response)
        self.effects.append(fiber.step_id)


@dataclass
class Ran:
    """A run that has gone as far as it could."""

    run: Run
    state: Ended | Again | Waiting
    host: Host
    entries: list[Entry]

    @property
    def status(self) -> Status:
        assert isinstance(self.state, Ended), self.state
        return self.state.status

    @property
    def result(self) -> Any:
        assert isinstance(self.state, Ended), self.state
        return self.state.result

    @property
    def error(self) -> Any:
        assert isinstance(self.state, Ended), self.state
        return self.state.error

    @property
    def nodes(self) -> list[str]:
        """The names of the nodes in the log, in order."""
        return [entry.node_name for entry in self.entries]

    @property
    def messages(self) -> list[str]:
        """What Log nodes have said."""
        return [e.message for e in self.entries if e.message and e.error is None and "~" not in e.key]

    @property
    def errors(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.level == "error"]

    def of(self, name: str) -> list[Entry]:
        return [entry for entry in self.entries if entry.node_name == name]


def run(
    graph: dict[str, Any],
    event: Any = None,
    *,
    interfaces: dict[str, Interface] | None = None,
    journal: Journal | None = None,
    limits: Limits | None = None,
    host: Host | None = None,
) -> Ran:
    """Compile and run a graph to its end, or to its first call."""
    host, journal = host or Host(), journal or Journal()
    started = Run(compile_graph(graph, interfaces or {}), event, INFO, journal, host, limits or Limits())
    state = started.advance()
    return Ran(started, state, host, journal.take())
