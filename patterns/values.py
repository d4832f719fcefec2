"""Helpers on values that several nodes and the journal share."""

import sys
from collections.abc import Hashable
from contextlib import ContextDecorator

from dragops_site import jsontext
from patterns.types import ConversionError, Value

MAX_TEXT = 10_000_000
MAX_ITEMS = 1_000_000
LARGEST = int(sys.float_info.max)
LARGEST_BITS = LARGEST.bit_length()
MAX_PATH_KEYS = 100
MAX_INDEX_DIGITS = 9
NO_KEYS: dict[str, Value] = {}  # the default of Object pins; never changed, as no value is
NO_ITEMS: list[Value] = []  # likewise
_HASH_MODULUS = 2**61 - 1
_MISSING = object()


class about(ContextDecorator):
    """Puts the label of a pin before the message of any ValueError that arises within, for people to find it by."""

    def __init__(self, label: str) -> None:
        self.label = label

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if isinstance(error, ValueError):
            named = ConversionError if isinstance(error, ConversionError) else ValueError
            raise named(f"{self.label}: {error}") from None


def check_length(length: float, limit: int = MAX_TEXT, unit: str = "characters") -> None:
    """Refuse, before it is built, a text or list that could take the worker's memory. Raises ValueError."""
    if length > limit:
        raise ValueError(f"the result would have more than {limit:,} {unit}, which is the limit")


def to_json(value: Value) -> str:
    """The JSON text of a value that a pattern has built. Raises ValueError where it would be too large or too deep."""
    jsontext.check_size(value)
    try:
        return jsontext.dumps(value)
    except ValueError as error:
        if "integer string conversion" in str(error):  # Python's guard against quadratic conversion
            raise ValueError("a whole number in it is too long to be written as text") from None
        raise


def check_items(length: float) -> None:
    """As `check_length`, for a list."""
    check_length(length, MAX_ITEMS, "items")


def finite(result: float | complex) -> float:
    """`result`, if it is a number between -1.8e308 and 1.8e308. Raises ValueError."""
    if isinstance(result, complex) or result != result:
        raise ValueError("the result is not a real number")
    if not -LARGEST <= result <= LARGEST:
        raise ValueError("the result is too large (past 1.8e308)")
    return result


def parse_json(text: str | bytes) -> Value:
    """The value of a JSON text. Raises ValueError where it is none, or so deep that other parts could not read it."""
    value = jsontext.loads(text)
    opening = text.count("[") + text.count("{") if isinstance(text, str) else text.count(b"[") + text.count(b"{")
    if opening > jsontext.MAX_DEPTH and jsontext.is_deeper(value):
        raise ValueError(f"JSON is nested too deeply (more than {jsontext.MAX_DEPTH} levels)")
    return value


def split_path(path: str) -> list[str | int]:
    """The keys of a path such as `a.b[0].c`; a number in brackets indexes a list. Raises ValueError."""
    if path.count(".") + path.count("[") >= MAX_PATH_KEYS:
        raise ValueError(f"a path may have {MAX_PATH_KEYS} keys, not more")
    keys: list[str | int] = []
    for part in path.split("."):
        name, *indexes = part.split("[")
        if name or not indexes:
            keys.append(name)
        keys.extend(_index(index, path) for index in indexes)
    return keys


def _index(text: str, path: str) -> int:
    digits = text.removesuffix("]")
    if text.endswith("]") and _is_index(digits.removeprefix("-")):
        return int(digits)
    raise ValueError(f"{path[:60]!r} is not a path such as a.b[0].c")


def _is_index(digits: str) -> bool:
    return digits.isdecimal() and len(digits) <= MAX_INDEX_DIGITS


def get_path(value: Value, path: str, missing: Value = None) -> Value:
    """What stands at `path` in `value`, or `missing`. A key that holds dots wins over the path it looks like."""
    if isinstance(value, dict) and path in value:
        return value[path]
    for key in split_path(path):
        value = _step(value, key)
        if value is _MISSING:
            return missing
    return value


