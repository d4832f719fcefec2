"""Writes rows of executions, many in one statement: a statement costs more than a row, and to let the mapper compile
one more than the database takes for it."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, cast
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Field

from executions.models import Execution

Row = tuple[Execution, Mapping[str, Any]]
AT_ONCE = 500
TABLE = Execution._meta
FIELDS = TABLE.concrete_fields


def insert_all(executions: Sequence[Execution]) -> None:
    """Insert new executions. For a transaction."""
    database = connections[DEFAULT_DB_ALIAS]  # `connection` would be looked up for every value
    for start in range(0, len(executions), AT_ONCE):
        part = executions[start : start + AT_ONCE]
        values = [field.get_db_prep_save(getattr(run, field.attname), database) for run in part for field in FIELDS]
        with database.cursor() as cursor:
            cursor.execute(_insertion(len(part)), values)
    for run in executions:
        run._state.adding, run._state.db = False, database.alias


@cache
def _insertion(count: int) -> str:
    columns, one = (", ".join(str(field.column) for field in FIELDS), ", ".join(["%s"] * len(FIELDS)))
    return f"INSERT INTO {TABLE.db_table} ({columns}) VALUES {', '.join([f'({one})'] * count)}"  # noqa: S608


def update_each(rows: Sequence[Row], **held: Any) -> set[UUID]:
    """Write the fields of each execution, all of them the same ones, where its row holds what `held` says; returns the
    ids of those. For a transaction."""
    parts = (rows[start : start + AT_ONCE] for start in range(0, len(rows), AT_ONCE))
    return {key for part in parts for key in _update(part, held)}


def _update(rows: Sequence[Row], held: Mapping[str, Any]) -> Iterator[UUID]:
    names = ("id", *rows[0][1])
    given = [item for run, fields in rows for item in {"id": run.pk, **fields}.items()]
    database = connections[DEFAULT_DB_ALIAS]
    values = [_field(name).get_db_prep_save(value, database) for name, value in [*given, *held.items()]]
    with database.cursor() as cursor:
        cursor.execute(_statement(database.vendor, names, tuple(held), len(rows)), values)
        found = cursor.fetchall()
    # SQLite keeps an id as text.
    return (key if isinstance(key, UUID) else UUID(key) for (key,) in found)


@cache
def _statement(vendor: str, names: Sequence[str], held: Sequence[str], count: int) -> str:
    # Both databases call the columns of a list of VALUES alike, but only one of them knows the type of NULL there.
    new = [f"new.column{at}" for at in range(1, len(names) + 1)]
    if vendor == "postgresql":
        new = [f"{column}::{_field(name).db_type(connection)}" for column, name in zip(new, names, strict=True)]
    sets = [f"{_field(name).column} = {value}" for name, value in zip(names, new, strict=True)][1:]
    wheres = [f"id = {new[0]}", *(f"{_field(name).column} = %s" for name in held)]
    one = f"({', '.join(['%s'] * len(names))})"
    return (
        f"UPDATE {TABLE.db_table} SET {', '.join(sets)} FROM (VALUES {', '.join([one] * count)}) AS new "  # noqa: S608
        f"WHERE {' AND '.join(wheres)} RETURNING id"
    )


@cache
def _field(name: str) -> "Field[Any, Any]":
    return cast("Field[Any, Any]", TABLE.get_field(name))
