"""Literals: values that are typed into the graph."""

from typing import Annotated
from typing import Any as AnyValue

from patterns.registry import Editor, pure
from patterns.types import (
    Array,
    Boolean,
    DateTime,
    Float,
    Integer,
    Null,
    Object,
    PinType,
    String,
    Value,
    to_array,
    to_boolean,
    to_datetime,
    to_enum,
    to_float,
    to_integer,
    to_object,
    to_string,
)
from patterns.values import parse_json

Enum = Annotated[str, PinType.ENUM]
JsonText = Annotated[AnyValue, PinType.ANY, Editor("json")]


def _read(value: Value, target: PinType) -> Value:
    try:
        return parse_json(value) if isinstance(value, str) else value
    except ValueError as error:
        raise ValueError(f"the {target} is not JSON: {error}") from None


@pure("Literals", label="String", type="MakeString", output="Value")
def make_string(*, value: String = "") -> String:
    """A text.

    Example: Value "hello" → "hello"
    """
    return to_string(value)


@pure("Literals", label="Integer", type="MakeInteger", output="Value")
def make_integer(*, value: Integer = 0) -> Integer:
    """A whole number.

    Example: Value 42 → 42
    """
    return to_integer(value)


@pure("Literals", label="Float", type="MakeFloat", output="Value")
def make_float(*, value: Float = 0) -> Float:
    """A number, with or without decimals.

    Example: Value 2.5 → 2.5
    """
    return to_float(value)


@pure("Literals", label="Boolean", type="MakeBoolean", output="Value")
def make_boolean(*, value: Boolean = True) -> Boolean:
    """True or false.

    Example: Value true → true
    """
    return to_boolean(value)


@pure("Literals", label="Null", type="MakeNull", output="Value")
def make_null() -> Null:
    """No value at all.

    Example: → null
    """
    return


@pure("Literals", label="Array", type="MakeArray", output="Value")
def make_array(*, value: JsonText = "[]") -> Array:
    """A list of values, written as JSON.

    Example: Value [1, "two", null] → [1, "two", null]
    """
    return to_array(_read(value, PinType.ARRAY))


@pure("Literals", label="Object", type="MakeObject", output="Value")
def make_object(*, value: JsonText = "{}") -> Object:
    """Named values, written as JSON.

    Example: Value {"name": "Ada"} → {"name": "Ada"}
    """
    return to_object(_read(value, PinType.OBJECT))


@pure("Literals", label="DateTime", type="MakeDateTime", output="Value")
def make_datetime(*, value: DateTime = "1970-01-01T00:00:00Z") -> DateTime:
    """A moment, written as ISO 8601; without an offset it is UTC.

    Example: Value "2026-07-01 09:30" → "2026-07-01T09:30:00Z"
    """
    return to_datetime(value)


@pure("Literals", label="Enum", type="MakeEnum", output="Value")
def make_enum(*, value: String = "") -> Enum:
    """One of the words that an Enum pin accepts.

    Example: Value "POST" → "POST"
    """
    return to_enum(value)
