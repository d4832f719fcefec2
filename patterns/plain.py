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
    value = _Plain().value(found, 0)
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
        if depth > MAX_DEPTH:
            raise ValueError(_DEEP)
        if id(found) not in self._done:
            self._done[id(found)] = (found, self._copy(found, depth + 1))
        return self._done[id(found)][1]

    def _copy(self, found: Any, depth: int) -> Value:
        match found:
            case dict():
                return self._object(found.items(), depth)
            case MontyClassProxy():
                if not found.is_dataclass:
                    raise ValueError(f"an instance of the class {found.name[:60]} is not a value")
                return self._object(found.attributes.items(), depth)
        return [self.value(item, depth) for item in found]

    def _object(self, items: Iterable[tuple[Any, Any]], depth: int) -> Value:
        return {_key(key): self.value(item, depth) for key, item in items}


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
