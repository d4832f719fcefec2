"""Ids of rows: UUIDv7 (RFC 9562), so that sorting by id is sorting by time and keyset paging needs no second column."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    return uuid7()
