"""String: texts in, a text or a fact about it out. Positions and lengths count characters, from 0."""

import re
from collections.abc import Mapping
from typing import Annotated
from typing import Any as AnyValue

from django.utils.text import slugify as django_slugify

from patterns.nodes import templates
from patterns.pins import Interfaces, Pin, Pins
from patterns.registry import Choices, Verbatim, pure
from patterns.types import Array, Boolean, ConversionError, Integer, Object, PinType, String, Value, to_string
from patterns.values import NO_KEYS, check_items, check_length

STRING = "String"
FormatText = Annotated[str, PinType.STRING, Verbatim()]  # {{ stands for a brace
Side = Annotated[str, PinType.ENUM, Choices("start", "end", "both")]
_LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "œ": "oe", "þ": "th"})
_LINE_END = re.compile(r"\r\n|\n|\r")


@pure(STRING)
def concat(a: String, b: String) -> String:
    """A with B behind it.

    Example: A "drag", B "ops" → "dragops"
    """
    check_length(len(a) + len(b))
    return a + b


@pure(STRING, output="Length")
def string_length(value: String) -> Integer:
    """How many characters Value has.

    Example: Value "hello" → 5
    """
    return len(value)


@pure(STRING)
def split(value: String, separator: String) -> Array:
    """The parts of Value between the Separators; its single characters where Separator is empty.

    Example: Value "a,b,c", Separator "," → ["a", "b", "c"]
    """
    check_items(value.count(separator))
    return value.split(separator) if separator else list(value)


@pure(STRING)
def join(array: Array, separator: String = ", ") -> String:
    """The items of Array as one text, with Separator between them. Null counts as an empty text.

    Example: Array ["a", "b", 3] → "a, b, 3"
    """
    texts = [_item_text(item, position) for position, item in enumerate(array)]
    check_length(sum(map(len, texts)) + len(separator) * len(texts))
    return separator.join(texts)


def _item_text(item: Value, position: int) -> str:
    try:
        return to_string(item)
    except ConversionError as error:
        raise ValueError(f"Array, item {position}: {error}") from None


@pure(STRING)
def replace(value: String, search: String, replacement: String) -> String:
    """Value with every occurrence of Search replaced. An empty Search occurs nowhere.

    Example: Value "a-b-c", Search "-", Replacement "+" → "a+b+c"
    """
    if not search:
        return value
    check_length(len(value) + value.count(search) * (len(replacement) - len(search)))
    return value.replace(search, replacement)


@pure(STRING)
def substring(value: String, start: Integer, length: Integer) -> String:
    """Length characters of Value from position Start on, or as many as there are. A negative Start counts from the end.

    Example: Value "dragops", Start 4, Length 3 → "ops"
    """
    if length < 0:
        raise ValueError("Length is negative")
    first = max(0, start + len(value)) if start < 0 else start
    return value[first : first + length]


def _placeholders(properties: Mapping[str, Value], interfaces: Interfaces) -> Pins:
    template = properties.get("template")
    numbers = templates.numbers(template) if isinstance(template, str) else []
    return Pins(inputs=tuple(Pin(str(n), str(n), PinType.ANY, required=True) for n in numbers))


@pure(STRING, label="Format", pins=_placeholders)
def format_(template: FormatText, values: Object = NO_KEYS, *numbered: AnyValue, names: tuple[str, ...] = ()) -> String:
    """Template with {0}, {1}, … replaced by the inputs of that number, and {name} by that key of Values.

    Write {{ and }} for the braces themselves.

    Example: Template "{0} is {age}", 0 "Ada", Values {"age": 36} → "Ada is 36"
    """
    return templates.fill(template, dict(zip(names, numbered, strict=True)), values)


@pure(STRING)
def upper_case(value: String) -> String:
    """Value in capital letters.

    Example: Value "Hello" → "HELLO"
    """
    return value.upper()


@pure(STRING)
def lower_case(value: String) -> String:
    """Value in small letters.

    Example: Value "Hello" → "hello"
    """
    return value.lower()


@pure(STRING)
def title_case(value: String) -> String:
    """Value with a capital letter at the start of each word.

    Example: Value "don't panic" → "Don't Panic"
    """
    return re.sub(r"\S+", lambda word: word[0][:1].title() + word[0][1:].lower(), value)


