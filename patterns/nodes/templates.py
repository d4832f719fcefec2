"""The templates of Format: text with `{0}`, `{name}`, and `{{`, `}}` for the braces themselves.

Unlike Python's `str.format` a placeholder only names a value: it reaches no attribute and takes no width.
"""

import re
from collections.abc import Iterator, Mapping

from patterns.types import Value, show, to_string
from patterns.values import about, check_length, get_path, has_path, to_json

MAX_PLACEHOLDERS = 100
_TOKEN = re.compile(r"\{\{|\}\}|\{[^{}]*\}|[{}]|[^{}]+")


def tokens(template: str) -> Iterator[tuple[str, str]]:
    """(text, "") for what stands as it is and ("", name) for placeholders. Raises ValueError on a lone brace."""
    for found in _TOKEN.finditer(template):
        token = found[0]
        if token in ("{{", "}}"):
            yield token[0], ""
        elif token in ("{", "}"):
            raise ValueError(f"Template has a lone {token} (write {token}{token} for the sign itself)")
        elif token[0] == "{":
            yield "", _name(token)
        else:
            yield token, ""


def _name(placeholder: str) -> str:
    name = placeholder[1:-1].strip()
    if not name:
        raise ValueError("Template has an empty placeholder {}; write {0}, {1} or {name}")
    return str(int(name)) if is_number(name) else name


def is_number(name: str) -> bool:
    return name.isascii() and name.isdigit() and len(name) <= 3


def numbers(template: str) -> list[int]:
    """The numbered placeholders of a template, each once, in order. Raises ValueError on a broken template."""
    found = sorted({int(name) for _, name in tokens(template) if is_number(name)})
    if len(found) > MAX_PLACEHOLDERS:
        raise ValueError(f"Template has {len(found)} numbered placeholders; the limit is {MAX_PLACEHOLDERS}")
    return found


def fill(template: str, numbered: Mapping[str, Value], named: Value) -> str:
    """The template with its placeholders replaced. Raises ValueError for one that has no value."""
    pieces: list[str] = []
    length = 0
    for text, name in tokens(template):
        piece = _piece(name, numbered, named) if name else text
        length += len(piece)
        check_length(length)
        pieces.append(piece)
    return "".join(pieces)


def _piece(name: str, numbered: Mapping[str, Value], named: Value) -> str:
    with about(f"Template, {show('{' + name + '}')}"):
        return as_text(_look_up(name, numbered, named))


def _look_up(name: str, numbered: Mapping[str, Value], named: Value) -> Value:
    if name in numbered:
        return numbered[name]
    if not has_path(named, name):
        raise ValueError("the placeholder has no value")
    return get_path(named, name)


def as_text(value: Value) -> str:
    """Any value as text: JSON for Arrays and Objects."""
    return to_json(value) if isinstance(value, list | dict) else to_string(value)
