"""Calling nodes as a plan does: through the registry, by node type."""

from collections.abc import Callable, Mapping
from typing import Any

import patterns.nodes  # noqa: F401 (fills the registry)
from patterns import registry
from patterns.context import Environment, ExecutionInfo, Response, Variables
from patterns.graph import Variable
from patterns.state import total
from patterns.types import PinType


class Memory:
    """A state that lives as long as the test."""

    def __init__(self, **kept: Any) -> None:
        self.kept = kept

    def get(self, key: str, default: Any) -> Any:
        return self.kept.get(key, default)

    def set(self, key: str, value: Any, lasts_s: float) -> Any:
        self.kept[key] = value
        return value

    def increment(self, key: str, amount: float, lasts_s: float) -> float:
        return self.set(key, total(key, self.kept.get(key, 0), amount), lasts_s)

    def delete(self, key: str) -> Any:
        return self.kept.pop(key, None)


class Run:
    """A run that remembers what its nodes did."""

    def __init__(self, *, remaining_s: float = 300, **variables: tuple[str, Any]) -> None:
        declared = {name: Variable(name, PinType(kind), default) for name, (kind, default) in variables.items()}
        self.variables = Variables(declared)
        self.info = ExecutionInfo("e1", "p1", "Order intake", 3, 1, "live", "webhook")
        self.logged: list[tuple[Any, str]] = []
        self.responses: list[Response] = []
        self.step_id = "e1:7"
        self.trigger: dict[str, Any] = {}
        self.environment = Environment()
        self.state = Memory()
        self.remaining_s = remaining_s

    def log(self, message: Any, level: str) -> None:
        self.logged.append((message, level))

    def volatile(self, node_id: str, make: Callable[[], Any]) -> Any:
        return make()

    def respond(self, response: Response) -> None:
        self.responses.append(response)

    def respond_with(self, outputs: Mapping[str, Any]) -> None:
        """Not used here."""

    def remaining(self) -> float:
        return self.remaining_s


def call(type_name: str, *inputs: Any, run: Run | None = None, **properties: Any) -> Any:
    """The result of a node for these inputs (pins left out at the end keep their defaults) and properties."""
    node_type = registry.get(type_name)
    fixed = [pin for pin in node_type.inputs if pin.type is not PinType.EXEC]
    values = [*inputs, *(pin.default for pin in fixed[len(inputs) :])]
    first = (run or Run(),) if node_type.takes_run else ()
    return node_type.function(*first, *values, **properties)
