"""Pin types, which wires between them are legal, and how a value is converted on its way.

A value is what JSON can hold (None, bool, int, float, str, list, dict with string keys) or bytes. A DateTime is its ISO
8601 text, so that a value reads the same in the log, in an expression and after a replay. No value is changed in place.
"""

import math
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from reprlib import Repr
from typing import Annotated, TypeAlias
from typing import Any as AnyValue

from patterns.iso8601 import NotIso
from patterns.iso8601 import parse as parse_iso

Value: TypeAlias = AnyValue


class PinType(StrEnum):
    EXEC = "Exec"
    STRING = "String"
    INTEGER = "Integer"
    FLOAT = "Float"
    BOOLEAN = "Boolean"
    OBJECT = "Object"
    ARRAY = "Array"
    DATETIME = "DateTime"
    BINARY = "Binary"
    ANY = "Any"
    NULL = "Null"
    ENUM = "Enum"


# What a node's signature is written with: the Python type for the type checker, the pin type for the registry.
String: TypeAlias = Annotated[str, PinType.STRING]
Integer: TypeAlias = Annotated[int, PinType.INTEGER]
Float: TypeAlias = Annotated[float, PinType.FLOAT]
Boolean: TypeAlias = Annotated[bool, PinType.BOOLEAN]
Object: TypeAlias = Annotated[dict[str, AnyValue], PinType.OBJECT]
Array: TypeAlias = Annotated[list[AnyValue], PinType.ARRAY]
DateTime: TypeAlias = Annotated[str, PinType.DATETIME]
Binary: TypeAlias = Annotated[bytes, PinType.BINARY]
Any: TypeAlias = Annotated[AnyValue, PinType.ANY]
Null: TypeAlias = Annotated[None, PinType.NULL]

SCALARS = frozenset({PinType.INTEGER, PinType.FLOAT, PinType.STRING, PinType.BOOLEAN})
OPEN = frozenset({PinType.ANY, PinType.NULL})
STRUCTURES = frozenset({PinType.OBJECT, PinType.ARRAY})
VARIABLE_TYPES = frozenset({*SCALARS, PinType.OBJECT, PinType.ARRAY})

_TEXTUAL_PAIRS = frozenset(
    frozenset({PinType.STRING, other}) for other in (PinType.DATETIME, PinType.ENUM, PinType.BINARY)
)
TRUE_WORDS = frozenset({"true", "1", "yes", "on"})
FALSE_WORDS = frozenset({"false", "0", "no", "off", ""})
SHOWN_CHARACTERS = 60
_SHORT = Repr()
_SHORT.maxlevel, _SHORT.maxstring, _SHORT.maxother = 2, SHOWN_CHARACTERS, SHOWN_CHARACTERS


class ConversionError(ValueError):
    """A value has no form in the wanted type; the message names both."""


def is_legal_wire(source: PinType, target: PinType) -> bool:
    """Whether an output of type `source` may feed an input of type `target`."""
    if source == target:
        return True
    if PinType.EXEC in (source, target):
        return False
    if source in OPEN or target in OPEN:
        return True
    return (source in SCALARS and target in SCALARS) or frozenset({source, target}) in _TEXTUAL_PAIRS


def needs_conversion(source: PinType, target: PinType) -> bool:
    """Whether a value from `source` may have to change, or be refused, before `target` can use it.

    An Object or Array is looked at even if the types agree: a webhook's body is called Object whatever was sent.
    """
    return target in STRUCTURES or (target not in OPEN and source != target)


def convert(value: Value, target: PinType) -> Value:
    """`value` as `target` holds it. Raises ConversionError where it has no such form."""
    return _CONVERTERS[target](value)


def type_of(value: Value) -> PinType:
    """The pin type that describes a value as it stands."""
    for python_type, pin_type in _TYPE_OF:
        if isinstance(value, python_type):
            return pin_type
    raise ConversionError(f"{type(value).__name__} is not a value")


def show(value: Value) -> str:
    """A short text of a value for an error message, however large or deep the value is."""
    try:
        text = _SHORT.repr(value) if isinstance(value, str | bytes | list | dict) else str(value)
    except ValueError:  # Python's guard against quadratic conversion
        return "a number with thousands of digits"
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"


def _refuse(value: Value, target: PinType) -> ConversionError:
    return ConversionError(f"{show(value)} ({type_of(value)}) is not {article(target)}")


def article(target: PinType) -> str:
    return f"an {target}" if target[0] in "AEIO" else f"a {target}"


