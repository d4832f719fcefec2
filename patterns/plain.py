"""Values of Python as values of patterns."""

import math
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from pydantic_monty import MontyClassProxy

from dragops_site.jsontext import MAX_DEPTH, check_size, is_deeper
from patterns.types import Value, iso

MAX_BITS = 14_284  # of a whole number with 4,300 digits, the longest that Python writes as text
_DEEP = f"it is nested too deeply (more than {MAX_DEPTH} levels)"


def plain(found: Any) -> Value:
    """`found` as a value: tuples and sets are lists, dataclasses are dicts, times ISO 8601, differences of times
    seconds, decimal numbers floats. Parts that are shared stay so. Raises ValueError for what has no such form."""
    try:
        value = _Plain().value(found, 0)
    except RecursionError:
        raise ValueError(_DEEP) from None
    check_size(value)
    if is_deeper(value):
        raise ValueError(_DEEP)
    return value


class _Plain:
    def __init__(self) -> None:
        self._done: dict[int, tuple[Any, Value]] = {}  # by id, with the original, so that the id stays its own

    def value(self, found: Any, depth: int) -> Value:
        match found:
            case None | bool() | str() | bytes():
                return found
            case int():
                return _whole(found)
            case float() | Decimal():
                return _finite(float(found))
        if isinstance(found, list | tuple | set | frozenset | dict | MontyClassProxy):
            return self._structure(found, depth)
        return _moment(found)

    def _structure(self, found: Any, depth: int) -> Value:
        """In loops, not comprehensions: each level takes two frames of the stack, which holds a thousand."""
        if depth > MAX_DEPTH:
            raise ValueError(_DEEP)
        if id(found) in self._done:
            return self._done[id(found)][1]
        if isinstance(found, dict | MontyClassProxy):
            fields: dict[str, Value] = {}
            for key, item in _items(found):
                fields[_key(key)] = self.value(item, depth + 1)
            return self._note(found, fields)
        items: list[Value] = []
        for item in found:
            items.append(self.value(item, depth + 1))
        return self._note(found, items)

    def _note(self, found: Any, value: Value) -> Value:
        self._done[id(found)] = (found, value)
        return value


def _items(found: Any) -> Iterable[tuple[Any, Any]]:
    if isinstance(found, dict):
        return found.items()
    if not found.is_dataclass:
        raise ValueError(f"an instance of the class {found.name[:60]} is not a value")
    return dict.items(found.attributes)


def _whole(number: int) -> int:
    if number.bit_length() > MAX_BITS:
        raise ValueError("a whole number with more than 4,300 digits is not a value")
    return number


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise ValueError(f"{number} is not a value")
    return number


def _key(key: Any) -> str:
    """As JSON has them: numbers, true, false and null as text."""
    match key:
        case str():
            return key
        case None | bool():
            return {None: "null", True: "true", False: "false"}[key]
        case int() | float():
            return str(key)
    raise ValueError(f"a key of an Object is text, not {type(key).__name__}")


def _moment(found: Any) -> Value:
    match found:
        case datetime():
            return iso(found)
        case date() | time():
            return found.isoformat()
        case timedelta():
            return found.total_seconds()
    raise ValueError(f"{type(found).__name__} is not a value")
