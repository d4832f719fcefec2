"""The node library: every node type is a Python function, and all that is known of it is read from that function.

Its signature gives the input pins (positional parameters) and the properties (keyword-only parameters), its return
annotation the outputs, its docstring the help and the example (`patterns.examples`). The palette, the API, the
documentation and the tests read the result.

    @pure("Math")
    def power(base: Float, exponent: Float) -> Float:
        \"\"\"Base to the power of Exponent.

        Example: Base 2, Exponent 10 → 1024
        \"\"\"
        return base**exponent
"""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from patterns import examples
from patterns.names import camel, title, type_name
from patterns.pins import Formula, Interface, Interfaces, Pin, Pins
from patterns.types import Object, PinType, String, Value


class Kind(StrEnum):
    """Decides the colour of a node's header."""

    EVENT = "event"  # starts a run
    FUNCTION = "function"  # pure: evaluated when its output is read
    FLOW = "flow"  # decides what runs next
    ACTION = "action"  # acts


class Choices(tuple[str, ...]):
    """The values of an Enum pin or property, as an annotation."""

    def __new__(cls, *values: str) -> "Choices":
        return super().__new__(cls, values)


class Lazy:
    """Marks a pin whose value is read, through a call without arguments, whenever the node asks for it."""


class Loose:
    """Marks a pin that takes whatever its wires bring: its type decides which are legal, not what arrives."""


class Verbatim:
    """Marks a pin whose text may hold {{ for reasons of its own, so that it is no expression."""


@dataclass(frozen=True)
class Label:
    """The label of a pin or property whose Python name cannot say it."""

    text: str


LazyBoolean = Annotated[Callable[[], bool], PinType.BOOLEAN, Lazy()]


@dataclass(frozen=True)
class Rule:
    """What the value of a property must be besides its type: a function that raises ValueError where it is not."""

    check: Callable[[Any], None]


@dataclass(frozen=True)
class Editor:
    """How the Inspector edits a pin or property that is more than text, number, switch or choice."""

    name: str


PatternId = Annotated[str, PinType.STRING, Editor("pattern")]
PatternIds = Annotated[Sequence[Any], PinType.ARRAY, Editor("patterns")]
PinList = Annotated[Sequence[Any], PinType.ARRAY, Editor("pins")]
CaseList = Annotated[Sequence[Any], PinType.ARRAY, Editor("cases")]
KeyValues = Annotated[Object, Editor("keyValue")]  # of pins: names with plain values
ConnectionName = Annotated[str, PinType.STRING, Editor("connection")]
VariableName = Annotated[String, Editor("variable")]
ZoneName = Annotated[String, Editor("timeZone")]


@dataclass(frozen=True)
class Property:
    name: str
    label: str
    type: PinType
    default: Value
    choices: tuple[str, ...] = ()
    editor: str = ""
    rule: Callable[[Any], None] | None = None  # holds for the default as well


PinRule = Callable[[Mapping[str, Value], Interfaces], Pins]


@dataclass(frozen=True)
class NodeType:
    """One entry of the library. `function` is called with [run,] inputs in pin order, and properties by name."""

    type: str
    label: str
    category: str
    kind: Kind
    help: str
    function: Callable[..., Any]
    inputs: tuple[Pin, ...] = ()
    outputs: tuple[Pin, ...] = ()
    properties: tuple[Property, ...] = ()
    python_names: Mapping[str, str] = field(default_factory=dict)
    pin_rule: PinRule | None = None
    takes_run: bool = False
    names_extra: bool = False
    is_effect: bool = False  # its outcome is recorded
    acts: bool = False  # on the world outside: the journal is written before
    blocks: bool = False  # may take long
    is_volatile: bool = False
    example_text: str = ""

    @cached_property
    def example(self) -> examples.Example:
        """Raises ExampleError where the docstring holds none that can be read."""
        return examples.read(self)

    @property
    def is_pure(self) -> bool:
        return self.kind is Kind.FUNCTION

    def pins(self, properties: Mapping[str, Value], interfaces: Interfaces) -> Pins:
        """All pins of a node with these properties. Raises ValueError where a property is not what it must be."""
        extra = self.pin_rule(properties, interfaces) if self.pin_rule else Pins()
        return Pins(self.inputs + extra.inputs, self.outputs + extra.outputs)


# Stands in for a default where a required pin comes after one that has a default.
REQUIRED: Any = object()


class UnknownNode(KeyError):
    """No node type has this name."""


_TYPES: dict[str, NodeType] = {}
EXEC_IN = Pin("exec", "Exec", PinType.EXEC)


def get(type_name: str) -> NodeType:
    try:
        return _TYPES[type_name]
    except KeyError:
        raise UnknownNode(type_name) from None


def all_types() -> list[NodeType]:
    """The library in the order in which it is written."""
    return list(_TYPES.values())


def exec_pin(label: str) -> Pin:
    return Pin(camel(label), label, PinType.EXEC)


