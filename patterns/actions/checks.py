"""What the fields of a draft may hold. Each check returns the value as it is stored, or raises Invalid."""

from collections.abc import Iterable
from typing import Any

from dragops_site import jsontext
from dragops_site.errors import Invalid

MAX_NAME = 200
MAX_DESCRIPTION = 20_000
MAX_TAG = 50
MAX_TAGS = 20
MAX_GRAPH_BYTES = 5_000_000


def name(value: Any) -> str:
    """One line of text that is not empty."""
    text = " ".join(_text("name", value).split())
    if not text:
        raise _invalid("name", "A pattern needs a name.")
    return _at_most("name", text, MAX_NAME)


def description(value: Any) -> str:
    return _at_most("description", _text("description", value), MAX_DESCRIPTION)


def tags(values: Any) -> list[str]:
    """Trimmed texts, the first spelling of each; empty ones are left out."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise _invalid("tags", "Tags are a list of texts.")
    found: dict[str, str] = {}
    for value in values:
        tag = _at_most("tags", _text("tags", value).strip(), MAX_TAG)
        found.setdefault(tag.casefold(), tag)
        if len(found) > MAX_TAGS + 1:  # one may be the empty text
            break
    found.pop("", None)
    if len(found) > MAX_TAGS:
        raise _invalid("tags", f"A pattern has at most {MAX_TAGS} tags.")
    return list(found.values())


def flag(field: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _invalid(field, f"{field} is true or false.")
    return value


def graph(value: Any) -> dict[str, Any]:
    """An object with lists of nodes and edges. What is wrong within is the compiler's to say: a draft may be wrong."""
    if not isinstance(value, dict) or not all(isinstance(value.get(key), list) for key in ("nodes", "edges")):
        raise _invalid("graph", "The graph is not a JSON object with lists of nodes and edges.")
    if jsontext.is_deeper(value):
        raise _invalid("graph", f"The graph is nested more than {jsontext.MAX_DEPTH} levels deep.")
    size = len(_json(value))
    if size > MAX_GRAPH_BYTES:
        raise _invalid("graph", f"The graph has {size:,} bytes; the limit is {MAX_GRAPH_BYTES:,}.")
    return value


def _json(value: Any) -> bytes:
    try:
        return jsontext.dumps(value).encode()
    except ValueError as error:
        raise _invalid("graph", f"The graph is not JSON: {error}.") from None


def _text(field: str, value: Any) -> str:
    if not isinstance(value, str):
        raise _invalid(field, f"{field} holds something that is not text.")
    return jsontext.clean(value)


def _at_most(field: str, text: str, limit: int) -> str:
    if len(text) > limit:
        raise _invalid(field, f"{field} has {len(text):,} characters; the limit is {limit:,}.")
    return text


def _invalid(field: str, message: str) -> Invalid:
    return Invalid(message, details={field: message})
