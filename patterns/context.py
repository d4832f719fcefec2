"""What a node may use of the run it is part of, and the signals by which it steers that run.

The engine implements `RunContext`; nodes know only this module.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from patterns.graph import Variable
from patterns.types import PinType, Value, convert, to_float
from patterns.values import check_items, check_length, finite


class NodeError(Exception):
    """The work of a node failed. `type` is what Try / Catch and retry policies tell errors apart by."""

    def __init__(self, message: str, type: str = "Error", retryable: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.type = type or "Error"
        self.retryable = retryable
        self.node_id: str | None = None
        self.node_name: str | None = None
        self.roots: tuple[str, ...] = ()  # the keys of the steps from which a further attempt must go on

    def as_value(self) -> dict[str, Value]:
        """The Error object of Try / Catch and On Error."""
        return {
            "message": self.message,
            "type": self.type,
            "nodeId": self.node_id,
            "nodeName": self.node_name,
        }


class Signal(Exception):
    """Steers a run by unwinding it; not an error. `place` is the step that raised it, once that stands in the log."""

    place: Any = None


class Break(Signal):
    """End the nearest enclosing loop."""


class Continue(Signal):
    """Go on with the next pass of the nearest enclosing loop."""


class StopRun(Signal):
    """End the run as completed, with this result."""

    def __init__(self, result: Value) -> None:
        super().__init__()
        self.result = result


class TimedOut(Signal):
    """The body of a Timeout node has used up its time. `scope` is the key of that node's step."""

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope


@dataclass(frozen=True)
class Call:
    """Returned by a node that needs another pattern's run; its outputs become the node's."""

    pattern_id: str
    inputs: Mapping[str, Value]


@dataclass(frozen=True)
class Sleep:
    """Returned or yielded by a node that goes on later: after `seconds`, or at `until` (seconds since the epoch)."""

    seconds: float = 0
    until: float | None = None


@dataclass(frozen=True)
class Listen:
    """Yielded by a node that waits for a request to the address that `open_hook` gave; answered with the request's
    event, or with None when `timeout_s` is over first."""

    timeout_s: float


@dataclass(frozen=True)
class Within:
    """Yielded instead of an exit whose chain may take so many seconds; then TimedOut is raised in it."""

    exit: str
    seconds: float


@dataclass(frozen=True)
class Together:
    """Yielded for chains that run at the same time, at most `limit` at once: exits with outputs.

    Answered, when all have ended, with the outputs of each one's last node. Raises the first error in their order.
    """

    branches: Sequence[tuple[str, Mapping[str, Value]]]
    limit: int
    is_loop: bool = False  # each chain is a pass, which Continue ends


@dataclass(frozen=True)
class Response:
    """The answer that Respond to Webhook gives to the waiting request."""

    status: int
    headers: Mapping[str, Value]
    body: Value


@dataclass(frozen=True)
class ExecutionInfo:
    """What a run knows of itself."""

    execution_id: str
    pattern_id: str
    pattern_name: str
    version: int | None
    attempt: int
    mode: str
    triggered_by: str
    epoch: int = 0  # how often it has started anew


@dataclass(frozen=True)
class Environment:
    """What a deployment may use that differs from place to place: production, staging. All values are text."""

    name: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Carried:
    """What credentials add to a request."""

    headers: tuple[tuple[str, str], ...] = ()
    query: tuple[tuple[str, str], ...] = ()


class Connection(Protocol):
    """Credentials of another service. They go only where they are meant to, and nowhere else do they show."""

    def carried(self, url: str, limit_s: float) -> Carried:
        """What a request to `url` gets. Raises NodeError where it may not have them, or where they cannot be had within
        so many seconds."""

    def answered(self, status: int) -> bool:
        """Told of the status of the answer; whether to ask once more, as what was refused can be had anew."""


class State(Protocol):
    """Values under a key that outlive a run, of the run's pattern.

    A step makes one change at most, and what that answers is the step's result: the two are written together, so that
    the change is made once, however often the run is interrupted. `lasts_s` is 0 for ever.
    """

    def get(self, key: str, default: Value) -> Value:
        """What is kept under a key, or `default`."""

    def set(self, key: str, value: Value, lasts_s: float) -> Value:
        """Keep a value; returns it. Raises NodeError where the pattern has too many keys."""

    def increment(self, key: str, amount: float, lasts_s: float) -> float:
        """Add to a number, from 0 where there is none, which then begins to last. Raises ValueError as `total` does,
        and as `set`."""

    def delete(self, key: str) -> Value:
        """Forget a key; returns what it held, or None."""


