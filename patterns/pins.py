"""Pins, and the interface of a callable pattern: the pins that people declare in a node's properties."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from patterns.names import camel
from patterns.types import ConversionError, PinType, Value, convert

DECLARABLE = frozenset(PinType) - {PinType.EXEC, PinType.NULL, PinType.ENUM}
MAX_PINS = 100
TAKEN = frozenset({"exec", "executionId"})  # names of pins that Call Pattern and On Pattern Call have anyway
SELF = ""  # the key under which a graph finds its own interface among those of the patterns it calls


@dataclass(frozen=True)
class Formula:
    """Marks a pin that takes an expression, with the names that it may read besides those of every expression."""

    names: tuple[str, ...]
    or_path: bool = False  # a text such as `customer.name` is a path into each item


@dataclass(frozen=True)
class Pin:
    name: str
    label: str
    type: PinType
    default: Value = None
    required: bool = False
    choices: tuple[str, ...] = ()
    lazy: bool = False
    loose: bool = False
    verbatim: bool = False  # what is typed for it is taken as it is, {{ and all
    formula: Formula | None = None  # it takes an expression, which the node evaluates
    editor: str = ""  # how it is edited, where its type does not tell

    @property
    def takes(self) -> str:
        """How what is typed for it is read: as one expression, as text with {{ }} in it, or as it is."""
        if self.formula is not None:
            return "formula"
        return "text" if self.verbatim or self.type is PinType.EXEC else "template"

    def as_declared(self) -> dict[str, Value]:
        """As a property of On Pattern Call holds it."""
        return {"name": self.label, "type": self.type.value, "required": self.required, "default": self.default}


class Pins(NamedTuple):
    """The pins that a node's properties add to it."""

    inputs: tuple[Pin, ...] = ()
    outputs: tuple[Pin, ...] = ()


@dataclass(frozen=True)
class Interface:
    """What a pattern offers to Call Pattern: its name and its declared inputs and outputs."""

    name: str
    inputs: tuple[Pin, ...]
    outputs: tuple[Pin, ...]

    def as_dict(self) -> dict[str, Value]:
        """As JSON, for a snapshot."""
        return {
            "name": self.name,
            "inputs": [pin.as_declared() for pin in self.inputs],
            "outputs": [pin.as_declared() for pin in self.outputs],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Value]) -> "Interface":
        """The inverse of `as_dict`."""
        return cls(data["name"], declared_pins(data["inputs"]), declared_pins(data["outputs"]))


Interfaces = Mapping[str, Interface]


def declared_pins(items: Value) -> tuple[Pin, ...]:
    """Pins from a list of {name, type, required, default}. Raises ValueError naming what is wrong."""
    if items is None:
        return ()
    if not isinstance(items, list | tuple):
        raise ValueError("the declared pins are not a list")
    if len(items) > MAX_PINS:
        raise ValueError(f"{len(items)} pins are declared; the limit is {MAX_PINS}")
    pins = tuple(_declared(item) for item in items)
    names = [pin.name for pin in pins]
    for name in names:
        if name in TAKEN:
            raise ValueError(f"a declared pin cannot be named “{name}”")
        if names.count(name) > 1:
            raise ValueError(f"two declared pins are named “{name}”")
    return pins


def _declared(item: Value) -> Pin:
    given = {"name": item} if isinstance(item, str) else item
    label = given.get("name") if isinstance(given, Mapping) else None
    if not isinstance(label, str) or not label.strip():
        raise ValueError("a declared pin has no name")
    pin_type = _pin_type(given.get("type", PinType.ANY.value), label)
    return Pin(
        name=camel(label) or label,
        label=label,
        type=pin_type,
        default=_default(given.get("default"), pin_type, label),
        required=bool(given.get("required", False)),
    )


def _pin_type(name: Value, label: str) -> PinType:
    if not isinstance(name, str) or name not in DECLARABLE:
        raise ValueError(f"the pin “{label}” has the unknown type {name!r}")
    return PinType(name)


def _default(value: Value, pin_type: PinType, label: str) -> Value:
    try:
        return None if value is None else convert(value, pin_type)
    except ConversionError as error:
        raise ValueError(f"the default of the pin “{label}”: {error}") from None
