"""Values as expressions see them: to be read, not changed, and at a price.

The language behind expressions reaches the attributes of what it is given, and would change a list by its methods. A
view has no attribute to reach; it hands out items, and each one is paid for, texts by their length. So no
expression works for ever, or takes the memory of its process, however it combines what it reads.
"""

from collections.abc import Iterator, Mapping, Sequence

from patterns.types import Value
from patterns.values import check_length, equal, to_json

MAX_TEXT = 1_000_000
MAX_WORK = 2_000_000  # items that one evaluation may read
CHARACTERS_PER_ITEM = 16  # that cost as much to copy
_LONG = frozenset({str, list, dict})
_get = object.__getattribute__


class Budget:
    """How much an evaluation may still read."""

    __slots__ = ("failure", "left")

    def __init__(self, left: int = MAX_WORK) -> None:
        self.left = left
        self.failure: ValueError | None = None

    def pay(self, amount: int) -> None:
        self.left -= amount
        if self.left < 0:
            self.failure = ValueError("the expression reads too much; prepare its data in nodes before")
            raise self.failure

    def check(self) -> None:
        """Raise what the language has passed over, as it does where it compares values or writes them out."""
        if self.failure:
            raise self.failure


class _View:
    __slots__ = ("budget", "raw")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, raw: Value, budget: Budget) -> None:
        object.__setattr__(self, "raw", raw)
        object.__setattr__(self, "budget", budget)

    def __getattribute__(self, name: str) -> object:
        if name.startswith("__"):  # Python needs them, and expressions do not reach them
            return _get(self, name)
        raise AttributeError(name)

    def __len__(self) -> int:
        is_over = _get(self, "budget").failure  # or a comparison would go on to the last item
        return 0 if is_over else len(_get(self, "raw"))

    def __contains__(self, key: object) -> bool:
        budget, raw = _get(self, "budget"), _get(self, "raw")
        budget.pay(1 if isinstance(raw, Mapping) else len(raw))
        return unwrap(key) in raw

    def __eq__(self, other: object) -> bool:
        raw = unwrap(self)
        pay_for(raw, _get(self, "budget"))
        return equal(raw, unwrap(other))

    def __str__(self) -> str:
        budget: Budget = _get(self, "budget")
        try:
            text = checked(to_json(unwrap(self)))
            budget.pay(price(text))
        except ValueError as error:  # which the language would pass over
            budget.failure = error
            return ""
        return text

    __repr__ = __str__


class Record(_View, Mapping[str, Value]):
    """An Object, or anything else that finds values by name."""

    __slots__ = ()

    def __getitem__(self, key: str) -> Value:
        return wrap(_get(self, "raw")[key], _get(self, "budget"))

    def __iter__(self) -> Iterator[str]:
        raw = _get(self, "raw")
        _get(self, "budget").pay(len(raw))
        return iter(raw)


class Items(_View, Sequence[Value]):
    """An Array."""

    __slots__ = ()

    def __getitem__(self, index: int | slice) -> Value:
        return wrap(_get(self, "raw")[index], _get(self, "budget"))

    def __iter__(self) -> Iterator[Value]:
        raw, budget = _get(self, "raw"), _get(self, "budget")
        return (wrap(item, budget) for item in raw)


def wrap(value: Value, budget: Budget) -> Value:
    """A value as an expression may have it. Raises ValueError for texts that it cannot take."""
    if isinstance(value, str):
        budget.pay(price(value))
        return checked(value)
    budget.pay(1)
    if isinstance(value, Mapping):
        return Record(value, budget)
    if isinstance(value, list):
        return Items(value, budget)
    return _in_range(value) if isinstance(value, int) else value


def price(text: str) -> int:
    return 1 + len(text) // CHARACTERS_PER_ITEM


def pay_for(value: Value, budget: Budget) -> None:
    """Pay for all that is in a value, as what goes through the whole of it must."""
    rest = [value]
    while rest:
        one = rest.pop()
        if isinstance(one, str):
            budget.pay(price(one))
        elif isinstance(one, list | dict):
            budget.pay(len(one))
            rest.extend(inner for inner in (one.values() if isinstance(one, dict) else one) if inner.__class__ in _LONG)


def checked(text: str) -> str:
    """`text`, if an expression can hold it. Raises ValueError."""
    if len(text) > MAX_TEXT:
        raise ValueError(f"a text in an expression may have {MAX_TEXT:,} characters, not {len(text):,}")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise ValueError("a text holds half a character (a lone surrogate)") from None
    return text


def _in_range(value: int) -> int:
    if not -(2**127) <= value < 2**127:
        raise ValueError("a whole number in an expression may have 38 digits, not more")
    return value


def unwrap(value: object) -> Value:
    """The value behind a view; anything else as it is. What finds values by name, as `vars` does, becomes an Object."""
    found = _get(value, "raw") if isinstance(value, _View) else value
    return dict(found) if isinstance(found, Mapping) and not isinstance(found, dict) else found


def plain(value: object, budget: Budget) -> Value:
    """The result of an expression as a value, views within it replaced. Raises ValueError for what is none."""
    if isinstance(value, _View):
        return unwrap(value)
    if isinstance(value, str):
        check_length(len(value))
        budget.pay(price(value))
    if value is None or isinstance(value, bool | int | str | bytes):
        return value if type(value) in (bool, int, str, bytes, type(None)) else str(value)
    if isinstance(value, float):
        return _finite(value)
    if isinstance(value, list | tuple):
        budget.pay(len(value))
        return [plain(item, budget) for item in value]
    if isinstance(value, dict):
        budget.pay(len(value))
        return {_key(key): plain(item, budget) for key, item in value.items()}
    raise ValueError("the result is a function, not a value")


def _finite(value: float) -> float:
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError("the result is not a number, or too large for one")
    return value


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise ValueError(f"the key {str(key)[:40]} of an Object is not a text")
    return key