@dataclass
class Variables:
    """The variables of one run, converted to their declared types when set.

    A list that only this object has seen is appended to in place; once read it is shared and copied first. The pieces
    of a text are joined when it is read. So a loop that appends takes linear time and no value changes under a reader.

    Each parallel branch works on a `fork`, so that what it reads does not depend on how far the others are, and a
    replay reads the same. `join` does on the whole what a branch did: what it set is set, what it added is added.
    """

    declared: Mapping[str, Variable]
    _values: dict[str, Value] = field(default_factory=dict)
    _own: set[str] = field(default_factory=set)
    _pieces: dict[str, list[str]] = field(default_factory=dict)
    _lengths: dict[str, int] = field(default_factory=dict)
    _done: list[tuple[Callable[..., Any], str, Any]] | None = None  # what a fork has done

    def __post_init__(self) -> None:
        if not self._values:
            self._values = {name: initial_value(variable) for name, variable in self.declared.items()}

    def fork(self) -> "Variables":
        """The same variables for a parallel branch."""
        return Variables(self.declared, {name: self.get(name) for name in self.declared}, _done=[])

    def join(self, branch: "Variables") -> None:
        """Do here what a branch has done with its fork. Raises as the change itself would."""
        for change, name, value in branch._done or ():
            change(self, name, value)

    def get(self, name: str) -> Value:
        self._check(name)
        self._own.discard(name)
        if name in self._pieces:
            self._values[name] = "".join(self._pieces.pop(name))
        return self._values[name]

    def set(self, name: str, value: Value) -> Value:
        """Store `value`, converted; returns it as stored. Raises NodeError, ConversionError."""
        self._check(name)
        self._own.discard(name)
        self._pieces.pop(name, None)
        self._values[name] = stored = convert(value, self.declared[name].type)
        self._note(Variables.set, name, stored)
        return stored

    def increment(self, name: str, amount: float) -> float:
        """Add to a number; returns what it then is. Raises NodeError, ConversionError."""
        done, self._done = self._done, None  # an addition, not the assignment that it is made of
        try:
            total = to_float(self.set(name, finite(to_float(self.get(name)) + amount)))
        finally:
            self._done = done
        self._note(Variables.increment, name, amount)
        return total

    def append(self, name: str, item: Value) -> None:
        self._check(name)
        items = convert(self._values[name], PinType.ARRAY)
        if name not in self._own:
            items = list(items)
            self._own.add(name)
            self._values[name] = items
        check_items(len(items) + 1)
        items.append(item)
        self._note(Variables.append, name, item)

    def append_text(self, name: str, text: str) -> None:
        self._check(name)
        if self.declared[name].type is not PinType.STRING:
            raise NodeError(f"The variable “{name}” is of type {self.declared[name].type}, not String.", "WrongType")
        if name not in self._pieces:
            self._pieces[name] = [self._values[name]]
            self._lengths[name] = len(self._values[name])
        check_length(self._lengths[name] + len(text))
        self._lengths[name] += len(text)
        self._pieces[name].append(text)
        self._note(Variables.append_text, name, text)

    def _note(self, change: Callable[..., Any], name: str, value: Any) -> None:
        if self._done is not None:
            self._done.append((change, name, value))

    def _check(self, name: str) -> None:
        if name not in self.declared:
            known = ", ".join(self.declared) or "none"
            message = f"Name: no variable is named “{name[:60]}”. Declared: {known[:150]}."
            raise NodeError(message, "UnknownVariable")


_EMPTY: dict[PinType, Value] = {
    PinType.STRING: "",
    PinType.INTEGER: 0,
    PinType.FLOAT: 0,
    PinType.BOOLEAN: False,
    PinType.OBJECT: {},
    PinType.ARRAY: [],
}


def initial_value(variable: Variable) -> Value:
    """A variable's default in its type, or that type's empty value. Raises ConversionError."""
    if variable.default is None:
        return _EMPTY[variable.type]
    return convert(variable.default, variable.type)


class RunContext(Protocol):
    """The run as its nodes see it."""

    variables: Variables
    info: ExecutionInfo

    @property
    def trigger(self) -> Mapping[str, Value]:
        """What has started the run: the data of its event, and the outputs of its trigger node."""

    @property
    def environment(self) -> Environment:
        """That of the pattern's deployment; an empty one where it has none. Read when it is first asked for."""

    def connection(self, name: str) -> Connection:
        """The connection of this name. Raises NodeError where there is none."""

    @property
    def state(self) -> State:
        """What the runs of the pattern have kept."""

    @property
    def step_id(self) -> str:
        """The same for the same step of the same run, also after a replay; the Idempotency-Key of its effect."""

    @property
    def place(self) -> str:
        """The key of the innermost open flow node."""

    def log(self, message: Value, level: str) -> None:
        """Give the entry of the current step a message and a level."""

    def volatile(self, node_id: str, make: Callable[[], Value]) -> Value:
        """A value that would differ each time it is made: made once, recorded, and read back by a replay."""

    def respond(self, response: Response) -> None:
        """Answer the request that waits for this run, if one does."""

    def open_hook(self) -> str:
        """The one-time address that `Listen` waits at."""

    def respond_with(self, outputs: Mapping[str, Value]) -> None:
        """Set the result that a caller of this run gets."""

    def remaining(self) -> float:
        """Seconds until the run's time limit."""
