"""Ids of rows: UUIDv7 (RFC 9562), so that sorting by id is sorting by time and keyset paging needs no second column."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

from uuid_utils.compat import uuid7

_CANONICAL = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def new_id() -> UUID:
    return uuid7()


def time_of(row_id: UUID) -> datetime:
    """When an id was made: its first 48 bits are milliseconds of Unix time."""
    return EPOCH + timedelta(milliseconds=row_id.int >> 80)


def parse_id(value: object) -> UUID | None:
    """The id that `value` is or spells, or None. `UUID()` alone would take braces, urns and digits of any script."""
    if isinstance(value, UUID):
        return value
    return UUID(value) if isinstance(value, str) and _CANONICAL.fullmatch(value) else None


def first_id(moment: datetime, later_ms: int = 0) -> UUID:
    """The lowest id of a moment, or of so much later: the first 48 bits are the milliseconds since the epoch."""
    elapsed = (moment - EPOCH) // timedelta(milliseconds=1) + later_ms
    return UUID(int=max(elapsed, 0) << 80)
