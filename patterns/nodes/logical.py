"""Logical: what to make of true, false and null."""

from patterns.registry import pure
from patterns.types import Any, Boolean

LOGICAL = "Logical"


@pure(LOGICAL)
def and_(a: Boolean, b: Boolean) -> Boolean:
    """Whether A and B are both true.

    Example: A true, B false → false
    """
    return a and b


@pure(LOGICAL)
def or_(a: Boolean, b: Boolean) -> Boolean:
    """Whether A or B, or both, are true.

    Example: A true, B false → true
    """
    return a or b


@pure(LOGICAL)
def not_(value: Boolean) -> Boolean:
    """True for false, and false for true.

    Example: Value true → false
    """
    return not value


@pure(LOGICAL)
def select(condition: Boolean, if_true: Any, if_false: Any) -> Any:
    """One of two values, chosen by Condition.

    Example: Condition true, If True "yes", If False "no" → "yes"
    """
    return if_true if condition else if_false


@pure(LOGICAL)
def coalesce(a: Any, b: Any) -> Any:
    """A, or B where A is null.

    Example: A null, B "unknown" → "unknown"
    """
    return b if a is None else a
