"""What a node may use of the run it is part of, and the signals by which it steers that run.

The engine implements `RunContext`; nodes know only this module.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from patterns.graph import Variable
from patterns.types import PinType, Value, convert
from patterns.values import check_items, check_length


class NodeError(Exception):
    """The work of a node failed. `type` is what Try / Catch and retry policies tell errors apart by."""

    def __init__(self, message: str, type: str = "Error", retryable: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.type = type or "Error"
        self.retryable = retryable
        self.node_id: str | None = None
        self.node_name: str | None = None

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


@dataclass(frozen=True)
class Call:
    """Returned by a node that needs another pattern's run; its outputs become the node's."""

    pattern_id: str
    inputs: Mapping[str, Value]


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


@dataclass
class Variables:
    """The variables of one run, converted to their declared types when set.

    A list that only this object has seen is appended to in place; once read it is shared and copied first. The pieces
    of a text are joined when it is read. So a loop that appends takes linear time and no value changes under a reader.
    """

    declared: Mapping[str, Variable]
    _values: dict[str, Value] = field(default_factory=dict)
    _own: set[str] = field(default_factory=set)
    _pieces: dict[str, list[str]] = field(default_factory=dict)
    _lengths: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._values = {name: initial_value(variable) for name, variable in self.declared.items()}

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
        return stored

    def append(self, name: str, item: Value) -> None:
        self._check(name)
        items = convert(self._values[name], PinType.ARRAY)
        if name not in self._own:
            items = list(items)
            self._own.add(name)
            self._values[name] = items
        check_items(len(items) + 1)
        items.append(item)

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

    def _check(self, name: str) -> None:
        if name not in self.declared:
            known = ", ".join(self.declared) or "none"
            raise NodeError(f"No variable is named “{name}”. Declared: {known}.", "UnknownVariable")


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
    def step_id(self) -> str:
        """The same for the same step of the same run, also after a replay; the Idempotency-Key of its effect."""

    def log(self, message: Value, level: str) -> None:
        """Give the entry of the current step a message and a level."""

    def volatile(self, node_id: str, make: Callable[[], Value]) -> Value:
        """A value that would differ each time it is made: made once, recorded, and read back by a replay."""

    def respond(self, response: Response) -> None:
        """Answer the request that waits for this run, if one does."""

    def respond_with(self, outputs: Mapping[str, Value]) -> None:
        """Set the result that a caller of this run gets."""

    def remaining(self) -> float:
        """Seconds until the run's time limit."""