def to_string(value: Value) -> str:
    """Text as people expect it: true and false in lower case, no `.0` after a whole Float, "" for null."""
    match value:
        case str():
            return value
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int():
            return _digits(value)
        case float():
            return _float_text(value)
        case bytes():
            return _utf8(value)
    raise _refuse(value, PinType.STRING)


def _digits(value: int) -> str:
    try:
        return str(value)
    except ValueError:  # Python's guard against quadratic conversion
        raise ConversionError("the whole number is too long to be written as text") from None


def _float_text(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e16 else repr(value)


def _utf8(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise ConversionError("the bytes are not UTF-8 text") from None


def to_integer(value: Value) -> int:
    """A whole number; text with digits, and Floats without a fraction, count."""
    match value:
        case bool():
            return int(value)
        case int():
            return value
        case float() if value.is_integer():
            return int(value)
        case str():
            return _integer_of_text(value)
    raise _refuse(value, PinType.INTEGER)


def _integer_of_text(text: str) -> int:
    try:
        return int(_without_underscores(text))
    except ValueError:
        number = _number_of_text(text, PinType.INTEGER)
        if number.is_integer():
            return int(number)
        raise _refuse(text, PinType.INTEGER) from None


def to_float(value: Value) -> float:
    """A number. Whole numbers stay whole, so that sums of them are exact."""
    match value:
        case bool():
            return int(value)
        case int() | float():
            return value
        case str():
            return _number(value)
    raise _refuse(value, PinType.FLOAT)


def _number(text: str) -> float:
    try:
        return int(_without_underscores(text))
    except ValueError:
        return _number_of_text(text, PinType.FLOAT)


def _without_underscores(text: str) -> str:
    """Python reads `1_000` as a number; nobody else does."""
    if "_" in text:
        raise ValueError(text)
    return text


def _number_of_text(text: str, target: PinType) -> float:
    try:
        number = float(_without_underscores(text))
    except ValueError:
        raise _refuse(text, target) from None
    if not math.isfinite(number):
        raise _refuse(text, target)
    return number


def to_boolean(value: Value) -> bool:
    """true and false; numbers other than 0 are true; of texts only the usual words count."""
    match value:
        case bool():
            return value
        case int() | float():
            return value != 0
        case str() if (word := value.strip().lower()) in TRUE_WORDS | FALSE_WORDS:
            return word in TRUE_WORDS
    raise _refuse(value, PinType.BOOLEAN)


def to_object(value: Value) -> dict[str, Value]:
    if isinstance(value, dict):
        return value
    raise _refuse(value, PinType.OBJECT)


def to_array(value: Value) -> list[Value]:
    if isinstance(value, list):
        return value
    raise _refuse(value, PinType.ARRAY)


def to_datetime(value: Value) -> str:
    """ISO 8601 text (`patterns.iso8601` lists the forms), written out in full; a time without an offset is UTC.

    Raises ConversionError for anything else.
    """
    if not isinstance(value, str):
        raise _refuse(value, PinType.DATETIME)
    try:
        return iso(parse_iso(value.strip()))
    except NotIso as error:
        reason = f": {error}" if str(error) else ""
        raise ConversionError(f"{_refuse(value, PinType.DATETIME)}{reason}") from None


def iso(moment: datetime) -> str:
    """ISO 8601 with an offset; `Z` for UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.isoformat().removesuffix("+00:00") + ("Z" if not aware.utcoffset() else "")


def to_binary(value: Value) -> bytes:
    match value:
        case bytes():
            return value
        case str():
            return value.encode("utf-8", "surrogatepass")
    raise _refuse(value, PinType.BINARY)


def to_enum(value: Value) -> str:
    if isinstance(value, str):
        return value
    raise _refuse(value, PinType.ENUM)


def _same(value: Value) -> Value:
    return value


_CONVERTERS: dict[PinType, Callable[[Value], Value]] = {
    PinType.STRING: to_string,
    PinType.INTEGER: to_integer,
    PinType.FLOAT: to_float,
    PinType.BOOLEAN: to_boolean,
    PinType.OBJECT: to_object,
    PinType.ARRAY: to_array,
    PinType.DATETIME: to_datetime,
    PinType.BINARY: to_binary,
    PinType.ENUM: to_enum,
    PinType.ANY: _same,
    PinType.NULL: _same,
}

_TYPE_OF: tuple[tuple[type, PinType], ...] = (
    (type(None), PinType.NULL),
    (bool, PinType.BOOLEAN),
    (int, PinType.INTEGER),
    (float, PinType.FLOAT),
    (str, PinType.STRING),
    (list, PinType.ARRAY),
    (dict, PinType.OBJECT),
    (bytes, PinType.BINARY),
)
