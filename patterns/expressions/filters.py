"""The filters of expressions. They are ours, every one, because none may make much of little: each result has a limit,
and what it reads is paid for.
"""

import math
from collections.abc import Callable, Hashable, Iterable
from functools import wraps
from html import escape
from threading import local
from typing import Any
from urllib.parse import quote

from patterns.expressions.views import MAX_TEXT, Budget, checked, pay_for, plain, price, unwrap, wrap
from patterns.types import Value, show, to_boolean, to_float, to_integer, to_string, type_of
from patterns.values import check_items, check_length, get_path, identity, parse_json, to_json
from patterns.values import equal as are_equal

FILTERS: dict[str, Callable[..., Value]] = {}
_evaluation = local()  # the budget of the expression that this thread evaluates


def use(budget: Budget) -> None:
    """Let the filters of this thread pay from `budget`."""
    _evaluation.budget = budget


def _filter(function: Callable[..., Value]) -> Callable[..., Value]:
    """Gives a filter plain values, lets it pay for them, and wraps what it returns."""
    name = function.__name__.rstrip("_")

    @wraps(function)
    def call(*args: Any, **options: Any) -> Value:
        budget: Budget = _evaluation.budget
        given = [plain(arg, budget) for arg in args]
        budget.pay(_size(given[0]))
        try:
            result = function(*given, **{key: unwrap(value) for key, value in options.items()})
        except TypeError:
            raise ValueError(f"the filter {name} does not take what it is given") from None
        budget.pay(_size(result))
        return wrap(result, budget)

    FILTERS[name] = call
    return function


def _size(value: Value) -> int:
    if isinstance(value, str):
        return price(value)
    return len(value) if isinstance(value, list | dict) else 1


def as_text(value: Value) -> str:
    """Any value as text: JSON for Arrays and Objects."""
    return checked(to_json(value) if isinstance(value, list | dict) else to_string(value))


def _items(value: Value, name: str) -> list[Value]:
    if isinstance(value, list):
        return value
    raise ValueError(f"{name} takes an Array, not {show(value)} ({type_of(value)})")


def _at(item: Value, by: Value) -> Value:
    if not isinstance(by, str) or not by:
        return item
    _pay(price(by))
    return get_path(item, by)


def _pay(amount: int) -> None:
    budget: Budget = _evaluation.budget
    budget.pay(amount)


def _pay_for(value: Value) -> Value:
    """The value, paid for with all that is in it."""
    pay_for(value, _evaluation.budget)
    return value


