"""Array: lists in, lists, items or facts out. Positions count from 0, negative ones from the end.

By and Key take a path into each item, such as `customer.name` or `lines[0].price`.
"""

from collections.abc import Callable
from typing import Annotated

from patterns.registry import REQUIRED, pure
from patterns.types import (
    Any,
    Array,
    Boolean,
    ConversionError,
    Integer,
    Object,
    PinType,
    String,
    Value,
    show,
    to_string,
    type_of,
)
from patterns.values import about, check_items, get_path, identity
from patterns.values import equal as are_equal

ARRAY = "Array"
UpTo = Annotated[int | None, PinType.INTEGER]
_SORTABLE = {
    PinType.BOOLEAN: "true and false",
    PinType.INTEGER: "numbers",
    PinType.FLOAT: "numbers",
    PinType.STRING: "texts",
}


def _at(item: Value, path: str) -> Value:
    if not path:
        return item
    with about("By"):
        return get_path(item, path)


@pure(ARRAY, output="Length")
def length(array: Array) -> Integer:
    """How many items Array has.

    Example: Array ["a", "b"] → 2
    """
    return len(array)


@pure(ARRAY, output="Item")
def get_item(array: Array, index: Integer) -> Any:
    """The item at Index; -1 is the last. Fails when there is none.

    Example: Array ["a", "b", "c"], Index -1 → "c"
    """
    if not -len(array) <= index < len(array):
        raise ValueError(f"Index {show(index)} is outside the Array of {len(array)} items")
    return array[index]


@pure(ARRAY, output="Item")
def first(array: Array) -> Any:
    """The first item, or null where Array is empty.

    Example: Array ["a", "b"] → "a"
    """
    return array[0] if array else None


@pure(ARRAY, output="Item")
def last(array: Array) -> Any:
    """The last item, or null where Array is empty.

    Example: Array ["a", "b"] → "b"
    """
    return array[-1] if array else None


@pure(ARRAY)
def append(array: Array, item: Any) -> Array:
    """Array with Item at its end.

    Example: Array [1, 2], Item 3 → [1, 2, 3]
    """
    check_items(len(array) + 1)
    return [*array, item]


@pure(ARRAY)
def prepend(array: Array, item: Any) -> Array:
    """Array with Item at its start.

    Example: Array [1, 2], Item 0 → [0, 1, 2]
    """
    check_items(len(array) + 1)
    return [item, *array]


@pure(ARRAY)
def concat_arrays(a: Array, b: Array) -> Array:
    """The items of A, then those of B.

    Example: A [1], B [2, 3] → [1, 2, 3]
    """
    check_items(len(a) + len(b))
    return [*a, *b]


@pure(ARRAY)
def slice(array: Array, start: Integer = 0, end: UpTo = None) -> Array:
    """The items from Start up to, but without, End; to the end of Array where End is not given.

    Example: Array ["a", "b", "c"], Start 1 → ["b", "c"]
    """
    return array[start:end]


@pure(ARRAY)
def reverse_array(array: Array) -> Array:
    """The items from the last to the first.

    Example: Array [1, 2, 3] → [3, 2, 1]
    """
    return array[::-1]


@pure(ARRAY)
def sort(array: Array, by: String = "", descending: Boolean = False) -> Array:
    """The items in order: by themselves, or by what stands at By in each. Nulls come last.

    Numbers sort by size, texts letter by letter (capitals first); fails on a mixture. Equal items keep their order.

    Example: Array [{"n": 2}, {"n": 1}], By "n" → [{"n": 1}, {"n": 2}]
    """
    keyed = [(_at(item, by), item) for item in array]
    present = [pair for pair in keyed if pair[0] is not None]
    _check_sortable([key for key, _ in present])
    present.sort(key=lambda pair: pair[0], reverse=descending)
    return [item for _, item in present] + [item for key, item in keyed if key is None]


def _check_sortable(keys: list[Value]) -> None:
    kinds = {type_of(key) for key in keys}
    unsortable = kinds - _SORTABLE.keys()
    if unsortable:
        raise ValueError(f"values of type {min(unsortable)} have no order; name a key of the items in By")
    names = sorted({_SORTABLE[kind] for kind in kinds})
    if len(names) > 1:
        raise ValueError(f"{' and '.join(names)} cannot be sorted together")


