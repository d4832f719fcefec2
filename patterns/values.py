"""Helpers on values that several nodes and the journal share."""

from patterns.types import Value

BINARY_KEY = "$binary"
MAX_TEXT = 10_000_000
MAX_ITEMS = 1_000_000


def check_length(length: float, limit: int = MAX_TEXT, unit: str = "characters") -> None:
    """Refuse, before it is built, a text or list that could take the worker's memory. Raises ValueError."""
    if length > limit:
        raise ValueError(f"the result would have {length:,.0f} {unit}; the limit is {limit:,}")


def split_path(path: str) -> list[str | int]:
    """The keys of a path such as `a.b[0].c`; a number in brackets indexes a list. Raises ValueError."""
    keys: list[str | int] = []
    for part in path.split("."):
        name, *indexes = part.split("[")
        if name or not indexes:
            keys.append(name)
        keys.extend(_index(index, path) for index in indexes)
    return keys


def _index(text: str, path: str) -> int:
    digits = text.removesuffix("]")
    if text.endswith("]") and digits.removeprefix("-").isdecimal():
        return int(digits)
    raise ValueError(f"{path!r} is not a path such as a.b[0].c")


def get_path(value: Value, path: str, missing: Value = None) -> Value:
    """What stands at `path` in `value`, or `missing`. A key that holds dots wins over the path it looks like."""
    if isinstance(value, dict) and path in value:
        return value[path]
    for key in split_path(path):
        value = _step(value, key, missing)
        if value is missing:
            return missing
    return value


def _step(value: Value, key: str | int, missing: Value) -> Value:
    if isinstance(value, list):
        index = int(key) if isinstance(key, int) or key.isdecimal() else len(value)
        return value[index] if -len(value) <= index < len(value) else missing
    return value.get(str(key), missing) if isinstance(value, dict) else missing
