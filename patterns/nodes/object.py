"""Object: named values. A Key may be a path such as `customer.address.city` or `lines[0].price`."""

from collections.abc import Mapping
from typing import Any as AnyValue

from dragops_site.jsontext import check_size
from patterns.pins import Interfaces, Pins, declared_pins
from patterns.registry import REQUIRED, PinList, pure
from patterns.types import Any, Array, Boolean, Object, String, Value, to_string
from patterns.values import NO_ITEMS, NO_KEYS, about, get_path, has_path, remove_path, set_path

OBJECT = "Object"


@pure(OBJECT, output="Value")
@about("Key")
def get_property(object: Object, key: String) -> Any:
    """What stands at Key, or null where nothing does.

    Example: Object {"user": {"tags": ["a", "b"]}}, Key "user.tags[1]" → "b"
    """
    return get_path(object, key)


@pure(OBJECT, output="Object")
@about("Key")
def set_property(object: Object = NO_KEYS, key: String = REQUIRED, value: Any = REQUIRED) -> Object:
    """A copy of Object with Value at Key; Objects on the way are made.

    Example: Object {"a": 1}, Key "b.c", Value 2 → {"a": 1, "b": {"c": 2}}
    """
    return set_path(object, key, value)


@pure(OBJECT, output="Object")
@about("Key")
def remove_property(object: Object, key: String) -> Object:
    """A copy of Object without what stands at Key.

    Example: Object {"a": 1, "b": 2}, Key "b" → {"a": 1}
    """
    return remove_path(object, key)


@pure(OBJECT)
@about("Key")
def has_property(object: Object, key: String) -> Boolean:
    """Whether something stands at Key, even if it is null.

    Example: Object {"a": null}, Key "a" → true
    """
    return has_path(object, key)


@pure(OBJECT, output="Keys")
def keys(object: Object) -> Array:
    """The keys of Object, in their order.

    Example: Object {"a": 1, "b": 2} → ["a", "b"]
    """
    return list(object)


@pure(OBJECT, output="Values")
def values(object: Object) -> Array:
    """The values of Object, in their order.

    Example: Object {"a": 1, "b": 2} → [1, 2]
    """
    return list(object.values())


@pure(OBJECT, output="Entries")
def entries(object: Object) -> Array:
    """One Object with key and value for each property.

    Example: Object {"a": 1} → [{"key": "a", "value": 1}]
    """
    return [{"key": key, "value": value} for key, value in object.items()]


@pure(OBJECT, output="Object")
def from_entries(entries: Array) -> Object:
    """The Object of a list of entries: Objects with key and value, or pairs. The last of two equal keys wins.

    Example: Entries [{"key": "a", "value": 1}, ["b", 2]] → {"a": 1, "b": 2}
    """
    return dict(_entry(entry, position) for position, entry in enumerate(entries))


def _entry(entry: Value, position: int) -> tuple[str, Value]:
    match entry:
        case {"key": key, "value": value} | [key, value] if key is not None:
            return _key(key, f"Entries, entry {position}"), value
    raise ValueError(f"Entries, entry {position} is neither an Object with key and value nor a pair")


def _key(key: Value, place: str) -> str:
    with about(place):
        return to_string(key)


@pure(OBJECT, output="Object")
def merge_objects(a: Object, b: Object, deep: Boolean = False) -> Object:
    """The properties of A and B; where both have one, that of B. Deep merges Objects inside them likewise.

    Example: A {"a": 1, "b": 1}, B {"b": 2} → {"a": 1, "b": 2}
    """
    if not deep:
        return {**a, **b}
    with about("B"):
        check_size(b)
    return _merged(a, b)


def _merged(a: Value, b: Value) -> Value:
    if not (isinstance(a, dict) and isinstance(b, dict)):
        return b
    return {**a, **{key: _merged(a[key], item) if key in a else item for key, item in b.items()}}


@pure(OBJECT, output="Object")
def pick(object: Object, keys: Array) -> Object:
    """Only the properties that Keys names.

    Example: Object {"a": 1, "b": 2}, Keys ["a"] → {"a": 1}
    """
    return {key: object[key] for key in _names(keys) if key in object}


@pure(OBJECT, output="Object")
def omit(object: Object, keys: Array) -> Object:
    """All properties but those that Keys names.

    Example: Object {"a": 1, "b": 2}, Keys ["a"] → {"b": 2}
    """
    left_out = set(_names(keys))
    return {key: value for key, value in object.items() if key not in left_out}


def _names(keys: list[Value]) -> list[str]:
    return [_key(key, f"Keys, item {position}") for position, key in enumerate(keys)]


@pure(OBJECT, output="Object")
def rename_key(object: Object, from_: String, to: String) -> Object:
    """Object with the property From under the name To, at the same place. An Object without it stays as it is.

    Example: Object {"nick": "Ada"}, From "nick", To "name" → {"name": "Ada"}
    """
    if from_ not in object or from_ == to:
        return object
    return {to if key == from_ else key: value for key, value in object.items() if key != to}


def _key_pins(properties: Mapping[str, Value], interfaces: Interfaces) -> Pins:
    return Pins(inputs=declared_pins(properties.get("keys")))


# The literal Object is of the type MakeObject already.
@pure(OBJECT, label="Make Object", type="MakeObjectFromKeys", output="Object", pins=_key_pins)
def make_object(*values: AnyValue, keys: PinList = NO_ITEMS, names: tuple[str, ...] = ()) -> Object:
    """An Object with one property for each of its input pins.

    Example: Keys ["name", "age"], name "Ada", age 36 → {"name": "Ada", "age": 36}
    """
    return {pin.label: value for pin, value in zip(declared_pins(keys), values, strict=True)}