# --- Numbers --------------------------------------------------------------------------------------------------------
@_filter
def number(value: Value) -> Value:
    """The value, if it is a number already."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{show(value)} ({type_of(value)}) is not a number and cannot be multiplied")
    return value


@_filter
def abs_(value: Value) -> Value:
    return abs(to_float(value))


@_filter
def round_(value: Value, digits: int = 0) -> Value:
    """Half away from zero, as people round."""
    scale = 10.0 ** max(-15, min(15, digits))
    found = to_float(value)
    if isinstance(found, int) and digits >= 0:
        return found
    rounded = math.copysign(math.floor(abs(found) * scale + 0.5) / scale, found)
    return int(rounded) if digits <= 0 else rounded


@_filter
def int_(value: Value) -> Value:
    return math.trunc(value) if isinstance(value, float) else to_integer(value)


@_filter
def float_(value: Value) -> Value:
    return to_float(value)


# --- Texts ----------------------------------------------------------------------------------------------------------
@_filter
def string(value: Value) -> Value:
    return as_text(value)


@_filter
def upper(value: Value) -> Value:
    return as_text(value).upper()


@_filter
def lower(value: Value) -> Value:
    return as_text(value).lower()


@_filter
def capitalize(value: Value) -> Value:
    return as_text(value).capitalize()


@_filter
def title(value: Value) -> Value:
    return as_text(value).title()


@_filter
def trim(value: Value, characters: str = "") -> Value:
    return as_text(value).strip(characters or None)


@_filter
def replace(value: Value, search: str, replacement: str) -> Value:
    text = as_text(value)
    if not search:
        return text
    check_length(len(text) + text.count(search) * (len(replacement) - len(search)), MAX_TEXT)
    return text.replace(search, replacement)


@_filter
def truncate(value: Value, length: int = 80, end: str = "…") -> Value:
    text = as_text(value)
    return text if len(text) <= length else text[: max(0, length - len(end))] + end


@_filter
def split(value: Value, separator: str = "") -> Value:
    return as_text(value).split(separator or None)


@_filter
def lines(value: Value) -> Value:
    return as_text(value).splitlines()


@_filter
def urlencode(value: Value) -> Value:
    return quote(as_text(value), safe="")


@_filter
def escape_(value: Value) -> Value:
    """As text of HTML."""
    return escape(as_text(value))


@_filter
def tojson(value: Value) -> Value:
    return to_json(value)


@_filter
def fromjson(value: Value) -> Value:
    return parse_json(as_text(value))


# --- Arrays and Objects ---------------------------------------------------------------------------------------------
@_filter
def length(value: Value) -> Value:
    if not isinstance(value, str | list | dict):
        raise ValueError(f"length takes a text, an Array or an Object, not {show(value)} ({type_of(value)})")
    return len(value)


@_filter
def first(value: Value) -> Value:
    return next(iter(value), None) if isinstance(value, str | list) else None


@_filter
def last(value: Value) -> Value:
    return value[-1] if isinstance(value, str | list) and value else None


@_filter
def reverse(value: Value) -> Value:
    return value[::-1] if isinstance(value, str) else _items(value, "reverse")[::-1]


@_filter
def join(value: Value, separator: str = "") -> Value:
    texts = [as_text(_pay_for(item)) for item in _items(value, "join")]
    check_length(sum(map(len, texts)) + len(separator) * len(texts), MAX_TEXT)
    return separator.join(texts)


@_filter
def map_(value: Value, by: str = "", attribute: str = "") -> Value:
    """What stands at a path in each item."""
    return [_at(item, attribute or by) for item in _items(value, "map")]


@_filter
def sort(value: Value, by: str = "", reverse: bool = False, attribute: str = "") -> Value:
    items = _items(value, "sort")
    keys = [_at(item, attribute or by) for item in items]
    kinds = {_kind(key) for key in keys if key is not None}
    if len(kinds) > 1 or not kinds <= {"number", "String"}:
        raise ValueError("sort takes numbers, or texts, not a mixture, and of Objects the path to one")
    order = sorted(range(len(items)), key=lambda at: (keys[at] is None, keys[at]), reverse=reverse)
    return [items[at] for at in order]


def _kind(value: Value) -> str:
    return "number" if isinstance(value, int | float) else type_of(value).value


@_filter
def unique(value: Value, by: str = "") -> Value:
    found: dict[Hashable, Value] = {}
    for item in _items(value, "unique"):
        found.setdefault(identity(_pay_for(_at(item, by))), item)
    return list(found.values())


@_filter
def sum_(value: Value, by: str = "", attribute: str = "") -> Value:
    return sum(to_float(_at(item, attribute or by)) for item in _items(value, "sum"))


@_filter
def min_(value: Value, by: str = "") -> Value:
    return min(_numbers(value, by), default=None)


@_filter
def max_(value: Value, by: str = "") -> Value:
    return max(_numbers(value, by), default=None)


def _numbers(value: Value, by: str) -> Iterable[float]:
    return (to_float(_at(item, by)) for item in _items(value, "min or max"))


@_filter
def flatten(value: Value) -> Value:
    items = _items(value, "flatten")
    check_items(sum(len(item) if isinstance(item, list) else 1 for item in items))
    return [inner for item in items for inner in (item if isinstance(item, list) else [item])]


@_filter
def selectattr(value: Value, by: str, test: str = "truthy", wanted: Value = None) -> Value:
    """The items in which what stands at a path passes a test."""
    return [item for item in _items(value, "selectattr") if _passes(_at(item, by), test, wanted)]


@_filter
def rejectattr(value: Value, by: str, test: str = "truthy", wanted: Value = None) -> Value:
    """The items in which what stands at a path does not pass a test."""
    return [item for item in _items(value, "rejectattr") if not _passes(_at(item, by), test, wanted)]


def _passes(value: Value, test: str, wanted: Value) -> bool:
    if test not in _TESTS:
        raise ValueError(f"{test!r} is none of the tests {', '.join(_TESTS)}")
    _pay_for(wanted if test == "in" else value)
    try:
        return bool(_TESTS[test](value, wanted))
    except TypeError:
        return False


_TESTS: dict[str, Callable[[Value, Value], object]] = {
    "truthy": lambda value, _: value,
    "eq": are_equal,
    "==": are_equal,
    "ne": lambda value, wanted: not are_equal(value, wanted),
    "!=": lambda value, wanted: not are_equal(value, wanted),
    ">": lambda value, wanted: value > wanted,
    ">=": lambda value, wanted: value >= wanted,
    "<": lambda value, wanted: value < wanted,
    "<=": lambda value, wanted: value <= wanted,
    "in": lambda value, wanted: value in wanted,
    "contains": lambda value, wanted: wanted in value,
}


@_filter
def keys(value: Value) -> Value:
    return list(_object(value, "keys"))


@_filter
def values(value: Value) -> Value:
    return list(_object(value, "values").values())


@_filter
def items(value: Value) -> Value:
    return [[key, item] for key, item in _object(value, "items").items()]


def _object(value: Value, name: str) -> dict[str, Value]:
    if isinstance(value, dict):
        return value
    raise ValueError(f"{name} takes an Object, not {show(value)} ({type_of(value)})")


@_filter
def bool_(value: Value) -> Value:
    return to_boolean(value)


@_filter
def type_(value: Value) -> Value:
    """The name of the value's type."""
    return type_of(value).value


def divisible(value: object, by: object) -> bool:
    """The test `divisibleby`."""
    if not isinstance(value, int) or not isinstance(by, int) or not by:
        raise ValueError("divisibleby takes whole numbers, and not 0")
    return value % by == 0


def range_(start: int, end: int | None = None, step: int = 1) -> Value:
    """The whole numbers from `start` up to `end`, or up to `start` from 0."""
    first, end = (0, start) if end is None else (start, end)
    if not all(isinstance(number, int) for number in (first, end, step)):
        raise ValueError("range takes whole numbers")
    if not step:
        raise ValueError("the step of range is 0")
    check_items((end - first) / step)
    found = list(range(first, end, step))
    budget: Budget = _evaluation.budget
    budget.pay(len(found))
    return wrap(found, budget)
