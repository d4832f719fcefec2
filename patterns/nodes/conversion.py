"""Conversion: a value as another type, where a wire alone would not convert it.

What a wire converts, these nodes convert likewise, and more besides. If Invalid, where it is given, stands in for a
Value that cannot be converted, null among them; without it the node fails.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from email.utils import parsedate_to_datetime
from typing import Annotated
from typing import Any as AnyValue

from patterns import types
from patterns.registry import Choices, Label, pure
from patterns.types import (
    Any,
    Array,
    Boolean,
    ConversionError,
    DateTime,
    Float,
    Integer,
    Object,
    PinType,
    String,
    Value,
    article,
    show,
    type_of,
)
from patterns.values import check_length, parse_json, to_json

CONVERSION = "Conversion"
MAX_NUMBER = 5_000  # characters; more than any number needs
ROUNDINGS = {"truncate": ROUND_DOWN, "round": ROUND_HALF_UP, "floor": ROUND_FLOOR, "ceiling": ROUND_CEILING}
Rounding = Annotated[str, PinType.ENUM, Choices(*ROUNDINGS, "refuse")]
Unit = Annotated[str, PinType.ENUM, Choices("auto", "seconds", "milliseconds")]
IfInvalid = Label("If Invalid")
StringIfInvalid = Annotated[str | None, PinType.STRING, IfInvalid]
IntegerIfInvalid = Annotated[int | None, PinType.INTEGER, IfInvalid]
FloatIfInvalid = Annotated[float | None, PinType.FLOAT, IfInvalid]
BooleanIfInvalid = Annotated[bool | None, PinType.BOOLEAN, IfInvalid]
ArrayIfInvalid = Annotated[list[AnyValue] | None, PinType.ARRAY, IfInvalid]
ObjectIfInvalid = Annotated[dict[str, AnyValue] | None, PinType.OBJECT, IfInvalid]
DateTimeIfInvalid = Annotated[str | None, PinType.DATETIME, IfInvalid]
TYPES = tuple(kind for kind in PinType if kind not in (PinType.EXEC, PinType.ANY, PinType.DATETIME, PinType.ENUM))
TypeName = Annotated[str, PinType.ENUM, Choices(*TYPES)]
# Of a Unix time: as seconds this is the year 5138, as milliseconds 1973.
_FIRST_MILLISECONDS = 1e11
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _or(if_invalid: Value, make: Callable[[Value], Value], value: Value) -> Value:
    """What `make` makes of the value; where it refuses, `if_invalid`, or else an error that names the pin."""
    try:
        return make(value)
    except ValueError as error:
        if if_invalid is not None:
            return if_invalid
        raise ValueError(f"Value: {error}") from None


def _unpacked(value: Value) -> Value:
    """Bytes as the text they hold. Raises ConversionError."""
    return types.to_string(value) if isinstance(value, bytes) else value


@pure(CONVERSION)
def to_string(value: Any, if_invalid: StringIfInvalid = None) -> String:
    """Value as text: Objects and Arrays as JSON, true and false in small letters, bytes as UTF-8, null as "".

    JSON Stringify can indent; Join makes one text of an Array without brackets. Bytes that are not UTF-8 are
    invalid: see Base64 Encode.

    Example: Value {"a": [1, true]} → "{\\"a\\":[1,true]}"
    """
    text: str = _or(if_invalid, _text, value)
    return text


def _text(value: Value) -> str:
    if not isinstance(value, list | dict):
        return types.to_string(value)
    text = to_json(value)
    check_length(len(text))
    return text


@pure(CONVERSION)
def to_integer(value: Any, if_invalid: IntegerIfInvalid = None, *, rounding: Rounding = "truncate") -> Integer:
    """Value as a whole number: text with a number in it, a Float, true as 1 and false as 0.

    Rounding says what becomes of a fraction: cut off (truncate), rounded with a half going away from 0, to the next
    whole number below (floor) or above (ceiling), or refused. Text is read exactly, however many digits it has. Null,
    empty text and lists are invalid.

    Example: Value "-3.7" → -3
    """
    if rounding not in (*ROUNDINGS, "refuse"):
        raise ValueError(f"Rounding is {rounding[:40]!r}, not one of {', '.join((*ROUNDINGS, 'refuse'))}")
    number: int = _or(if_invalid, lambda given: _whole(given, rounding), value)
    return number


def _whole(value: Value, rounding: str) -> int:
    value = _unpacked(value)
    if rounding == "refuse" or not isinstance(value, str | float):
        return types.to_integer(value)
    exact = _decimal(value)
    return int(exact.to_integral_value(ROUNDINGS[rounding]))


def _decimal(value: str | float) -> Decimal:
    """The number in a text, exactly. Raises ConversionError; also past 1.8e308, where it would not end."""
    if isinstance(value, float):
        return Decimal(value)
    text = _number_text(value)
    number = types.to_float(text)
    return Decimal(number if isinstance(number, int) else text)


def _number_text(value: Value) -> Value:
    """`value`, unless it is a text that no number has. Raises ConversionError."""
    if isinstance(value, str) and len(value) > MAX_NUMBER:
        raise ConversionError(f"the text has {len(value):,} characters, too many for a number")
    return value.strip() if isinstance(value, str) else value


@pure(CONVERSION)
def to_float(value: Any, if_invalid: FloatIfInvalid = None) -> Float:
    """Value as a number: text such as 2.5, -1e3 or 42, with white space around it or not; true as 1 and false as 0.

    A whole number stays one, so that it keeps all its digits. The decimal sign is the point. Null, empty text and lists
    are invalid.

    Example: Value "2.5" → 2.5
    """
    number: float = _or(if_invalid, lambda given: types.to_float(_number_text(_unpacked(given))), value)
    return number


@pure(CONVERSION)
def to_boolean(value: Any, if_invalid: BooleanIfInvalid = None) -> Boolean:
    """Value as true or false: of numbers 0 is false; of texts true, yes, on, 1 and false, no, off, 0 or none count.

    Other texts, lists and null are invalid, rather than true or false by accident; Is Empty and Is Null ask for those.

    Example: Value "Yes" → true
    """
    truth: bool = _or(if_invalid, lambda given: types.to_boolean(_unpacked(given)), value)
    return truth


@pure(CONVERSION)
def to_array(value: Any, if_invalid: ArrayIfInvalid = None) -> Array:
    """Value as a list: an Array as it is, text that holds a JSON array as that, null as [], all else as its only item.

    Text that begins with [ but is not JSON is invalid. For the parts of a text see Split, for those of an Object Values
    and Entries.

    Example: Value "[1, 2]" → [1, 2]
    """
    items: list[AnyValue] = _or(if_invalid, _items, value)
    return items


def _items(value: Value) -> list[Value]:
    if value is None or isinstance(value, list):
        return value or []
    if isinstance(value, str | bytes) and value.lstrip()[:1] in ("[", b"["):
        return _parsed(value, PinType.ARRAY)
    return [value]


@pure(CONVERSION)
def to_object(value: Any, if_invalid: ObjectIfInvalid = None) -> Object:
    """Value as an Object: one as it is, text that holds a JSON object as that, null as {}.

    All else is invalid. For lists see From Entries and Make Object.

    Example: Value "{\\"a\\": 1}" → {"a": 1}
    """
    made: dict[str, AnyValue] = _or(if_invalid, _object, value)
    return made


def _object(value: Value) -> dict[str, Value]:
    if value is None:
        return {}
    return _parsed(value, PinType.OBJECT) if isinstance(value, str | bytes) else types.to_object(value)


def _parsed(text: str | bytes, target: PinType) -> AnyValue:
    try:
        parsed = parse_json(text)
    except ValueError as error:
        raise ConversionError(f"the text is not JSON: {str(error)[:100]}") from None
    return types.convert(parsed, target)


@pure(CONVERSION, label="To DateTime")
def to_date_time(value: Any, if_invalid: DateTimeIfInvalid = None, *, unit: Unit = "auto") -> DateTime:
    """Value as a time: ISO 8601 text, a date of e-mail and HTTP (RFC 5322), or a Unix time as number or digits.

    A time without an offset is UTC. Unit says what a Unix time counts; auto takes numbers from 100,000,000,000 on (in
    seconds the year 5138) for milliseconds. For other forms of text see Parse Date.

    Example: Value 1700000000 → "2023-11-14T22:13:20Z"
    """
    if unit not in ("auto", "seconds", "milliseconds"):
        raise ValueError(f"Unit is {unit[:40]!r}, not one of auto, seconds, milliseconds")
    moment: str = _or(if_invalid, lambda given: _moment(_unpacked(given), unit), value)
    return moment


def _moment(value: Value, unit: str) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ConversionError(f"{show(value)} ({type_of(value)}) is not {article(PinType.DATETIME)}")
    if isinstance(value, int | float):
        return _of_unix(value, unit)
    text = value.strip()
    if text.removeprefix("-").isdecimal() and 9 <= len(text) <= 14:
        return _of_unix(int(text), unit)
    return _of_text(text)


def _of_text(text: str) -> str:
    try:
        return types.to_datetime(text)
    except ConversionError:
        if len(text) > 100:
            raise
        return _of_mail_date(text)


def _of_mail_date(text: str) -> str:
    try:
        return types.iso(parsedate_to_datetime(text))
    except (ValueError, OverflowError, TypeError, IndexError):
        raise ConversionError(f"{show(text)} is not {article(PinType.DATETIME)}") from None


def _of_unix(number: float, unit: str) -> str:
    is_fine = unit == "milliseconds" or (unit == "auto" and abs(number) >= _FIRST_MILLISECONDS)
    try:
        return types.iso(_EPOCH + (timedelta(milliseconds=number) if is_fine else timedelta(seconds=number)))
    except OverflowError:
        raise ConversionError(f"{show(number)} is a time outside the years 1 to 9999") from None


@pure(CONVERSION, label="Type Of", output="Type")
def type_of_(value: Any) -> TypeName:
    """The name of the type of Value: String, Integer, Float, Boolean, Object, Array, Binary or Null.

    A time is a String, as it is ISO 8601 text. A Float without a fraction is still a Float. Is Type asks for one.

    Example: Value [1, 2] → "Array"
    """
    return type_of(value)
