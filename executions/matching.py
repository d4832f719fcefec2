"""Conditions on what runs hold: `event.body.customer.id = 42`. Plain Python over JSON values.

A path begins with event, result or error and goes on by names and by positions in brackets. A value in quotes is that
text; anything else is the JSON value that it reads as, and the same as text: 42 is found as a number and as "42".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dragops_site import jsontext

ROOTS = ("event", "result", "error")
LONGEST = 300  # characters of a condition
_STEP = r"\.[^\s.\[\]=\"]+|\[\d{1,9}\]"
_CONDITION = re.compile(rf'({"|".join(ROOTS)})((?:{_STEP})*)\s*=\s*("(?:[^"\\]|\\.)*"|[^\s"]+)')
_IN_TEXT = re.compile(rf"(?<!\S){_CONDITION.pattern}(?!\S)")
_MISSING = object()


class NoCondition(ValueError):
    """The text is none, for the reason that it says."""


@dataclass(frozen=True)
class Match:
    """What the value at a path shall be. `wanted` holds the values that count as it."""

    root: str
    path: tuple[str | int, ...]
    wanted: tuple[Any, ...]
    text: str  # as it was typed

    @property
    def key(self) -> str:
        """The last name of the path; empty where it has none."""
        return next((step for step in reversed(self.path) if isinstance(step, str)), "")

    @property
    def needle(self) -> str:
        """What the JSON text of a value that is wanted holds in any case; empty where that cannot be said."""
        texts = [jsontext.dumps(value).strip('"') for value in self.wanted if not isinstance(value, float)]
        return texts[0] if len(texts) == len(self.wanted) and len(set(texts)) == 1 else ""

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Whether it holds of a run whose event, result and error are `values`."""
        found = _at(values.get(self.root), self.path)
        return any(_same(found, value) for value in self.wanted)


def parse(text: str) -> Match:
    """Raises NoCondition."""
    if len(text) > LONGEST:
        raise NoCondition(f"is longer than {LONGEST} characters")
    found = _CONDITION.fullmatch(text.strip())
    if found is None:
        raise NoCondition("does not read like event.body.id = 7, with event, result or error at the beginning")
    return _made(found)


def parse_all(text: str) -> tuple[tuple[Match, ...], str]:
    """The conditions among words, and the other words."""
    found = tuple(_made(each) for each in _IN_TEXT.finditer(text[: 4 * LONGEST]))
    return found, " ".join(_IN_TEXT.sub(" ", text).split()) if found else text.strip()


def _made(found: re.Match[str]) -> Match:
    root, path, value = found.groups()
    steps = [step[1:].rstrip("]") if step[0] == "[" else step[1:] for step in re.findall(_STEP, path)]
    marks = [step[0] for step in re.findall(_STEP, path)]
    read = tuple(int(step) if mark == "[" else step for step, mark in zip(steps, marks, strict=True))
    return Match(root, read, _wanted(value), found[0])


def _wanted(text: str) -> tuple[Any, ...]:
    try:
        value = jsontext.loads(text)
    except ValueError:
        return (text,)
    return (value,) if isinstance(value, str) else (value, text)


def _at(value: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        if isinstance(value, dict):
            value = value.get(str(step), _MISSING)
        elif isinstance(value, list) and str(step).isdecimal():
            value = value[int(step)] if int(step) < len(value) else _MISSING
        else:
            return _MISSING
    return value


def _same(found: Any, wanted: Any) -> bool:
    """JSON's equality: true is not 1, and 1 is 1.0."""
    return found is not _MISSING and isinstance(found, bool) == isinstance(wanted, bool) and bool(found == wanted)
