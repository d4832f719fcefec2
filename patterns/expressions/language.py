"""One expression: read and checked once, evaluated as often as wanted, always with limits.

The language is minijinja's, which has no access to Python and counts its instructions. Its own filters and functions
are taken out, because a few of them make much of little; ours are in `filters`.
"""

from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Any

import minijinja

from patterns.expressions import filters
from patterns.expressions.tokens import (
    MAX_CHARACTERS,
    MAX_JOINS,
    BadExpression,
    Token,
    after,
    calls,
    compares_object,
    numeric,
    path,
    roots,
    scan,
)
from patterns.expressions.views import Budget, plain, unwrap, wrap
from patterns.types import Value

FUEL = 100_000
# What minijinja brings along, apart from `default`, which must see whether its value is defined.
_NATIVE_FILTERS = """
abs attr batch bool capitalize center chain count dictsort e escape filesizeformat first flatten float format groupby
indent int items join keys last length lines list lower map max min pluralize pprint random reject rejectattr replace
reverse round safe select selectattr slice sort split striptags string sum title tojson trim truncate unique upper
urlencode urlize values wordcount wordwrap xmlattr zip
"""
_NATIVE_FUNCTIONS = """
cycler debug dict joiner lipsum namespace now randrange range
"""
_TESTS = """
boolean defined divisibleby endingwith eq even false float ge gt in integer iterable le lower lt mapping ne none number
odd sequence startingwith string true undefined upper
"""
_OWN_NAMES = frozenset({"range", "null"})
_WORDS = (
    ("filter", "|", frozenset({*filters.FILTERS, "count", "default", "d"}) - {"number"}),
    ("test", "is", frozenset(_TESTS.split())),
    ("function", "(", frozenset({"range"})),
)
_MISSING = object()


class Undefined(ValueError):
    """The expression reads something that is not there."""


def _new_environment() -> minijinja.Environment:
    found = minijinja.Environment(undefined_behavior="strict", fuel=FUEL, pycompat=False, debug=False)
    for name in _NATIVE_FILTERS.split():
        found.remove_filter(name)
    for name in _NATIVE_FUNCTIONS.split():
        found.remove_global(name)
    for name, function in filters.FILTERS.items():
        found.add_filter(name, function)
    found.add_filter("count", filters.FILTERS["length"])
    found.add_test("divisibleby", filters.divisible)
    found.add_global("range", filters.range_)
    found.add_global("null", None)
    return found


_ENVIRONMENT = _new_environment()


