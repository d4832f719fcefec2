"""Nodes that evaluate an expression for each item, or over a whole value.

An expression is written as it stands (`item.price > 10`) or between braces (`{{ item.price > 10 }}`). Besides the names
that each node gives it, it reads `trigger`, `vars` and `env`.
"""

from collections.abc import Callable, Iterator
from typing import Annotated

from patterns.context import RunContext
from patterns.expressions import Budget, Expression, formula, is_key_path, parse
from patterns.registry import Formula, Verbatim, pure
from patterns.surroundings import surroundings
from patterns.types import Any, Array, Boolean, Integer, Object, PinType, String, Value
from patterns.values import NO_KEYS, check_items, get_path

ITEM = ("item", "index", "array")
REDUCED = (*ITEM, "total")
MAX_WORK = 20_000_000  # items that an expression may read for all items together
By = Annotated[str, PinType.STRING, Formula(ITEM, or_path=True)]
Where = Annotated[str, PinType.STRING, Formula(ITEM)]
Step = Annotated[str, PinType.STRING, Formula(REDUCED)]
OverInput = Annotated[str, PinType.STRING, Formula(("input",))]
Text = Annotated[str, PinType.STRING, Verbatim()]


@pure("Array", label="Map")
def map_(run: RunContext, array: Array, by: By) -> Array:
    """What By makes of each item: a path into it such as `customer.name`, or an expression over `item` and `index`.

    Where a path leads nowhere, null stands.

    Example: Array [{"n": 1}, {"n": 2}], By "item.n * 10" → [10, 20]
    """
    if is_key_path(by, ITEM):
        return [get_path(item, by) for item in array]
    evaluate = _for_items(run, "By", by, array)
    return [evaluate(index, item) for index, item in enumerate(array)]


@pure("Array", label="Filter")
def filter_(run: RunContext, array: Array, where: Where) -> Array:
    """The items for which Where, an expression over `item` and `index`, is true.

    Example: Array [1, 5, 9], Where "item > 4" → [5, 9]
    """
    return [item for _, item in _matches(run, array, where)]


@pure("Array", outputs={"item": Any, "index": Integer, "found": Boolean})
def find(run: RunContext, array: Array, where: Where) -> tuple[Value, int, bool]:
    """The first item for which Where, an expression over `item` and `index`, is true; else null, and Index is -1.

    Example: Array [{"id": 1}, {"id": 2}], Where "item.id == 2" → Item {"id": 2}, Index 1, Found true
    """
    for index, item in _matches(run, array, where):
        return item, index, True
    return None, -1, False


@pure("Array")
def reduce(run: RunContext, array: Array, expression: Step, initial: Any = 0) -> Any:
    """One value made of all items: Expression is evaluated for each, over `item`, `index` and the `total` so far.

    Example: Array [1, 2, 3], Expression "total + item" → 6
    """
    total = [initial]
    evaluate = _for_items(run, "Expression", expression, array, total)
    for index, item in enumerate(array):
        total[0] = evaluate(index, item)
    return total[0]


@pure("Object")
def transform(run: RunContext, input: Any, expression: OverInput) -> Any:
    """What Expression makes of Input, which it reads under the name `input`.

    Example: Input {"name": "Ada", "born": 1815}, Expression "{'who': input.name | upper, 'age': 2026 - input.born}"
    → {"who": "ADA", "age": 211}
    """
    found = _read("Expression", expression)
    return _evaluated("Expression", found, {**surroundings(run, found.names), "input": input}, Budget())


@pure("Data Formats", output="Result")
def template(run: RunContext, text: Text, data: Object = NO_KEYS) -> String:
    """Text with each `{{ expression }}` in it replaced by its value. Expressions read the keys of Data by their names.

    Example: Text "Dear {{ name | title }}, you owe {{ sum }} €.", Data {"name": "ada", "sum": 12}
    → "Dear Ada, you owe 12 €."
    """
    try:
        found = parse(text)
        names = {name for expression in found.expressions for name in expression.names}
        return found.fill_text({**surroundings(run, names), "data": data, **data})
    except ValueError as error:
        raise ValueError(f"Text: {error}") from None


def _matches(run: RunContext, array: list[Value], where: str) -> Iterator[tuple[int, Value]]:
    evaluate = _for_items(run, "Where", where, array)
    return ((index, item) for index, item in enumerate(array) if _is_true(evaluate(index, item)))


def _is_true(value: Value) -> bool:
    """As in a condition of the expression itself: empty texts, Arrays and Objects, 0 and null are false."""
    return bool(value)


def _for_items(
    run: RunContext, pin: str, text: str, array: list[Value], total: list[Value] | None = None
) -> Callable[[int, Value], Value]:
    """A function of an index and its item, which evaluates the expression of a pin for them."""
    check_items(len(array))
    found, budget = _read(pin, text), Budget(MAX_WORK)
    names = {**surroundings(run, found.names), "array": array}

    def evaluate(index: int, item: Value) -> Value:
        names["index"], names["item"] = index, item
        if total is not None:
            names["total"] = total[0]
        return _evaluated(f"{pin}, item {index}", found, names, budget)

    return evaluate


def _read(pin: str, text: str) -> Expression:
    try:
        return formula(text)
    except ValueError as error:
        raise ValueError(f"{pin}: {error}") from None


def _evaluated(where: str, found: Expression, names: dict[str, Value], budget: Budget) -> Value:
    try:
        return found.evaluate(names, budget)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None
