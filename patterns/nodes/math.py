"""Math: numbers in, one number out.

Whole numbers stay whole (and exact) as long as the result is one. A result is always a number that JSON can hold.
"""

import math
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import wraps
from random import SystemRandom
from typing import Any as AnyValue

from patterns.registry import pure
from patterns.types import Array, ConversionError, Float, Integer, Value, to_float
from patterns.values import LARGEST_BITS, finite

MOST_DIGITS = 400  # no number here has more digits before or after its decimal point
_EXACT = Context(prec=3 * MOST_DIGITS, rounding=ROUND_HALF_UP)
_random = SystemRandom()  # worker processes must not repeat each other


def _math(**options: AnyValue) -> Callable[[Callable[..., float]], Callable[..., float]]:
    """A pure node of this category whose result is checked, and whose arithmetic errors are put into words."""

    def add(function: Callable[..., float]) -> Callable[..., float]:
        @wraps(function)
        def checked(*values: AnyValue) -> float:
            try:
                return finite(function(*values))
            except ZeroDivisionError:
                raise ValueError("division by zero") from None
            except OverflowError:
                raise ValueError("the result is too large (past 1.8e308)") from None

        return pure("Math", **options)(checked)

    return add


def _is_whole(*numbers: float) -> bool:
    return all(isinstance(number, int) for number in numbers)


def _divided(a: float, b: float) -> float:
    return a // b if _is_whole(a, b) and a % b == 0 else a / b


@_math()
def add(a: Float, b: Float) -> Float:
    """The sum of A and B.

    Example: A 2, B 3 → 5
    """
    return a + b


@_math()
def subtract(a: Float, b: Float) -> Float:
    """A minus B.

    Example: A 5, B 3 → 2
    """
    return a - b


@_math()
def multiply(a: Float, b: Float) -> Float:
    """A times B.

    Example: A 6, B 7 → 42
    """
    return a * b


@_math()
def divide(a: Float, b: Float) -> Float:
    """A divided by B. Fails when B is 0.

    Example: A 7, B 2 → 3.5
    """
    return _divided(a, b)


@_math()
def modulo(a: Float, b: Float) -> Float:
    """What is left when A is divided by B; it has the sign of B. Fails when B is 0.

    Example: A 7, B 3 → 1
    """
    return a % b


@_math()
def power(base: Float, exponent: Float) -> Float:
    """Base to the power of Exponent.

    Example: Base 2, Exponent 10 → 1024
    """
    if _is_whole(base, exponent):
        return _whole_power(int(base), int(exponent))
    raised: float = base**exponent
    return raised


def _whole_power(base: int, exponent: int) -> float:
    if abs(base) == 1:
        return base if exponent % 2 else 1
    if exponent < 0:
        return float(base) ** exponent
    if base and (abs(base).bit_length() - 1) * exponent > LARGEST_BITS:  # a lower bound, found without the work
        raise OverflowError
    return int(base**exponent)


@_math()
def absolute_value(value: Float) -> Float:
    """The distance of Value from 0.

    Example: Value -3 → 3
    """
    return abs(value)


@_math(label="Round")
def round_(value: Float, digits: Integer = 0) -> Float:
    """Value with so many Digits after the decimal point; a half goes away from 0.

    Negative Digits round to tens, hundreds and so on.

    Example: Value 2.345, Digits 2 → 2.35
    """
    finite(value)
    if digits >= MOST_DIGITS or (digits >= 0 and _is_whole(value)):
        return value
    if digits <= -MOST_DIGITS:
        return 0
    rounded = Decimal(repr(value)).quantize(Decimal(1).scaleb(-digits), context=_EXACT)
    return int(rounded) if digits <= 0 else float(rounded)


@_math()
def floor(value: Float) -> Integer:
    """The next whole number at or below Value.

    Example: Value -1.5 → -2
    """
    return math.floor(value)


@_math()
def ceiling(value: Float) -> Integer:
    """The next whole number at or above Value.

    Example: Value 1.2 → 2
    """
    return math.ceil(value)


@_math()
def square_root(value: Float) -> Float:
    """The number that times itself is Value. Fails when Value is negative.

    Example: Value 9 → 3
    """
    if value < 0:
        raise ValueError("Value is negative, and has no square root")
    root = math.isqrt(int(value)) if _is_whole(value) else 0
    return root if root * root == value else math.sqrt(value)


