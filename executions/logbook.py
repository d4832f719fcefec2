"""Writes the log: rows that are made by the thousand and never changed do not pay for a model's instance each."""

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from io import StringIO
from typing import Any

from django.conf import settings
from django.db import connection
from psycopg2.extras import execute_values

from dragops_site.jsontext import clean
from executions.journal import MESSAGE_CHARACTERS, Entry, shown
from executions.masking import masked_json, masked_start
from executions.models import Execution, LogEntry

Row = tuple[Any, ...]
COLUMNS = (
    "execution_id",
    "seq",
    "key",
    "node_id",
    "node_name",
    "level",
    "message",
    "inputs",
    "output",
    "outcome",
    "is_void",
    "error_type",
    "attempt",
    "at",
    "duration_us",
)
PAGE = 500  # rows of one statement


def write(logged: Iterable[tuple[Execution, Iterable[Entry]]]) -> None:
    """Insert the entries of several runs. The unique number refuses to write one twice."""
    insert([row for execution, entries in logged for row in rows(execution, entries)])


def rows(execution: Execution, entries: Iterable[Entry]) -> list[Row]:
    """What `insert` writes for these entries: secrets masked, long values cut."""
    limit = settings.EXECUTIONS["VALUE_BYTES"]
    execution_id = LogEntry._meta.get_field("execution").get_db_prep_value(execution.pk, connection)
    return [_row(execution_id, execution.attempt, entry, limit) for entry in entries]


def insert(rows: Sequence[Row], *, again: bool = False) -> None:
    """Insert rows of several runs. The unique number refuses to write one twice, or, `again`, passes it over."""
    if rows:
        _insert(rows, again)


def _row(execution_id: Any, attempt: int, entry: Entry, limit: int) -> Row:
    """In the order of COLUMNS."""
    at = datetime.fromtimestamp(entry.at, tz=UTC)
    return (
        execution_id,
        entry.seq,
        entry.key,
        clean(entry.node_id)[:200],
        clean(entry.node_name)[:200],
        entry.level,
        masked_start(clean(entry.message), MESSAGE_CHARACTERS) if entry.message else "",
        masked_json(shown(entry.inputs, limit)),
        masked_json(shown(entry.output, limit)),
        entry.outcome.dump() if entry.outcome else "",
        False,
        masked_start(clean(entry.error.type), 200) if entry.error else "",
        attempt,
        connection.ops.adapt_datetimefield_value(at),
        None if entry.duration is None else int(entry.duration * 1e6),
    )


def _insert(rows: Sequence[Row], again: bool) -> None:
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            _insert_in_pages(cursor, rows, again)
        elif not again:
            cursor.cursor.copy_expert(f"COPY {_target()} FROM STDIN", StringIO("".join(map(_copied, rows))))
        else:  # COPY knows no conflicts
            execute_values(cursor.cursor, _statement(again, "%s"), rows, page_size=PAGE)


def _insert_in_pages(cursor: Any, rows: Sequence[Row], again: bool) -> None:
    """Many rows in a statement. `executemany` would give up the interpreter's lock for each, and, beside a thread that
    computes, wait five milliseconds to get it back."""
    most = connection.connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER) // len(COLUMNS)
    size = max(1, min(PAGE, most))
    one = f"({', '.join(['%s'] * len(COLUMNS))})"
    for start in range(0, len(rows), size):
        page = rows[start : start + size]
        cursor.execute(_statement(again, ", ".join([one] * len(page))), [value for row in page for value in row])


def _statement(again: bool, values: str) -> str:
    conflict = " ON CONFLICT DO NOTHING" if again else ""
    return f"INSERT INTO {_target()} VALUES {values}{conflict}"  # noqa: S608 (names of ours alone)


@cache
def _target() -> str:
    quote = connection.ops.quote_name
    return f"{quote(LogEntry._meta.db_table)} ({', '.join(map(quote, COLUMNS))})"


def _copied(row: Row) -> str:
    """A row in the text format of PostgreSQL's COPY."""
    return "\t".join([_escaped(value) if value.__class__ is str else _plain(value) for value in row]) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def _plain(value: Any) -> str:
    return "\\N" if value is None else str(value)
