"""Statements that PostgreSQL plans once for a connection: to plan a short query costs it more than to run it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any
from weakref import WeakKeyDictionary

from django.db import DatabaseError, OperationalError
from django.db.backends.utils import CursorWrapper

log = logging.getLogger(__name__)

# Unknown, there already, made for other columns: a pooler gives each transaction another connection, or tables changed.
_LOST = {"26000", "42P05", "0A000"}

_kept: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()  # names by the driver's connection
_are_kept = True


class KeptPlan:
    """A statement with %s for each value.

    PostgreSQL infers the type of a value from where it stands: one that is compared to a smallint must fit into one.
    Name the columns of a result, because a plan for * fails when the table has one more. SQLite keeps plans by itself.
    """

    def __init__(self, sql: str) -> None:
        self.sql = sql
        first, *rest = sql.split("%s")
        self._name = f"dragops_{sha256(sql.encode()).hexdigest()[:16]}"
        numbered = "".join([first, *(f"${number}{part}" for number, part in enumerate(rest, 1))])
        self._preparation = f"PREPARE {self._name} AS {numbered}"
        self._call = f"EXECUTE {self._name}" + (f" ({', '.join(['%s'] * len(rest))})" if rest else "")

    @contextmanager
    def at(self, cursor: CursorWrapper) -> Iterator[str]:
        """The SQL to execute on this connection, with the same values. Raises OperationalError, once in a process,
        where plans are not kept after all; another try succeeds."""
        if cursor.db.vendor != "postgresql" or not _are_kept:
            yield self.sql
            return
        try:
            self._prepare(cursor)
            yield self._call
        except DatabaseError as error:
            if getattr(error.__cause__, "pgcode", None) not in _LOST:
                raise
            _give_up(error)
            raise OperationalError(str(error)) from error

    def _prepare(self, cursor: CursorWrapper) -> None:
        names = _kept.setdefault(cursor.connection, set())
        if self._name not in names:
            with cursor.db.wrap_database_errors, cursor.connection.cursor() as own:
                own.execute(self._preparation)
            names.add(self._name)


def _give_up(error: DatabaseError) -> None:
    global _are_kept
    _are_kept = False
    log.warning("the database does not keep plans (%s); queries are planned each time", str(error).strip())
