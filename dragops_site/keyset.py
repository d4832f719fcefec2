"""Cursors of ordered lists: the place of a row by the values it is ordered by, so that what comes after it costs the
same however deep it lies, and rows that are added or removed meanwhile neither repeat nor hide others.

The order of the list must be total, and of columns that are never NULL.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from functools import reduce
from operator import attrgetter, or_
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Field, Model, Q, QuerySet

from dragops_site import jsontext
from dragops_site.errors import Invalid

LONGEST = 2_000
NOT_OURS = "This cursor is none of this list. Take `meta.nextCursor` of the page before."


def place_of(rows: QuerySet[Any], row: Model) -> str:
    """The cursor for what comes after this row of the list."""
    values = [str(attrgetter(name.replace("__", "."))(row)) for name, _ in _order(rows)]
    return urlsafe_b64encode(jsontext.dumps(values).encode()).decode().rstrip("=")


def after(rows: QuerySet[Any], cursor: str) -> QuerySet[Any]:
    """What comes after the place that a cursor names. Raises Invalid."""
    order = _order(rows)
    values = _values(rows.model, [name for name, _ in order], cursor)
    before_it: dict[str, Any] = {}
    steps = []
    for (name, is_down), value in zip(order, values, strict=True):
        steps.append(Q(**before_it, **{f"{name}__lt" if is_down else f"{name}__gt": value}))
        before_it[name] = value
    return rows.filter(reduce(or_, steps))


def _order(rows: QuerySet[Any]) -> list[tuple[str, bool]]:
    """The columns, and whether each goes downwards."""
    return [(name.removeprefix("-"), name.startswith("-")) for name in map(str, rows.query.order_by)]


def _values(model: type[Model], names: list[str], cursor: str) -> list[Any]:
    try:
        texts = jsontext.loads(urlsafe_b64decode(cursor[:LONGEST].encode() + b"=="))
        return [_value(_field(model, name), text) for name, text in zip(names, texts, strict=True)]
    except (TypeError, ValueError, OverflowError, ValidationError):
        raise Invalid(NOT_OURS, details={"cursor": NOT_OURS}) from None


def _value(field: "Field[Any, Any]", text: object) -> Any:
    if not isinstance(text, str) or jsontext.clean(text) != text:  # no database holds such a text
        raise TypeError
    value = field.to_python(text)
    return value.replace(tzinfo=value.tzinfo or UTC).astimezone(UTC) if isinstance(value, datetime) else value


def _field(model: type[Model], name: str) -> "Field[Any, Any]":
    *path, last = name.split("__")
    for step in path:
        related = model._meta.get_field(step).related_model
        assert isinstance(related, type)  # noqa: S101 - for the type checker
        model = related
    found = model._meta.pk if last == "pk" else model._meta.get_field(last)
    assert isinstance(found, Field)  # noqa: S101 - likewise
    return found
