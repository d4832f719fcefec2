"""A JSON value as a flat list of tokens, from which a template nests `<details>`; bounded, and without recursion."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from dragops_site.jsontext import clean

MAX_TOKENS = 2_000
MAX_DEPTH = 40
MAX_CHILDREN = 200
OPEN_CHILDREN = 30  # a branch with more stays closed until somebody asks
OPEN_DEPTH = 2
LONG_TEXT = 160
SHOWN_TEXT = 20_000
KEY_CHARACTERS = 200


@dataclass(frozen=True)
class Token:
    """`kind` is open (a branch), close, leaf, text (a long string), cut (shortened by the log) or more (left out)."""

    kind: str
    key: str | None = None
    type: str = ""
    text: str = ""
    size: int = 0
    is_open: bool = False


CLOSE = Token("close")
_Pair = tuple[str | None, Any]


def tokens(value: Any, max_tokens: int = MAX_TOKENS) -> Iterator[Token]:
    """The tokens of `value`, every open one closed again; past `max_tokens` the rest is left out and says so."""
    branches: list[Iterator[_Pair]] = [_children(value) if _is_branch(value) else iter([(None, value)])]
    left = max_tokens
    while branches:
        pair = next(branches[-1], None)
        if pair is None or left <= 0:
            if pair is not None:
                yield Token("more", text="The rest is too much to show here.")
            branches.pop()
            if branches:
                yield CLOSE
            continue
        left -= 1
        key, item = pair
        if isinstance(item, Token):
            yield item
        elif _is_branch(item) and len(branches) <= MAX_DEPTH:
            yield _opening(key, item, is_open=len(branches) <= OPEN_DEPTH and len(item) <= OPEN_CHILDREN)
            branches.append(_children(item))
        else:
            yield _leaf(key, item)


def size_text(count: float) -> str:
    """A number of bytes for people, in powers of ten: 50000000 → 50 MB."""
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} GB"


def _is_branch(value: Any) -> bool:
    return isinstance(value, dict | list) and bool(value) and _special(value) is None


def _special(value: Any) -> Any:
    """The inside of a value that the log cut or holds as bytes, else None."""
    if not isinstance(value, dict) or len(value) != 1:
        return None
    cut, binary = value.get("$cut"), value.get("$binary")
    return cut if isinstance(cut, dict) else binary if isinstance(binary, str) else None


def _children(branch: Any) -> Iterator[_Pair]:
    pairs = branch.items() if isinstance(branch, dict) else enumerate(branch)
    for key, item in islice(pairs, MAX_CHILDREN):
        yield clean(str(key)[:KEY_CHARACTERS]), item
    if len(branch) > MAX_CHILDREN:
        yield None, Token("more", text=f"{len(branch) - MAX_CHILDREN:,} more are not shown.")


def _opening(key: str | None, branch: Any, *, is_open: bool) -> Token:
    kind = "Object" if isinstance(branch, dict) else "Array"
    return Token("open", key, kind, _preview(branch), len(branch), is_open)


def _preview(branch: Any) -> str:
    if not isinstance(branch, dict):
        return ""
    keys = [clean(str(key)[:24]) for key in islice(branch, 4)]
    return ", ".join([*keys, "…"] if len(branch) > 4 else keys)


def _leaf(key: str | None, value: Any) -> Token:
    special = _special(value)
    if isinstance(special, dict):
        return _cut(key, special)
    if isinstance(special, str):
        return Token("cut", key, "Binary", clean(special[:80]), size=len(special) * 3 // 4)
    if isinstance(value, str):
        return _text(key, value)
    if isinstance(value, dict | list):
        return _container(key, value)
    return Token("leaf", key, _scalar_type(value), _scalar_text(value))


def _cut(key: str | None, cut: dict[str, Any]) -> Token:
    size = cut.get("size")
    start = cut.get("start")
    return Token(
        "cut",
        key,
        clean(str(cut.get("type", ""))[:20]),
        clean(start[:SHOWN_TEXT]) if isinstance(start, str) else "",
        size if isinstance(size, int) else 0,
    )


def _text(key: str | None, value: str) -> Token:
    if len(value) <= LONG_TEXT and "\n" not in value:
        return Token("leaf", key, "String", clean(value))
    return Token("text", key, "String", clean(value[:SHOWN_TEXT]), len(value))


def _container(key: str | None, value: Any) -> Token:
    kind, empty = ("Object", "{}") if isinstance(value, dict) else ("Array", "[]")
    return Token("leaf", key, kind, "too deep to show" if value else empty)


def _scalar_type(value: Any) -> str:
    if value is None:
        return "Null"
    if isinstance(value, bool):
        return "Boolean"
    return "Integer" if isinstance(value, int) else "Float"


def _scalar_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    try:
        return str(value)
    except ValueError:  # Python's guard against writing out very long whole numbers
        return "a whole number of more than 4,300 digits"
