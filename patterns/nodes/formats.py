"""Data Formats: between values and the texts that other programs write and read."""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qsl, urlencode

from dragops_site import jsontext
from patterns.nodes.limits import LimitedText, check_indent
from patterns.nodes.templates import as_text
from patterns.registry import KeyValues, pure
from patterns.types import Any, Array, Boolean, ConversionError, Integer, Object, String, Value, show, to_string
from patterns.values import MAX_ITEMS, MAX_TEXT, check_items, check_length, parse_json, to_json

FORMATS = "Data Formats"
MAX_INDENT = 16
MAX_CELLS = 10_000_000
MAX_FIRST_LINE = 100_000
AUTO = "auto"
DELIMITERS = (",", ";", "\t", "|")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
BYTE_ORDER_MARK = "\ufeff"
_QUOTED = re.compile(r'"(?:[^"]|"")*(?:"|\Z)')
_LINE_END = re.compile(r"[\r\n]")
csv.field_size_limit(MAX_TEXT)


@pure(FORMATS, output="Value")
def json_parse(text: String) -> Any:
    r"""The value that a JSON text describes. Fails when the text is not JSON.

    Example: Text "{\"a\": [1, 2]}" → {"a": [1, 2]}
    """
    try:
        return parse_json(text.removeprefix(BYTE_ORDER_MARK))
    except ValueError as error:
        raise ValueError(f"Text is not JSON: {_reason(error)}") from None


def _reason(error: ValueError) -> str:
    """What Python's parser found wrong, without its advice to programmers about long numbers."""
    is_long_number = "set_int_max_str_digits" in str(error)
    return "a whole number has more than 4,300 digits" if is_long_number else str(error)


@pure(FORMATS, output="Text")
def json_stringify(value: Any, indent: Integer = 0) -> String:
    r"""A value as JSON text; with an Indent of 1 or more it is spread over lines.

    Example: Value {"a": [1, 2]} → "{\"a\":[1,2]}"
    """
    check_indent(indent, 0, MAX_INDENT)
    try:
        text = _indented(value, indent) if indent else to_json(value)
        check_length(len(text))
    except ValueError as error:
        raise ValueError(f"Value cannot be written as JSON: {error}") from None
    return text


def _indented(value: Value, indent: int) -> str:
    plain = jsontext.loads(to_json(value))  # bytes in their JSON form, and no error but a ValueError
    try:
        text = json.dumps(plain, indent=indent, ensure_ascii=False)
    except RecursionError:
        raise ValueError("the value is nested too deeply for JSON") from None
    return text if _is_unicode(text) else json.dumps(plain, indent=indent)