@pure(STRING)
def trim(value: String, characters: String = "", side: Side = "both") -> String:
    """Value without the white space, or the given Characters, at its ends.

    Example: Value "  hi " → "hi"
    """
    strips = {"start": value.lstrip, "end": value.rstrip, "both": value.strip}
    return strips[_side(side)](characters or None)


@pure(STRING)
def pad(value: String, length: Integer, fill: String = " ", side: Side = "start") -> String:
    """Value, filled up to Length with Fill at its start, end or both sides. A longer Value stays as it is.

    Example: Value "7", Length 3, Fill "0" → "007"
    """
    missing = length - len(value)
    if missing <= 0:
        return value
    if not fill:
        raise ValueError("Fill is empty")
    check_length(length)
    left = {"start": missing, "end": 0, "both": missing // 2}[_side(side)]
    return _filling(fill, left) + value + _filling(fill, missing - left)


def _side(side: str) -> str:
    if side not in ("start", "end", "both"):
        raise ValueError(f"Side is {side[:40]!r}, not start, end or both")
    return side


def _filling(fill: str, length: int) -> str:
    return (fill * (length // len(fill) + 1))[:length]


@pure(STRING)
def repeat(value: String, times: Integer) -> String:
    """Value, several Times one after the other.

    Example: Value "ab", Times 3 → "ababab"
    """
    if times < 0:
        raise ValueError("Times is negative")
    check_length(len(value) * times)
    return value * times if value else ""


@pure(STRING)
def reverse(value: String) -> String:
    """The characters of Value from the last to the first.

    Example: Value "abc" → "cba"
    """
    return value[::-1]


@pure(STRING)
def contains(value: String, search: String, ignore_case: Boolean = False) -> Boolean:
    """Whether Search occurs in Value.

    Example: Value "dragops", Search "ops" → true
    """
    return _cased(search, ignore_case) in _cased(value, ignore_case)


@pure(STRING)
def starts_with(value: String, search: String, ignore_case: Boolean = False) -> Boolean:
    """Whether Value starts with Search.

    Example: Value "refs/heads/main", Search "refs/" → true
    """
    return _cased(value, ignore_case).startswith(_cased(search, ignore_case))


@pure(STRING)
def ends_with(value: String, search: String, ignore_case: Boolean = False) -> Boolean:
    """Whether Value ends with Search.

    Example: Value "report.PDF", Search ".pdf", Ignore Case true → true
    """
    return _cased(value, ignore_case).endswith(_cased(search, ignore_case))


def _cased(text: str, ignore_case: bool) -> str:
    return text.casefold() if ignore_case else text


@pure(STRING, output="Index")
def index_of(value: String, search: String) -> Integer:
    """The position at which Search first occurs in Value, or -1.

    Example: Value "dragops", Search "ops" → 4
    """
    return value.find(search)


@pure(STRING)
def slugify(value: String, allow_unicode: Boolean = False) -> String:
    """Value as part of an address: small letters, digits, and hyphens between words.

    Example: Value "Crème brûlée, 2 pieces!" → "creme-brulee-2-pieces"
    """
    text = value.lower()
    return django_slugify(text if allow_unicode else text.translate(_LETTERS), allow_unicode=allow_unicode)


@pure(STRING)
def truncate(value: String, length: Integer, suffix: String = "…") -> String:
    """Value, cut to at most Length characters, of which the last are Suffix where something was cut off.

    Example: Value "A long story", Length 7 → "A long…"
    """
    if length < 0:
        raise ValueError("Length is negative")
    if len(value) <= length:
        return value
    return value[: max(0, length - len(suffix))] + suffix[:length]


@pure(STRING)
def lines(value: String, skip_empty: Boolean = False) -> Array:
    r"""The lines of Value, without their line ends.

    Example: Value "a\nb\n" → ["a", "b"]
    """
    check_items(value.count("\n") + value.count("\r"))
    found = _LINE_END.split(value)
    if not found[-1]:
        found.pop()
    return [line for line in found if line.strip()] if skip_empty else found
