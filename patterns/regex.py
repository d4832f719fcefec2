r"""Regular expressions that end: RE2, whose time grows with the text and not with what it could match.

RE2 (https://github.com/google/re2/wiki/Syntax) has no backreferences and no lookaround. Its \d, \w, \s and \b know
ASCII alone; \pL is a letter and \p{Greek} a script of Unicode.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from time import monotonic
from typing import Any

import re2

from patterns.types import Value
from patterns.values import MAX_TEXT, check_items, check_length

MAX_PATTERN = 10_000  # characters
MAX_GROUPS = 100
MAX_REFERENCES = 10_000  # to groups, in a replacement
MAX_MEMORY = 4 << 20  # bytes, of one pattern
CACHED = 32  # patterns of one process
# Steps of the pattern's program times bytes of the text. RE2 takes up to 7 ns for each where it is at its slowest.
MAX_WORK = 500_000_000
MAX_SECONDS = 5.0  # for all matches in a text: each may look at the rest of it before it is found
_HALVES = re.compile(r"\\(?:\\|(C))")
_CONTINUATION = range(0x80, 0xC0)  # bytes inside a character of UTF-8
_REFERENCE = re.compile(r"\$(?:(\$)|(&)|(\d{1,2})|\{(\w+)\}|<(\w+)>)|\\(?:(\\)|(\d{1,2})|g<(\w+)>)")
_MISSING = (
    (r"(?=", "lookahead"),
    (r"(?!", "lookahead"),
    (r"(?<=", "lookbehind"),
    (r"(?<!", "lookbehind"),
    (r"(?>", "atomic groups"),
    (r"(?(", "conditions"),
    (r"(?#", "comments"),
    (r"(?P", "backreferences, and a group's name takes letters, digits and _"),
    (r"\k", "backreferences"),
    (r"\g", "backreferences"),
    (r"\Z", r"\Z; write \z"),
    (r"\u", r"\u; write \x{00e9}"),
)


@dataclass(slots=True)  # not frozen: there may be a million
class Match:
    """What was found: the whole at groups[0], the captured groups behind it (null where one took no part)."""

    index: int  # in characters
    groups: list[str | None]
    named: dict[str, str | None]

    @property
    def text(self) -> str:
        return self.groups[0] or ""


@lru_cache(maxsize=CACHED)
def compiled(pattern: str, flags: str) -> Any:
    """The RE2 object of a pattern. `flags` is of i, m, s. Raises ValueError that names the pin Pattern."""
    if len(pattern) > MAX_PATTERN:
        raise ValueError(f"Pattern has more than {MAX_PATTERN:,} characters")
    if any(half[1] for half in _HALVES.finditer(pattern)):
        raise ValueError(r"Pattern has \C, a part of a character, which is not supported")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = MAX_MEMORY
    try:
        found = re2.compile((f"(?{flags})" if flags else "").encode() + _utf8(pattern), options)
    except re2.error as error:
        raise ValueError(_explained(error)) from None
    if found.groups > MAX_GROUPS:
        raise ValueError(f"Pattern has more than {MAX_GROUPS} groups")
    return found


def _explained(error: Exception) -> str:
    said = error.args[0] if error.args else b""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    kind, _, place = text.partition(": ")
    if (digit := re.match(r"\\[1-9]", place)) or kind == "bad repetition operator":
        missing = "backreferences" if digit else "possessive or doubled repetition"
    else:
        missing = next((name for start, name in _MISSING if place.startswith(start)), "")
    if missing:
        return f"Pattern has {place[:20]}: RE2, which runs in linear time, does not support {missing}"
    if "too large" in text:
        return "Pattern is too large: it repeats too much"
    return f"Pattern is not a regular expression: {kind}" + (f": {place[:60]}" if place else "")


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")


def matches(pattern: str, flags: str, text: str) -> Iterator[Match]:
    """The matches from left to right, without overlap. Raises ValueError where they would take too long."""
    regex = compiled(pattern, flags)
    data = _utf8(text)
    _check_work(regex, data)
    names = [(_text(name), number) for name, number in regex.groupindex.items()]
    seen, characters = 0, 0
    for spans in _spans(regex, data):
        start = spans[0][0]
        characters += start - seen if len(data) == len(text) else len(_text(data[seen:start]))
        seen = start
        if sum(end - begin for begin, end in spans[1:]) > MAX_TEXT:
            raise ValueError(f"Groups would hold more than {MAX_TEXT:,} bytes together, which is the limit")
        groups = [_text(data[begin:end]) if begin >= 0 else None for begin, end in spans]
        yield Match(characters, groups, {name: groups[number] for name, number in names})


def _check_work(regex: Any, data: bytes) -> None:
    check_length(len(data), 4 * MAX_TEXT, "bytes")
    if len(data) * regex.programsize > MAX_WORK:
        raise ValueError(f"Pattern is too complex for a text of {len(data):,} bytes: it could take too long")


def _spans(regex: Any, data: bytes) -> Iterator[list[tuple[int, int]]]:
    """As `finditer`, which finds an empty match twice where it lies ahead, and between the bytes of a character."""
    position, ends, groups = 0, monotonic() + MAX_SECONDS, range(regex.groups + 1)
    while position <= len(data) and (found := regex.search(data, position)):
        spans = [found.span(group) for group in groups]
        yield spans
        begin, end = spans[0]
        position = end if end > begin else _next_character(data, end)
        if monotonic() > ends:
            raise ValueError(f"Pattern takes too long on this text (more than {MAX_SECONDS:.0f} seconds)")


def _next_character(data: bytes, position: int) -> int:
    position += 1
    while position < len(data) and data[position] in _CONTINUATION:
        position += 1
    return position


def replaced(pattern: str, flags: str, text: str, replacement: str, limit: int) -> str:
    """`text` with its first `limit` matches (0: all) replaced. Raises ValueError."""
    fill = _filler(replacement, compiled(pattern, flags))
    pieces, end, length = [], 0, len(text)
    for number, match in enumerate(matches(pattern, flags, text), 1):
        check_items(number)
        new = fill(match)
        length += len(new) - len(match.text)
        check_length(length)
        pieces += [text[end : match.index], new]
        end = match.index + len(match.text)
        if number == limit:
            break
    return "".join([*pieces, text[end:]])


def _filler(replacement: str, regex: Any) -> Callable[[Match], str]:
    """What makes of a match the text that replaces it. Raises ValueError."""
    parts: list[str | int] = []
    end = 0
    for number, found in enumerate(_REFERENCE.finditer(replacement)):
        if number >= MAX_REFERENCES:
            raise ValueError(f"Replacement names groups more than {MAX_REFERENCES:,} times")
        parts += [replacement[end : found.start()], _referred(found, regex)]
        end = found.end()
    return lambda match: _filled([*parts, replacement[end:]], match)


def _filled(parts: list[str | int], match: Match) -> str:
    texts = [part if isinstance(part, str) else match.groups[part] or "" for part in parts]
    check_length(sum(map(len, texts)))
    return "".join(texts)


def _referred(found: re.Match[str], regex: Any) -> str | int:
    """The literal sign, or the number of the group, that a reference stands for. Raises ValueError."""
    dollar, whole, number, name, angled, backslash, escaped, python = found.groups()
    if sign := dollar or backslash:
        return sign
    wanted = "0" if whole else number or name or angled or escaped or python
    group = int(wanted) if wanted.isdecimal() else regex.groupindex.get(wanted.encode(), -1)
    if 0 <= group <= regex.groups:
        return int(group)
    raise ValueError(f"Replacement names the group {found[0]}, which Pattern has not; a dollar sign is written $$")


def as_value(match: Match) -> dict[str, Value]:
    return {"match": match.text, "index": match.index, "groups": match.groups[1:], "named": match.named}