def pure(category: str, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A node without exec pins, evaluated when a running node reads its output."""
    return _adder(category, Kind.FUNCTION, exits=(), **options)


def action(category: str, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A node that acts on the run alone (variables, log), so that a replay may simply do it again."""
    return _adder(category, **{"kind": Kind.ACTION, "exits": ("Exec",), **options})


def effect(category: str, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """An action on the world outside: its outcome is recorded, and a replay reads it back instead of acting."""
    return action(category, **{"is_effect": True, "acts": True, "blocks": True, **options})


def flow(category: str, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A control structure: returns the exit to take (None ends the chain), or yields one exit after another,
    alone or with a dict of outputs; each yield returns when that chain has ended, or raises what ended it."""
    return _adder(category, **{"kind": Kind.FLOW, **options})


def event(category: str = "Events", **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Where a run starts: a function from the event's data to the outputs of the trigger node."""
    return _adder(category, Kind.EVENT, exits=("Exec",), **options)


def _adder(category: str, kind: Kind, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        node_type = _read(function, category, kind, **options)
        if node_type.type in _TYPES:
            raise ValueError(f"two node types are named {node_type.type}")
        _TYPES[node_type.type] = node_type
        return function

    return add


def _read(
    function: Callable[..., Any],
    category: str,
    kind: Kind,
    *,
    exits: Iterable[str] = (),
    label: str = "",
    type: str = "",
    output: str = "Result",
    outputs: Mapping[str, Any] | None = None,
    pins: PinRule | None = None,
    **flags: bool,
) -> NodeType:
    hints = get_type_hints(function, include_extras=True)
    signature = inspect.signature(function).parameters.values()
    label = label or title(function.__name__)
    positional = [p for p in signature if p.kind is p.POSITIONAL_OR_KEYWORD and p.name != "run"]
    settings = [p for p in signature if p.kind is p.KEYWORD_ONLY and p.name != "names"]
    data_inputs = () if kind is Kind.EVENT else tuple(_input(p, hints[p.name]) for p in positional)
    has_exec = kind in (Kind.FLOW, Kind.ACTION)
    explanation, example_text = examples.split_help(inspect.cleandoc(function.__doc__ or ""))
    return NodeType(
        type=type or type_name(label),
        label=label,
        category=category,
        kind=kind,
        help=explanation,
        function=function,
        inputs=((EXEC_IN,) if has_exec else ()) + data_inputs,
        outputs=tuple(exec_pin(e) for e in exits) + _outputs(hints.get("return"), output, outputs),
        properties=tuple(_property(p, hints[p.name]) for p in settings),
        python_names={camel(_label(p, hints[p.name])): p.name for p in settings},
        pin_rule=pins,
        takes_run=any(p.name == "run" for p in signature),
        names_extra=any(p.name == "names" for p in signature),
        example_text=example_text,
        **flags,
    )


def _input(parameter: inspect.Parameter, hint: Any) -> Pin:
    label = _label(parameter, hint)
    required = parameter.default in (parameter.empty, REQUIRED)
    return Pin(
        name=camel(label),
        label=label,
        type=_pin_type(hint),
        default=None if required else parameter.default,
        required=required,
        choices=_choices(hint),
        lazy=_is_marked(hint, Lazy),
        loose=_is_marked(hint, Loose),
        verbatim=_is_marked(hint, Verbatim),
        formula=next((mark for mark in _marks(hint) if isinstance(mark, Formula)), None),
        editor=_editor(hint),
    )


def _property(parameter: inspect.Parameter, hint: Any) -> Property:
    label = _label(parameter, hint)
    rule = next((mark.check for mark in _marks(hint) if isinstance(mark, Rule)), None)
    default = None if parameter.default is parameter.empty else parameter.default
    return Property(camel(label), label, _pin_type(hint), default, _choices(hint), _editor(hint), rule)


def _outputs(hint: Any, single: str, declared: Mapping[str, Any] | None) -> tuple[Pin, ...]:
    if declared is not None:
        return tuple(Pin(camel(title(n)), title(n), _pin_type(h)) for n, h in declared.items())
    if isinstance(hint, type) and issubclass(hint, tuple) and hasattr(hint, "_fields"):
        return _outputs(None, "", get_type_hints(hint, include_extras=True))
    if get_origin(hint) is Annotated:
        return (Pin(camel(single), single, _pin_type(hint)),)
    return ()


def _label(parameter: inspect.Parameter, hint: Any) -> str:
    return next((mark.text for mark in _marks(hint) if isinstance(mark, Label)), title(parameter.name))


def _editor(hint: Any) -> str:
    return next((mark.name for mark in _marks(hint) if isinstance(mark, Editor)), "")


def _is_marked(hint: Any, mark_type: type) -> bool:
    return any(isinstance(mark, mark_type) for mark in _marks(hint))


def _marks(hint: Any) -> tuple[Any, ...]:
    return get_args(hint)[1:] if get_origin(hint) is Annotated else ()


def _pin_type(hint: Any) -> PinType:
    for mark in _marks(hint):
        if isinstance(mark, PinType):
            return mark
    raise TypeError(f"{hint!r} names no pin type")


def _choices(hint: Any) -> tuple[str, ...]:
    return next((tuple(mark) for mark in _marks(hint) if isinstance(mark, Choices)), ())


__all__ = [
    "EXEC_IN",
    "REQUIRED",
    "CaseList",
    "Choices",
    "Formula",
    "Interface",
    "Interfaces",
    "KeyValues",
    "Kind",
    "Label",
    "LazyBoolean",
    "Loose",
    "NodeType",
    "PatternId",
    "PatternIds",
    "Pin",
    "PinList",
    "PinRule",
    "Pins",
    "Property",
    "Rule",
    "UnknownNode",
    "VariableName",
    "Verbatim",
    "ZoneName",
    "action",
    "all_types",
    "camel",
    "effect",
    "event",
    "exec_pin",
    "flow",
    "get",
    "pure",
    "title",
    "type_name",
]