class Expression:
    """What stands between {{ and }}. Raises BadExpression when it is made of something that is none."""

    def __init__(self, source: str) -> None:
        self.source = source.strip()
        self.tokens, end = scan(self.source)
        if end < len(self.source):
            raise BadExpression("“}}” stands in the middle of the expression")
        if not self.tokens:
            raise BadExpression("the expression is empty")
        if sum(token.text in ("~", "+") for token in self.tokens if token.kind == "sign") > MAX_JOINS:
            raise BadExpression(f"an expression may have {MAX_JOINS} signs + and ~, not more")
        self._code = self._source = ""
        self._check()

    @property
    def names(self) -> set[str]:
        """The names with which it begins to read: trigger, vars, item."""
        return {self.tokens[at].text for at in roots(self.tokens)} - _OWN_NAMES

    def paths(self, root: str) -> list[tuple[list[str | int], Token]]:
        """The steps that follow each occurrence of a name."""
        found = [at for at in roots(self.tokens) if self.tokens[at].text == root]
        return [(path(self.tokens, at)[0], self.tokens[at]) for at in found]

    @cached_property
    def simple_path(self) -> tuple[str, list[str | int]] | None:
        """Of an expression that only reads, such as `trigger.body.id`: where it begins, and its steps."""
        if self.tokens[0].kind != "name" or self.tokens[0].is_word or self.tokens[0].text in _OWN_NAMES:
            return None
        steps, end = path(self.tokens, 0)
        return (self.tokens[0].text, steps) if end == len(self.tokens) else None

    @cached_property
    def code(self) -> str:
        """The expression as minijinja gets it."""
        return " ".join(token.text for token in numeric(self.tokens))

    def _check(self) -> None:
        for word, wanted, known in _WORDS:
            for name in calls(self.tokens) if word == "function" else after(self.tokens, wanted):
                if name not in known:
                    raise BadExpression(f"there is no {word} “{name[:40]}”; there are: {', '.join(sorted(known))}")
        for at in roots(self.tokens):
            if self.tokens[at].text == "range" and [token.text for token in self.tokens[at + 1 : at + 2]] != ["("]:
                raise BadExpression("range takes a number in brackets: range(5)")
        if compares_object(self.tokens):  # the language would call equal ones different
            raise BadExpression("an Object that is written out cannot be compared; compare its properties")
        try:
            _ENVIRONMENT.undeclared_variables_in_str("{{ " + self.code + " }}")
            _ENVIRONMENT.eval_expr(f"true or ({self.code})")
        except minijinja.TemplateError as error:
            raise BadExpression(_first_line(error)) from None
        except Exception as error:
            raise BadExpression(str(error)) from None

    def evaluate(self, names: Mapping[str, Value], budget: Budget | None = None) -> Value:
        """The value for these names. Raises ValueError, of which Undefined says that something is not there."""
        if self.simple_path:
            return _walk(self.source, names, *self.simple_path)
        budget = budget or Budget()
        budget.pay(10 + 4 * max(0, len(self.tokens) - 20))  # it is read anew each time, word by word
        filters.use(budget)
        given = {name: wrap(names[name], budget) for name in self.names if name in names}
        result = self._call(self.code, given)
        if result is None and not self._call(f"({self.code}) is defined", given):
            raise Undefined(f"{self.source[:80]} is not there; write | default(…) behind it where it may be missing")
        budget.check()
        return plain(result, budget)

    def _call(self, code: str, given: Mapping[str, Any]) -> Any:
        try:
            return _ENVIRONMENT.eval_expr(code, **given)
        except minijinja.TemplateError as error:
            message = _first_line(error)
            if message == "undefined value":
                raise Undefined(f"something in {self.source[:80]} is not there") from None
            raise ValueError(f"{self.source[:80]}: {message}") from None
        except (KeyError, IndexError, AttributeError, OverflowError, RecursionError) as error:
            raise ValueError(f"{self.source[:80]}: {error}") from None
        except TypeError as error:
            is_key = "unhashable" in str(error)
            why = "a key of an Object is a text" if is_key else "it does not take what it is given"
            raise ValueError(f"{self.source[:80]}: {why}") from None


def _first_line(error: Exception) -> str:
    first = str(error).partition("\n")[0].replace(" (in <expression>:1)", "").replace(" (in <string>:1)", "")
    return first.removeprefix("syntax error: ").removeprefix("invalid operation: ")[:200]


def _walk(source: str, names: Mapping[str, Value], name: str, steps: list[str | int]) -> Value:
    """What a path leads to, as it is: no text is too long for this, and no number loses a digit."""
    value = names.get(name, _MISSING)
    for step in steps:
        value = _step(value, step)
    if value is _MISSING:
        raise Undefined(f"{source[:80]} is not there; write | default(…) behind it where it may be missing")
    return unwrap(value)


def _step(value: Value, step: str | int) -> Value:
    if isinstance(value, list | str) and isinstance(step, int):
        return value[step] if step < len(value) else _MISSING
    return value.get(step, _MISSING) if isinstance(value, Mapping) else _MISSING


@lru_cache(maxsize=500)  # the longest take 200 kB each
def expression(source: str) -> Expression:
    """The expression of a text, read once. Raises BadExpression."""
    return Expression(source)


__all__ = ["MAX_CHARACTERS", "BadExpression", "Budget", "Expression", "Undefined", "expression"]
