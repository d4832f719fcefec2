"""Ids of rows: UUIDv7 (RFC 9562), so that sorting by id is sorting by time and keyset paging needs no second column."""

import re
from uuid import UUID

from uuid_utils.compat import uuid7

_CANONICAL = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)


def new_id() -> UUID:
    return uuid7()


def parse_id(value: object) -> UUID | None:
    """The id that `value` is or spells, or None. `UUID()` alone would take braces, urns and digits of any script."""
    if isinstance(value, UUID):
        return value
    return UUID(value) if isinstance(value, str) and _CANONICAL.fullmatch(value) else None
