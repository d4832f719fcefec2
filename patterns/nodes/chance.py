"""Array, by chance: what differs from run to run."""

from random import SystemRandom

from patterns.registry import pure
from patterns.types import Any, Array

ARRAY = "Array"
_random = SystemRandom()  # worker processes must not repeat each other


@pure(ARRAY, output="Item", is_volatile=True)
def random_item(array: Array) -> Any:
    """One item of Array, each as likely as the others; null where Array is empty.

    Example: Array ["red", "red"] → such as "red"
    """
    return _random.choice(array) if array else None


@pure(ARRAY, is_volatile=True)
def shuffle(array: Array) -> Array:
    """The items of Array in an order of chance.

    Example: Array [1, 2, 3] → such as [2, 3, 1]
    """
    return _random.sample(array, len(array))
