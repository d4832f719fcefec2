"""A compiled graph: steps over slots.

Every output of a node, every constant and every converted value has a slot in one list, `values`. A step reads its
arguments from slots, calls its function, and stores the result in slots. Nothing is looked up by name while running.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, TypeAlias

from patterns.context import NodeError
from patterns.graph import Node, Variable
from patterns.types import Value

Values: TypeAlias = list[Any]
Place: TypeAlias = int | slice | None  # where a result goes: one slot, several, or nowhere
RUN_SLOT = 0  # holds the run itself, for functions that take it


@dataclass(slots=True)
class Op:
    """The evaluation of a pure node, or the conversion of a value on its way into a pin."""

    node_id: str
    name: str
    function: Callable[..., Any]
    read: Callable[[Values], tuple[Any, ...]]
    place: Place
    input_names: tuple[str, ...]
    hidden: int = 0  # leading arguments that are not inputs (the run)


@dataclass(slots=True, eq=False)
class Step:
    """An impure node. `then` follows it; a flow node has `exits` instead."""

    node_id: str
    name: str
    type: str
    function: Callable[..., Any]
    ops: tuple[Op, ...] = ()
    read: Callable[[Values], tuple[Any, ...]] = lambda values: ()
    input_names: tuple[str, ...] = ()
    hidden: int = 0
    place: Place = None
    slots: Mapping[str, int] = field(default_factory=dict)
    by_name: bool = False  # the function returns its outputs as a dict
    is_flow: bool = False
    is_effect: bool = False
    acts: bool = False
    blocks: bool = False
    is_silent: bool = False  # made by the compiler, not by a person: not logged
    then: "Step | None" = None
    exits: dict[str, "Step"] = field(default_factory=dict)

    def inputs(self, args: tuple[Any, ...]) -> dict[str, Value]:
        """The arguments of a call by pin name, for the log."""
        return dict(zip(self.input_names, args[self.hidden :], strict=False))

    def store(self, values: Values, result: Any) -> None:
        """Put a result into the slots of the outputs."""
        if self.by_name:
            for name, slot in self.slots.items():
                values[slot] = result.get(name)
        elif self.place is not None:
            values[self.place] = result

    def outputs(self, values: Values) -> dict[str, Value]:
        """The last outputs by pin name."""
        return {name: values[slot] for name, slot in self.slots.items()}


@dataclass(slots=True)
class Plan:
    """What a run needs of a graph. Shared by runs; nothing in it changes."""

    trigger: Node
    start: Step
    on_error: Step | None
    template: Values  # the slots as a run finds them: constants in place
    variables: Mapping[str, Variable]
    response_mode: str
    size: int  # impure nodes


def reader(slots: list[int]) -> Callable[[Values], tuple[Any, ...]]:
    """A function from the slots' values to a tuple of them."""
    if not slots:
        return lambda values: ()
    if len(slots) == 1:
        slot = slots[0]
        return lambda values: (values[slot],)
    return itemgetter(*slots)


class OpFailed(Exception):
    """A pure node or a conversion failed; holds the error and the data it was handling."""

    def __init__(self, op: Op, args: tuple[Any, ...], error: Exception) -> None:
        super().__init__()
        self.op = op
        self.inputs = dict(zip(op.input_names, args[op.hidden :], strict=False))
        self.error = error


def evaluate(ops: tuple[Op, ...], values: Values) -> None:
    """Evaluate pure nodes in order. Raises OpFailed."""
    for op in ops:
        args = op.read(values)
        try:
            result = op.function(*args)
        except Exception as error:
            raise OpFailed(op, args, error) from error
        if op.place is not None:
            values[op.place] = result


def as_node_error(error: Exception) -> NodeError:
    """Any exception of a node's function as the error that people see."""
    if isinstance(error, NodeError):
        return error
    if isinstance(error, RecursionError):
        return NodeError("The value is nested too deeply.", "RecursionError")
    if isinstance(error, MemoryError):
        return NodeError("The values in hand take more memory than a worker has.", "MemoryLimit")
    return NodeError(str(error) or type(error).__name__, type(error).__name__)
