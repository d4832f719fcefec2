"""Expressions: `{{ … }}` in texts that people type, and formulas such as `item.price > 10`.

parse("Hello {{ trigger.body.name }}").fill({"trigger": {"body": {"name": "Ada"}}}) == "Hello Ada"
parse("{{ vars.total * 2 }}").fill({"vars": {"total": 21}}) == 42
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from patterns.expressions.filters import as_text
from patterns.expressions.language import BadExpression, Budget, Expression, Undefined, expression
from patterns.expressions.tokens import roots, scan
from patterns.types import Value
from patterns.values import check_length

OPEN, CLOSE = "{{", "}}"
MAX_EXPRESSIONS = 1_000


@dataclass(frozen=True)
class Template:
    """A text with expressions in it."""

    parts: tuple[str | Expression, ...]

    @property
    def expressions(self) -> list[Expression]:
        return [part for part in self.parts if isinstance(part, Expression)]

    def fill(self, names: Mapping[str, Value]) -> Value:
        """The text with the expressions' values; of a text that is exactly one expression, that value.

        Raises ValueError.
        """
        if len(self.parts) == 1 and isinstance(self.parts[0], Expression):
            return self.parts[0].evaluate(names)
        return self.fill_text(names)

    def fill_text(self, names: Mapping[str, Value]) -> str:
        """The same, always as text. Raises ValueError."""
        budget, length, pieces = Budget(), 0, []
        for part in self.parts:
            piece = part if isinstance(part, str) else _text(part.evaluate(names, budget))
            length += len(piece)
            check_length(length)
            pieces.append(piece)
        return "".join(pieces)


def _text(value: Value) -> str:
    return value if isinstance(value, str) else as_text(value)


def has_expressions(text: str) -> bool:
    return OPEN in text


def parse(text: str) -> Template:
    """The expressions of a text and what stands between them. Raises BadExpression."""
    parts: list[str | Expression] = []
    position = count = 0
    while (start := text.find(OPEN, position)) >= 0:
        if start > position:
            parts.append(text[position:start])
        position = _end(text, start)
        parts.append(expression(text[start + 2 : position - 2]))
        count += 1
        if count > MAX_EXPRESSIONS:
            raise BadExpression(f"a text may have {MAX_EXPRESSIONS:,} expressions, not more")
    if position < len(text):
        parts.append(text[position:])
    return Template(tuple(parts))


def _end(text: str, start: int) -> int:
    end = scan(text, start + 2)[1]
    if not text.startswith(CLOSE, end):
        raise BadExpression(f"{text[start : start + 40]!r} has no }}}} at its end")
    return end + 2


def formula(text: str) -> Expression:
    """The expression of a pin that takes nothing else; the braces around it may be left out. Raises BadExpression."""
    found = text.strip()
    if found.startswith(OPEN) and found.endswith(CLOSE):
        found = found[2:-2]
    return expression(found)


def is_key_path(text: str, names: Collection[str] = ()) -> bool:
    """Whether a text such as `customer.name` or `lines[0].price` is a path into an item and no expression.

    One that begins with one of `names` (`item.price`), or names nothing else (`index - 1`), is an expression.
    """
    first = _FIRST.match(text)
    return bool(_KEY_PATH.fullmatch(text)) and not (first and first[0] in names) and not _reads_only(text, names)


def _reads_only(text: str, names: Collection[str]) -> bool:
    """Whether all that it would read as an expression are `names` and what every expression may read."""
    try:
        tokens = scan(text)[0]
    except BadExpression:
        return False
    found = {tokens[at].text for at in roots(tokens)}
    return not found.isdisjoint(names) and found <= {*names, *_EVERYWHERE}


_KEY_PATH = re.compile(r"[\w $@#-]+(?:\.[\w $@#-]+|\[-?\d+\])*")
_EVERYWHERE = ("trigger", "vars", "env")
_FIRST = re.compile(r"[^.\[]+")


__all__ = [
    "BadExpression",
    "Budget",
    "Expression",
    "Template",
    "Undefined",
    "expression",
    "formula",
    "has_expressions",
    "is_key_path",
    "parse",
]