@pure(ARRAY)
@about("Array")
def unique(array: Array, by: String = "") -> Array:
    """The items without repetitions, compared as a whole or by what stands at By; the first of each stays.

    Example: Array [1, 2, 1] → [1, 2]
    """
    found: dict[object, Value] = {}
    for item in array:
        found.setdefault(identity(_at(item, by)), item)
    return list(found.values())


@pure(ARRAY)
def array_contains(array: Array, item: Any) -> Boolean:
    """Whether Item is one of the items of Array.

    Example: Array ["a", "b"], Item "b" → true
    """
    return _position(array, item) >= 0


@pure(ARRAY, output="Index")
def array_index_of(array: Array, item: Any) -> Integer:
    """The position of Item in Array, or -1.

    Example: Array ["a", "b"], Item "b" → 1
    """
    return _position(array, item)


def _position(array: list[Value], wanted: Value) -> int:
    with about("Array or Item"):
        return next((position for position, item in enumerate(array) if are_equal(item, wanted)), -1)


@pure(ARRAY)
def flatten(array: Array, depth: Integer = 1) -> Array:
    """Array with the items of the Arrays in it in their place, Depth levels deep.

    Example: Array [1, [2, [3]]] → [1, 2, [3]]
    """
    while depth > 0 and any(isinstance(item, list) for item in array):
        check_items(sum(len(item) if isinstance(item, list) else 1 for item in array))
        array = [inner for item in array for inner in (item if isinstance(item, list) else (item,))]
        depth -= 1
    return array


@pure(ARRAY)
def chunk(array: Array, size: Integer) -> Array:
    """Array in pieces of Size items; the last may be shorter.

    Example: Array [1, 2, 3], Size 2 → [[1, 2], [3]]
    """
    if size < 1:
        raise ValueError("Size must be 1 or more")
    step = min(size, len(array) or 1)
    return [array[start : start + step] for start in range(0, len(array), step)]


@pure(ARRAY, label="Zip")
def zip_(a: Array, b: Array) -> Array:
    """Pairs of the items of A and B at the same position, as many as the shorter one has.

    Example: A [1, 2], B ["a", "b"] → [[1, "a"], [2, "b"]]
    """
    return [list(pair) for pair in zip(a, b, strict=False)]


@pure(ARRAY, label="Range")
def range_(start: Integer = 0, end: Integer = REQUIRED, step: Integer = 1) -> Array:
    """The whole numbers from Start up to, but without, End.

    Example: Start 0, End 4 → [0, 1, 2, 3]
    """
    if step == 0:
        raise ValueError("Step is 0")
    check_items((end - start) // step)
    return list(range(start, end, step))


@pure(ARRAY)
def group_by(array: Array, by: String) -> Object:
    """The items in groups: an Object with one Array for each value found at By.

    Example: Array [{"t": "a"}, {"t": "b"}, {"t": "a"}], By "t" → {"a": [{"t": "a"}, {"t": "a"}], "b": [{"t": "b"}]}
    """
    return _grouped(array, by, lambda items: items)


@pure(ARRAY)
def count_by(array: Array, by: String = "") -> Object:
    """How often each item, or each value found at By, occurs.

    Example: Array ["a", "b", "a"] → {"a": 2, "b": 1}
    """
    return _grouped(array, by, len)


def _grouped(array: list[Value], by: str, make: Callable[[list[Value]], Value]) -> dict[str, Value]:
    groups: dict[str, list[Value]] = {}
    for position, item in enumerate(array):
        groups.setdefault(_group_name(_at(item, by), position), []).append(item)
    return {name: make(items) for name, items in groups.items()}


def _group_name(value: Value, position: int) -> str:
    try:
        return "null" if value is None else to_string(value)
    except ConversionError as error:
        raise ValueError(f"Array, item {position}: {error}") from None


@pure(ARRAY)
@about("Key")
def pluck(array: Array, key: String) -> Array:
    """What stands at Key in each item; null where nothing does.

    Example: Array [{"name": "Ada"}, {"name": "Grace"}], Key "name" → ["Ada", "Grace"]
    """
    return [get_path(item, key) for item in array]


@pure(ARRAY)
def remove_nulls(array: Array) -> Array:
    """The items that are not null.

    Example: Array [1, null, 0] → [1, 0]
    """
    return [item for item in array if item is not None]