def _step(value: Value, key: str | int) -> Value:
    if isinstance(value, list):
        index = int(key) if isinstance(key, int) or _is_index(key) else len(value)
        return value[index] if -len(value) <= index < len(value) else _MISSING
    return value.get(str(key), _MISSING) if isinstance(value, dict) else _MISSING


def has_path(value: Value, path: str) -> bool:
    """Whether something, be it null, stands at `path`."""
    return get_path(value, path, _MISSING) is not _MISSING


def set_path(value: dict[str, Value], path: str, new: Value) -> dict[str, Value]:
    """A copy of `value` with `new` at `path`; objects on the way are made, an index may be one past the end."""
    if path in value:
        return {**value, path: new}
    changed: dict[str, Value] = _set(value, split_path(path), new)
    return changed


def _set(value: Value, keys: list[str | int], new: Value) -> Value:
    if not keys:
        return new
    key, rest = keys[0], keys[1:]
    if value is None:
        value = [] if isinstance(key, int) else {}
    if isinstance(value, list):
        return _set_item(value, key, rest, new)
    if isinstance(value, dict):
        return {**value, str(key): _set(value.get(str(key)), rest, new)}
    raise ValueError(f"{key!r} cannot be set: what stands before it is neither an Object nor an Array")


def _set_item(items: list[Value], key: str | int, rest: list[str | int], new: Value) -> list[Value]:
    if not isinstance(key, int) and not _is_index(key):
        raise ValueError(f"{key[:60]!r} is not the index of an Array")
    index = int(key) + (len(items) if int(key) < 0 else 0)
    if not 0 <= index <= len(items):
        raise ValueError(f"index {int(key)} is outside the Array of {len(items)} items")
    check_items(index + 1)
    old = items[index] if index < len(items) else None
    return [*items[:index], _set(old, rest, new), *items[index + 1 :]]


def remove_path(value: dict[str, Value], path: str) -> dict[str, Value]:
    """A copy of `value` without what stands at `path`; `value` itself if nothing stands there."""
    if path in value:
        return {key: item for key, item in value.items() if key != path}
    if not has_path(value, path):
        return value
    left: dict[str, Value] = _remove(value, split_path(path))
    return left


def _remove(value: Value, keys: list[str | int]) -> Value:
    key, rest = keys[0], keys[1:]
    if isinstance(value, list):
        index = int(key) % len(value)
        return [*value[:index], *([_remove(value[index], rest)] if rest else []), *value[index + 1 :]]
    if rest:
        return {**value, str(key): _remove(value[str(key)], rest)}
    return {name: item for name, item in value.items() if name != str(key)}


def equal(a: Value, b: Value) -> bool:
    """Equality as in JSON: by content, 1 equals 1.0, true does not equal 1. Raises ValueError if nested too deeply."""
    for side in (a, b):
        if isinstance(side, list | dict):
            jsontext.check_size(side)
    try:
        return bool(a == b) and _same_kinds(a, b)
    except RecursionError:
        raise ValueError("the values are nested too deeply to be compared") from None


def _same_kinds(a: Value, b: Value) -> bool:
    """Whether two values that Python calls equal have booleans in the same places."""
    if a is b:
        return True
    if isinstance(a, bool) or isinstance(b, bool):
        return type(a) is type(b)
    if isinstance(a, list):
        return all(map(_same_kinds, a, b))
    return not isinstance(a, dict) or all(_same_kinds(item, b[key]) for key, item in a.items())


def identity(value: Value) -> Hashable:
    """A key that two values share exactly if they are `equal`. Raises ValueError if nested too deeply."""
    jsontext.check_size(value)
    try:
        return _identity(value)
    except RecursionError:
        raise ValueError("the value is nested too deeply to be compared") from None


def _identity(value: Value) -> Hashable:
    match value:
        case bool():
            return (bool, value)
        case list():
            return (list, *map(_identity, value))
        case dict():
            return (dict, frozenset((key, _identity(item)) for key, item in value.items()))
        case float() if value.is_integer():
            value = int(value)
    # Python hashes whole numbers by a fixed modulus: chosen ones would all collide.
    is_long = isinstance(value, int) and abs(value) >= _HASH_MODULUS
    return (int, hex(value)) if is_long else value
