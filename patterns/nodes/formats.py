"""Data Formats: between values and the texts that other programs write and read."""

import csv
import io
import json
from collections.abc import Iterable
from urllib.parse import parse_qsl, urlencode

from dragops_site import jsontext
from patterns.nodes.templates import as_text
from patterns.registry import pure
from patterns.types import Any, Array, Boolean, ConversionError, Integer, Object, String, Value, to_string
from patterns.values import MAX_TEXT, check_items, check_length, parse_json, to_json

FORMATS = "Data Formats"
MAX_INDENT = 16
MAX_CELLS = 10_000_000
BYTE_ORDER_MARK = "\ufeff"
csv.field_size_limit(MAX_TEXT)


@pure(FORMATS, output="Value")
def json_parse(text: String) -> Any:
    r"""The value that a JSON text describes. Fails when the text is not JSON.

    Example: Text "{\"a\": [1, 2]}" → {"a": [1, 2]}
    """
    try:
        return parse_json(text.removeprefix(BYTE_ORDER_MARK))
    except ValueError as error:
        raise ValueError(f"the text is not JSON: {error}") from None


@pure(FORMATS, output="Text")
def json_stringify(value: Any, indent: Integer = 0) -> String:
    r"""A value as JSON text; with an Indent of 1 or more it is spread over lines.

    Example: Value {"a": [1, 2]} → "{\"a\":[1,2]}"
    """
    if not 0 <= indent <= MAX_INDENT:
        raise ValueError(f"Indent must be between 0 and {MAX_INDENT}")
    text = _indented(value, indent) if indent else to_json(value)
    check_length(len(text))
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
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise ValueError("Delimiter must be one character, such as , or ; (\\t is the tab), and not a quotation mark")
    return delimiter


@pure(FORMATS, label="Parse CSV", output="Rows")
def parse_csv(text: String, header: Boolean = True, delimiter: String = ",") -> Array:
    r"""The rows of a CSV text: Objects by the names in its first line, or Arrays where it has no Header.

    All values are texts; a row that is too short has null for what is missing. Empty lines are left out.

    Example: Text "name,age\nAda,36" → [{"name": "Ada", "age": "36"}]
    """
    lines = io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline="")
    reader = csv.reader(lines, delimiter=_delimiter(delimiter), strict=True)
    try:
        return _rows(reader, header)
    except csv.Error as error:
        raise ValueError(f"line {reader.line_num} is not CSV: {error}") from None


def _rows(reader: Iterable[list[str]], has_header: bool) -> list[Value]:
    rows: list[Value] = []
    columns: list[str] | None = None
    for cells in reader:
        if not cells:
            continue
        if has_header and columns is None:
            columns = _columns(cells)
            continue
        rows.append(cells if columns is None else _record(columns, cells, len(rows) + 1))
        check_items(len(rows))
        check_length(len(rows) * len(columns or ()), MAX_CELLS, "cells")
    return rows


def _columns(names: list[str]) -> list[str]:
    if len(set(names)) < len(names):
        raise ValueError("two columns of the header have the same name")
    return names


def _record(columns: list[str], cells: list[str], number: int) -> dict[str, Value]:
    if len(cells) > len(columns):
        raise ValueError(f"row {number} has {len(cells)} values, but the header has {len(columns)} columns")
    missing = [None] * (len(columns) - len(cells))
    return dict(zip(columns, [*cells, *missing], strict=True))


class _LimitedText:
    """A file to write to that refuses to grow past the limit of texts."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.length = 0

    def write(self, piece: str) -> None:
        self.length += len(piece)
        check_length(self.length)
        self.pieces.append(piece)


@pure(FORMATS, label="To CSV", output="Text")
def to_csv(rows: Array, header: Boolean = True, delimiter: String = ",") -> String:
    r"""Rows (all Objects, or all Arrays) as CSV text. The columns of Objects are their keys; Header writes them first.

    Example: Rows [{"name": "Ada", "age": 36}] → "name,age\r\nAda,36\r\n"
    """
    text = _LimitedText()
    writer = csv.writer(text, delimiter=_delimiter(delimiter))
    if rows and all(isinstance(row, dict) for row in rows):
        writer.writerows(_table(rows, header))
    elif all(isinstance(row, list) for row in rows):
        writer.writerows([as_text(cell) for cell in row] for row in rows)
    else:
        raise ValueError("Rows must be all Objects or all Arrays")
    return "".join(text.pieces)


def _table(rows: list[dict[str, Value]], header: bool) -> Iterable[list[str]]:
    columns = list(dict.fromkeys(key for row in rows for key in row))
    check_length(len(columns) * len(rows), MAX_CELLS, "cells")
    if header:
        yield columns
    for row in rows:
        yield [as_text(row.get(column)) for column in columns]


@pure(FORMATS, output="Object")
def parse_query_string(text: String) -> Object:
    """The values of a query string or form; a name that occurs several times has an Array.

    Example: Text "q=drag+ops&tag=a&tag=b" → {"q": "drag ops", "tag": ["a", "b"]}
    """
    found: dict[str, list[str]] = {}
    for name, value in parse_qsl(text.removeprefix("?"), keep_blank_values=True):
        found.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


@pure(FORMATS, output="Text")
def to_query_string(object: Object) -> String:
    """An Object as query string. An Array repeats its name, null is left out.

    Example: Object {"q": "drag ops", "tag": ["a", "b"]} → "q=drag+ops&tag=a&tag=b"
    """
    return query_string(object)


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
