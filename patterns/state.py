"""What may be kept under a key that outlives a run, and how a number there grows."""

import math

from dragops_site import jsontext
from patterns.types import Value, show, type_of
from patterns.values import finite

KEY_LENGTH = 200
VALUE_LENGTH = 1_000_000
LONGEST_S = 10 * 366 * 86_400


def check_key(key: str) -> str:
    """`key`, if every database takes it. Raises ValueError."""
    if not 0 < len(key) <= KEY_LENGTH:
        raise ValueError(f"Key must have between 1 and {KEY_LENGTH} characters, not {len(key):,}")
    if jsontext.clean(key) != key:
        raise ValueError(f"Key {show(key)} holds a NUL character or half of a surrogate pair")
    return key


def check_value(value: Value) -> Value:
    """`value`, if it is not too large to be kept. Raises ValueError."""
    if jsontext.is_larger(value, VALUE_LENGTH) or len(_text(value)) > VALUE_LENGTH:
        raise ValueError(f"Value is too large: as JSON it may have {VALUE_LENGTH:,} characters")
    return value


def _text(value: Value) -> str:
    try:
        return jsontext.dumps(value)
    except ValueError as error:
        raise ValueError(f"Value cannot be kept: {error}") from None


def check_lasts(seconds: float) -> float:
    """`seconds`, if something may last so long. Raises ValueError."""
    if not 0 <= seconds <= LONGEST_S:
        raise ValueError(f"Expires After (s) must be between 0 (never) and {LONGEST_S:,}, not {show(seconds)}")
    return seconds


def total(key: str, value: Value, amount: float) -> float:
    """`value`, which is kept under `key`, and `amount` more. Raises ValueError where that is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"Key “{key}” holds {show(value)} ({type_of(value)}), which is not a number")
    try:
        found = finite(value + amount)
    except (OverflowError, ValueError):
        found = math.inf
    if math.isinf(found):
        raise ValueError(f"New Value of Key “{key}” would be too large (past 1.8e308)")
    return found