@_math()
def logarithm(value: Float, base: Float = math.e) -> Float:
    """The power to which Base must be raised to give Value; Base is e unless another one is given.

    Example: Value 1000, Base 10 → 3
    """
    if value <= 0:
        raise ValueError("Value must be more than 0 to have a logarithm")
    if base <= 0 or base == 1:
        raise ValueError("Base must be more than 0, and not 1")
    return 0 if value == 1 else _logarithm(value, base)


_LOGARITHMS = {math.e: math.log, 10: math.log10, 2: math.log2}


def _logarithm(value: float, base: float) -> float:
    result = _LOGARITHMS[base](value) if base in _LOGARITHMS else math.log(value) / math.log(base)
    whole = round(result)
    is_exact = _is_whole(value, base) and 0 <= whole <= LARGEST_BITS and base**whole == value
    return whole if is_exact else result


@_math()
def minimum(a: Float, b: Float) -> Float:
    """The smaller of A and B.

    Example: A 2, B 3 → 2
    """
    return min(a, b)


@_math()
def maximum(a: Float, b: Float) -> Float:
    """The larger of A and B.

    Example: A 2, B 3 → 3
    """
    return max(a, b)


@_math()
def clamp(value: Float, min: Float, max: Float) -> Float:
    """Value, or the nearer of Min and Max where it lies outside them.

    Example: Value 12, Min 0, Max 10 → 10
    """
    if min > max:
        raise ValueError("Min is greater than Max")
    if value < min:
        return min
    return max if value > max else value


@_math()
def lerp(a: Float, b: Float, t: Float) -> Float:
    """The number at the share T of the way from A to B: 0 gives A, 1 gives B.

    Example: A 10, B 20, T 0.25 → 12.5
    """
    return b if t == 1 else a + (b - a) * t


@_math()
def map_range(value: Float, in_min: Float, in_max: Float, out_min: Float, out_max: Float) -> Float:
    """Carries Value from the range In Min to In Max over to the range Out Min to Out Max.

    Example: Value 5, In Min 0, In Max 10, Out Min 0, Out Max 100 → 50
    """
    if in_min == in_max:
        raise ValueError("In Min and In Max are the same")
    return out_min + _divided((value - in_min) * (out_max - out_min), in_max - in_min)


@_math(label="Sum")
def sum_(array: Array) -> Float:
    """The sum of the numbers in Array; 0 when it is empty.

    Example: Array [1, 2, 3] → 6
    """
    return _sum(_numbers(array))


@_math()
def average(array: Array) -> Float:
    """The sum of the numbers in Array, divided by how many they are. Fails when Array is empty.

    Example: Array [1, 2, 6] → 3
    """
    if not array:
        raise ValueError("Array is empty, and has no average")
    return _divided(_sum(_numbers(array)), len(array))


def _numbers(array: list[Value]) -> list[float]:
    return [_number(item, position) for position, item in enumerate(array)]


def _number(item: Value, position: int) -> float:
    try:
        return to_float(item)
    except ConversionError as error:
        raise ValueError(f"Array, item {position}: {error}") from None


def _sum(numbers: list[float]) -> float:
    # fsum rounds once, at the end: ten times 0.1 are 1.
    return sum(numbers) if _is_whole(*numbers) else math.fsum(numbers)


@_math()
def sine(value: Float) -> Float:
    """The sine of an angle in radians.

    Example: Value 0 → 0
    """
    return 0 if value == 0 else math.sin(value)


@_math()
def cosine(value: Float) -> Float:
    """The cosine of an angle in radians.

    Example: Value 0 → 1
    """
    return 1 if value == 0 else math.cos(value)


@_math(is_volatile=True)
def random(min: Float = 0, max: Float = 1) -> Float:
    """A random number between Min and Max.

    Example: Min 0, Max 1 → such as 0.3745401188
    """
    if min > max:
        raise ValueError("Min is greater than Max")
    return min if min == max else _random.uniform(min, max)


@_math(is_volatile=True)
def random_integer(min: Integer, max: Integer) -> Integer:
    """A random whole number from Min to Max, both included.

    Example: Min 1, Max 6 → such as 4
    """
    if min > max:
        raise ValueError("Min is greater than Max")
    return _random.randint(min, max)
