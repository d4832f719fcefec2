"""String, by regular expressions: RE2, which runs in linear time, so that no pattern and no text can hang a worker."""

from itertools import islice
from typing import Annotated

from patterns import regex
from patterns.registry import Choices, pure
from patterns.types import Array, Boolean, Integer, Object, PinType, String
from patterns.values import check_items, check_length

STRING = "String"
Give = Annotated[str, PinType.ENUM, Choices("matches", "groups", "details")]
_DETAILS = 6  # items that one match makes, besides its groups


def _flags(ignore_case: bool, multi_line: bool, dot_all: bool) -> str:
    return "i" * ignore_case + "m" * multi_line + "s" * dot_all


Found = tuple[bool, list[str | None], dict[str, str | None], str, int]
FOUND = {"matched": Boolean, "groups": Array, "named_groups": Object, "match": String, "index": Integer}


@pure(STRING, outputs=FOUND)
def regex_match(
    value: String,
    pattern: String,
    *,
    ignore_case: Boolean = False,
    multi_line: Boolean = False,
    dot_all: Boolean = False,
) -> Found:
    r"""Whether Pattern occurs in Value, and what its first occurrence holds.

    Groups are the texts of the groups in brackets (null where one took no part), Named Groups those of (?<name>…) by
    name; Match is the whole occurrence and Index its position, -1 where there is none. ^ and $ around Pattern make
    it fit the whole of Value; with Multi Line they fit each line; with Dot All . fits line ends too.

    Patterns are those of RE2: they run in linear time, and have no backreferences and no lookaround. \d, \w, \s and \b
    know ASCII alone; \pL is any letter.

    Example: Value "order 42 of 7", Pattern "(?<id>\\d+) of (\\d+)" → Matched true, Groups ["42", "7"],
        Named Groups {"id": "42"}, Match "42 of 7", Index 6
    """
    flags = _flags(ignore_case, multi_line, dot_all)
    for match in regex.matches(pattern, flags, value):
        return True, match.groups[1:], match.named, match.text, match.index
    return False, [], {}, "", -1


@pure(STRING)
def regex_find_all(
    value: String,
    pattern: String,
    limit: Integer = 0,
    *,
    give: Give = "matches",
    ignore_case: Boolean = False,
    multi_line: Boolean = False,
    dot_all: Boolean = False,
) -> Array:
    r"""All that Pattern fits in Value, from left to right and without overlap; a Limit above 0 ends it after so many.

    Each is the text that was matched; or, by Give, the list of its groups, or an Object with match, index, groups and
    named. For what a Pattern may hold see Regex Match.

    Example: Value "a=1, b=22", Pattern "\\d+" → ["1", "22"]
    """
    if limit < 0:
        raise ValueError("Limit is negative")
    found = regex.matches(pattern, _flags(ignore_case, multi_line, dot_all), value)
    items, weight, size = [], 0, 0
    for match in islice(found, min(limit, 10**9) or None):
        weight += 1 if give == "matches" else len(match.groups) + (_DETAILS if give == "details" else 0)
        check_items(weight)
        size += sum(len(group or "") for group in match.groups) if give != "matches" else len(match.text)
        check_length(size)
        items.append(_given(match, give))
    return items


def _given(match: regex.Match, give: str) -> object:
    if give == "details":
        return regex.as_value(match)
    return match.groups[1:] if give == "groups" else match.text


@pure(STRING)
def regex_replace(
    value: String,
    pattern: String,
    replacement: String,
    limit: Integer = 0,
    *,
    ignore_case: Boolean = False,
    multi_line: Boolean = False,
    dot_all: Boolean = False,
) -> String:
    r"""Value with every occurrence of Pattern replaced; the first Limit ones where that is above 0.

    In Replacement $1 or \1 stands for the first group, ${name}, $<name> or \g<name> for a named one, $& or $0 for the
    whole occurrence, $$ for a dollar sign and \\ for a backslash; ${1} where a digit follows. A group that took no part
    is empty; one that Pattern has not is an error. For what a Pattern may hold see Regex Match.

    Example: Value "2026-11-23", Pattern "(\\d+)-(\\d+)-(\\d+)", Replacement "$3.$2.$1" → "23.11.2026"
    """
    if limit < 0:
        raise ValueError("Limit is negative")
    return regex.replaced(pattern, _flags(ignore_case, multi_line, dot_all), value, replacement, limit)