def _is_unicode(text: str) -> bool:
    """Whether a text has no lone surrogate, which UTF-8 has no form for."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _delimiter(text: str) -> str:
    delimiter = "\t" if text in ("\\t", "tab") else text
    if len(delimiter) != 1 or delimiter in '"\r\n' or "\ud800" <= delimiter <= "\udfff":
        raise ValueError("Delimiter must be one character, such as , or ; (\\t is the tab), and not a quotation mark")
    return delimiter


def _found_delimiter(text: str) -> str:
    """The usual delimiter that stands most often in the first line, outside quotation marks; the comma if none does."""
    first_line = _QUOTED.sub("", text[:MAX_FIRST_LINE]).lstrip("\r\n")
    ending = _LINE_END.search(first_line)
    heading = first_line[: ending.start()] if ending else first_line
    return max(DELIMITERS, key=heading.count)


@pure(FORMATS, label="Parse CSV", output="Rows")
def parse_csv(text: String, header: Boolean = True, delimiter: String = ",", *, trim: Boolean = False) -> Array:
    r"""The rows of a CSV text: Objects by the names in its first line, or Arrays where it has no Header.

    All values are texts; a row that is too short has null for what is missing. Empty lines are left out. The Delimiter
    "auto" is what stands most often in the first line of comma, semicolon, tab and |. Trim removes the spaces around
    names and values.

    Example: Text "name,age\nAda,36" → [{"name": "Ada", "age": "36"}]
    """
    text = text.removeprefix(BYTE_ORDER_MARK)
    separator = _found_delimiter(text) if delimiter == AUTO else _delimiter(delimiter)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        return _rows(_trimmed(reader) if trim else reader, header)
    except csv.Error as error:
        raise ValueError(f"Text is not CSV: {error} (line {reader.line_num})") from None
    except ValueError as error:
        raise ValueError(f"Text: {error}") from None


def _trimmed(rows: Iterable[list[str]]) -> Iterator[list[str]]:
    for cells in rows:
        yield [cell.strip() for cell in cells]


def _rows(reader: Iterable[list[str]], has_header: bool) -> list[Value]:
    rows: list[Value] = []
    columns: list[str] | None = None
    cell_count = 0
    for cells in reader:
        if not cells:
            continue
        if has_header and columns is None:
            columns = _columns(cells)
            continue
        rows.append(cells if columns is None else _record(columns, cells, len(rows) + 1))
        cell_count += len(rows[-1])
        check_items(len(rows))
        check_length(cell_count, MAX_CELLS, "cells")
    return rows


def _columns(names: list[str]) -> list[str]:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"two columns of the header have the same name, {show(name)}")
        seen.add(name)
    return names


def _record(columns: list[str], cells: list[str], number: int) -> dict[str, Value]:
    if len(cells) > len(columns):
        raise ValueError(f"row {number} has {len(cells)} values, but the header has {len(columns)} columns")
    missing = [None] * (len(columns) - len(cells))
    return dict(zip(columns, [*cells, *missing], strict=True))


@pure(FORMATS, label="To CSV", output="Text")
def to_csv(rows: Array, header: Boolean = True, delimiter: String = ",", escape_formulas: Boolean = False) -> String:
    r"""Rows (all Objects, or all Arrays) as CSV text. The columns of Objects are their keys; Header writes them first.

    Escape Formulas puts ' before texts that a spreadsheet would take for a formula (they start with =, +, -, @, a tab
    or a line break), for files with what strangers have typed.

    Example: Rows [{"name": "Ada", "age": 36}] → "name,age\r\nAda,36\r\n"
    """
    text = LimitedText()
    writer = csv.writer(text, delimiter=_delimiter(delimiter))
    try:
        writer.writerows([_cell(cell, escape_formulas) for cell in row] for row in _table(rows, header))
    except ValueError as error:
        raise ValueError(f"Rows: {error}") from None
    return text.text()


def _cell(value: Value, escape_formulas: bool) -> str:
    is_formula = escape_formulas and isinstance(value, str) and value.startswith(FORMULA_STARTS)
    return f"'{value}" if is_formula else as_text(value)


def _table(rows: list[Value], header: bool) -> Iterable[list[Value]]:
    if all(isinstance(row, list) for row in rows):
        check_length(sum(map(len, rows)), MAX_CELLS, "cells")
        return rows
    if all(isinstance(row, dict) for row in rows):
        return _table_of_objects(rows, header)
    raise ValueError("they must be all Objects or all Arrays")


def _table_of_objects(rows: list[dict[str, Value]], header: bool) -> Iterator[list[Value]]:
    columns = list(dict.fromkeys(key for row in rows for key in row))
    check_length(len(columns) * len(rows), MAX_CELLS, "cells")
    if header:
        yield list(columns)
    for row in rows:
        yield [row.get(column) for column in columns]


@pure(FORMATS, output="Object")
def parse_query_string(text: String) -> Object:
    """The values of a query string or form; a name that occurs several times has an Array.

    Example: Text "q=drag+ops&tag=a&tag=b" → {"q": "drag ops", "tag": ["a", "b"]}
    """
    if text.count("&") >= MAX_ITEMS:
        raise ValueError(f"Text has more than {MAX_ITEMS:,} values, which is the limit")
    found: dict[str, list[str]] = {}
    for name, value in parse_qsl(text.removeprefix("?"), keep_blank_values=True):
        found.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


@pure(FORMATS, output="Text")
def to_query_string(object: KeyValues) -> String:
    """An Object as query string. An Array repeats its name, null is left out.

    Example: Object {"q": "drag ops", "tag": ["a", "b"]} → "q=drag+ops&tag=a&tag=b"
    """
    try:
        return query_string(object)
    except ValueError as error:
        raise ValueError(f"Object: {error}") from None


def query_string(fields: dict[str, Value]) -> str:
    """`fields`, percent-encoded. Raises ValueError for a value that has no place in a query string."""
    pairs = [(name, text) for name, value in fields.items() for text in _texts(name, value)]
    check_length(sum(len(name) + len(text) for name, text in pairs))
    return urlencode(pairs, errors="surrogatepass")


def _texts(name: str, value: Value) -> list[str]:
    try:
        return [to_string(item) for item in (value if isinstance(value, list) else [value]) if item is not None]
    except ConversionError as error:
        raise ValueError(f"{name[:60]}: {error}") from None
