"""Comparison: values in, true or false out."""

from typing import Annotated

from patterns.registry import Choices, pure
from patterns.types import Any, Boolean, Float, PinType, Value, to_datetime, type_of
from patterns.values import about
from patterns.values import equal as are_equal

COMPARISON = "Comparison"
TypeName = Annotated[
    str,
    PinType.ENUM,
    Choices("String", "Integer", "Float", "Boolean", "Object", "Array", "DateTime", "Binary", "Null"),
]


@pure(COMPARISON)
def equal(a: Any, b: Any) -> Boolean:
    """Whether A and B are the same value. 1 equals 1.0, but neither true nor the text "1".

    Example: A {"n": 1}, B {"n": 1.0} → true
    """
    with about("A or B"):
        return are_equal(a, b)


@pure(COMPARISON)
def not_equal(a: Any, b: Any) -> Boolean:
    """Whether A and B are different values; the opposite of Equal.

    Example: A 1, B "1" → true
    """
    with about("A or B"):
        return not are_equal(a, b)


@pure(COMPARISON)
def greater_than(a: Float, b: Float) -> Boolean:
    """Whether A is greater than B.

    Example: A 3, B 2 → true
    """
    return a > b


@pure(COMPARISON)
def less_than(a: Float, b: Float) -> Boolean:
    """Whether A is less than B.

    Example: A 3, B 2 → false
    """
    return a < b


@pure(COMPARISON)
def greater_or_equal(a: Float, b: Float) -> Boolean:
    """Whether A is greater than B, or equal to it.

    Example: A 2, B 2 → true
    """
    return a >= b


@pure(COMPARISON)
def less_or_equal(a: Float, b: Float) -> Boolean:
    """Whether A is less than B, or equal to it.

    Example: A 2, B 2 → true
    """
    return a <= b


@pure(COMPARISON)
def is_null(value: Any) -> Boolean:
    """Whether there is no value. An empty text and 0 are values.

    Example: Value null → true
    """
    return value is None


@pure(COMPARISON)
def is_empty(value: Any) -> Boolean:
    """Whether Value is null, an empty text, an empty Array or an empty Object. 0 and false are not empty.

    Example: Value "" → true
    """
    return value is None or (isinstance(value, str | bytes | list | dict) and not value)


@pure(COMPARISON)
def in_range(value: Float, min: Float, max: Float) -> Boolean:
    """Whether Value lies between Min and Max, both included.

    Example: Value 10, Min 1, Max 10 → true
    """
    return min <= value <= max


@pure(COMPARISON)
def is_type(value: Any, type: TypeName) -> Boolean:
    """Whether Value is of this type.

    Every number is a Float, every whole number an Integer, and a text in ISO 8601 a DateTime.

    Example: Value 3, Type "Integer" → true
    """
    match type:
        case PinType.FLOAT:
            return type_of(value) in (PinType.INTEGER, PinType.FLOAT)
        case PinType.INTEGER:
            return type_of(value) is PinType.INTEGER or (isinstance(value, float) and value.is_integer())
        case PinType.DATETIME:
            return _is_datetime(value)
    return type_of(value) == type


def _is_datetime(value: Value) -> bool:
    try:
        to_datetime(value)
    except ValueError:
        return False
    return True
