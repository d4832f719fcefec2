"""A journal that begins with what another run has recorded: its outcomes are read back, and not had again.

What is copied is what was noted before the chosen step, in the order of time, so that of parallel branches each goes on
where it was at that moment. The limits of Timeout nodes are left out: their time begins anew.
"""

import secrets
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from executions.keys import ON_ERROR
from executions.logbook import COLUMNS
from executions.models import Execution, Hook, LogEntry

_OWN = {"execution_id": "%s", "attempt": "1"}


def base_of(key: str) -> str:
    """The key of the step that an entry is about: `2.0` of `2.0~wait` and of `2.0!`."""
    return key.partition("~")[0].partition("!")[0]


def is_on_error(key: str) -> bool:
    return key.split(".")[0] == ON_ERROR


def recorded_nodes(run: Execution, chosen: LogEntry) -> dict[str, str]:
    """The nodes of the steps before the chosen one: names by id."""
    return dict(_before(run, chosen).order_by("node_id").values_list("node_id", "node_name").distinct())


def copy(run: Execution, chosen: LogEntry, into: Execution) -> None:
    """Let the journal of a new run begin with that of another up to the chosen step. For the transaction that inserts
    the row of the new one."""
    _copy_log(run, chosen, into.pk)
    _copy_hooks(run, chosen, into)


def _before(run: Execution, chosen: LogEntry) -> QuerySet[LogEntry]:
    base = base_of(chosen.key)
    earlier = LogEntry.objects.filter(execution=run, seq__lt=chosen.seq, is_void=False).exclude(key="")
    earlier = earlier.exclude(key__endswith="~limit")
    return earlier.exclude(key=base).exclude(key__startswith=f"{base}~").exclude(key__startswith=f"{base}!")


def _copy_log(run: Execution, chosen: LogEntry, into: UUID) -> None:
    """In one statement, however long it is."""
    quote = connection.ops.quote_name
    rows = _before(run, chosen).order_by("seq").values_list(*(name for name in COLUMNS if name not in _OWN))
    found, given = rows.query.get_compiler(connection=connection).as_sql()
    names = [*(name for name in COLUMNS if name not in _OWN), *_OWN]
    # Selected once more, because a query of the ORM cannot give values of ours in the place of columns.
    inner = ", ".join(f"found.{quote(name)}" for name in names if name not in _OWN)
    own = ", ".join(_OWN[name] for name in names if name in _OWN)
    execution_id = LogEntry._meta.get_field("execution").get_db_prep_value(into, connection)
    table = quote(LogEntry._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(map(quote, names))}) SELECT {inner}, {own} FROM ({found}) AS found",  # noqa: S608
            [execution_id, *given],
        )


def _copy_hooks(run: Execution, chosen: LogEntry, into: Execution) -> None:
    """The requests that it had got by then, at addresses that answer nobody any more."""
    prefix = f"{run.epoch}:" if run.epoch else ""
    closed = Hook.objects.filter(execution=run, closed_at__lte=chosen.at, key__startswith=prefix)
    Hook.objects.bulk_create(
        Hook(
            token=secrets.token_urlsafe(32),
            execution=into,
            key=hook.key.removeprefix(prefix),
            created_at=hook.created_at,
            closed_at=hook.closed_at,
            event=hook.event,
        )
        for hook in closed
        if prefix or ":" not in hook.key
    )
