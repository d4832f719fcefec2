"""JSON as text: how DRAGOPS stores, hashes and compares values.

Values are kept in text columns, not in the database's own JSON type: PostgreSQL's refuses NUL characters and lone
surrogates, both of which arrive in real payloads and must not be lost. In JSON text both are plain ASCII escapes.
"""

import base64
import json
import math
from collections.abc import Iterable
from typing import Any

import orjson

BINARY_KEY = "$binary"
# Of values from outside. Far below what any parser here can read, so that what was accepted can always be read again.
MAX_DEPTH = 200
MAX_WRITTEN_DEPTH = 254  # orjson's own limit
MAX_WRITTEN = 20_000_000


def dumps(value: Any) -> str:
    """The compact JSON text of `value`; bytes become an object with their Base64 text.

    Raises ValueError where JSON has no form for it, or it is nested too deeply.
    """
    try:
        return orjson.dumps(value, _encode_bytes).decode()
    except TypeError:
        return _dumps_lenient(value)


def loads(text: str | bytes) -> Any:
    """The value of a JSON text (RFC 8259). Raises ValueError where it is not JSON or is nested too deeply.

    Python's own parser, because orjson turns whole numbers past 64 bits into floats and refuses lone surrogates.
    """
    try:
        return json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
    except RecursionError:
        raise ValueError("JSON is nested too deeply") from None


def check_size(value: Any) -> None:
    """Refuse a value whose text would take the process's memory, before it is written. Raises ValueError.

    A value that patterns have built may hold the same part many times: forty doublings fit in a kilobyte, and are
    terabytes once written out.
    """
    if is_larger(value, MAX_WRITTEN):
        raise ValueError(f"the value is too large: as JSON it has more than {MAX_WRITTEN:,} characters")


def is_larger(value: Any, limit: int) -> bool:
    """Whether the JSON text of `value` certainly has more than `limit` characters. Looks at no more than that many."""
    left, rest = limit, [value]
    while rest:
        inner = rest.pop()
        kind = inner.__class__
        if kind is dict:
            left -= 4 * len(inner)  # the shortest keys and values
            left -= sum(map(len, inner))
            found = inner.values()
        elif kind is list:
            left -= 2 * len(inner)
            found = inner
        else:
            if kind is str or kind is bytes:
                left -= len(inner)
            continue
        if left < 0:
            return True
        rest += found
    return left < 0


def is_deeper(value: Any, limit: int = MAX_DEPTH) -> bool:
    """Whether lists and objects are nested in `value` more than `limit` levels deep."""
    level = [value]
    for _ in range(limit):
        level = [inner for outer in level for inner in _children(outer) if isinstance(inner, (dict, list, tuple))]
        if not level:
            return False
    return True


def _children(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, (list, tuple)) else ()


def clean(text: str) -> str:
    """`text` as any database stores it: NUL and lone surrogates shown as their escapes."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\x00", "\\x00")


def _encode_bytes(value: Any) -> dict[str, str]:
    if isinstance(value, bytes):
        return {BINARY_KEY: base64.b64encode(value).decode()}
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _dumps_lenient(value: Any) -> str:
    # orjson refuses lone surrogates and whole numbers past 64 bits, which have a JSON form; and more than 254 levels,
    # which Python's writer would take, but its reader not, where the stack is deeper then.
    if is_deeper(value, MAX_WRITTEN_DEPTH):
        raise ValueError("the value is nested too deeply for JSON")
    try:
        return json.dumps(value, separators=(",", ":"), allow_nan=False, default=_encode_bytes)
    except RecursionError:
        raise ValueError("the value is nested too deeply for JSON") from None
    except TypeError as error:
        raise ValueError(str(error)) from None


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"the number {digits[:40]} is too large")
    return number
