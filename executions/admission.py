"""Which of the executions that are due may begin, oldest first.

Those of patterns without a limit stand in one line. Those of a pattern with a limit stand in a line of their own, which
moves while fewer run than may: a pattern that is full holds nobody else up, and a look at the lines costs as much for
ten as for a million that wait in them. What is parked runs not, and stands in line again when its wait is over.
"""

from collections.abc import Collection
from datetime import UTC, datetime
from functools import cache
from typing import Any, cast
from uuid import UUID

from django.db import connection
from django.utils import timezone

from dragops_site.kept_plans import KeptPlan
from executions import bell, suspects
from executions.models import Execution
from executions.persistence import writing
from executions.status import OPEN, Mode, Status
from patterns.models import Pattern

BITE = 1_000
MOST_RECOVERIES = 32_767  # that the column holds

# When the first in the common line is due, and whether somebody stands in another one: soon planned, and mostly all
# there is to know.
_HEADS = KeptPlan("""
    SELECT (
        SELECT ready_at FROM executions_execution WHERE status = 'queued' AND concurrency IS NULL
        ORDER BY ready_at, id LIMIT 1), (
        SELECT pattern_id FROM executions_execution WHERE status = 'queued' AND concurrency IS NOT NULL
        ORDER BY pattern_id LIMIT 1) IS NOT NULL
""")

# The pattern of each line that may move now, NULL for the common line. The lines are found by leaps from one pattern to
# the next in the index `executions_in_lines`; of each the first alone is read, as is that of `executions_to_claim`.
_MOVING = """
    WITH RECURSIVE line(pattern_id) AS (
        SELECT * FROM (
            SELECT pattern_id FROM executions_execution WHERE status = 'queued' AND concurrency IS NOT NULL
            ORDER BY pattern_id LIMIT 1) AS first_line
        UNION ALL
        SELECT (
            SELECT pattern_id FROM executions_execution
            WHERE status = 'queued' AND concurrency IS NOT NULL AND pattern_id > line.pattern_id
            ORDER BY pattern_id LIMIT 1)
        FROM line WHERE line.pattern_id IS NOT NULL)
    SELECT pattern_id, ready_at FROM (
        SELECT line.pattern_id, (
            SELECT ready_at FROM (
                SELECT ready_at, concurrency FROM executions_execution
                WHERE status = 'queued' AND concurrency IS NOT NULL AND pattern_id = line.pattern_id
                ORDER BY ready_at, id LIMIT 1) AS head
            WHERE concurrency > (
                SELECT COUNT(*) FROM executions_execution
                WHERE pattern_id = line.pattern_id AND status = 'running' AND concurrency IS NOT NULL)) AS ready_at
        FROM line WHERE line.pattern_id IS NOT NULL
        UNION ALL
        SELECT NULL, (
            SELECT ready_at FROM executions_execution WHERE status = 'queued' AND concurrency IS NULL
            ORDER BY ready_at, id LIMIT 1)) AS lines
    WHERE ready_at <= %s ORDER BY ready_at
"""

# The mapper would take longer to compile this than the database to answer it.
_DUE = """
    SELECT {columns}, patterns_pattern.name AS pattern_name
    FROM executions_execution AS run JOIN patterns_pattern ON patterns_pattern.id = run.pattern_id
    WHERE run.status = 'queued' AND run.ready_at <= %s AND run.recoveries <= %s AND {line}
    ORDER BY run.ready_at, run.id LIMIT %s {lock}
"""


def is_due() -> bool:
    """Whether a worker that looks now finds something to do."""
    return bool(moving_lines())


def next_due(until: datetime) -> datetime | None:
    """When a worker finds something to do first, if that is not later than `until`."""
    heads = _heads(until)
    return heads[0][0] if heads else None


def moving_lines() -> list[UUID | None]:
    """The lines in which somebody is due and may begin, that of the oldest first; None is the common line."""
    return [line for _, line in _heads(timezone.now())]


def _heads(until: datetime) -> list[tuple[datetime, UUID | None]]:
    """The lines in which somebody may begin until then, and from when, the earliest first."""
    with connection.cursor() as cursor:
        with _HEADS.at(cursor) as sql:
            cursor.execute(sql)
        common, has_others = cursor.fetchone()
        if not has_others:
            return [(moment, None)] if common and (moment := _moment(common)) <= until else []
        cursor.execute(_MOVING, [connection.ops.adapt_datetimefield_value(until)])
        return [(_moment(at), UUID(str(line)) if line else None) for line, at in cursor.fetchall()]


def _moment(value: Any) -> datetime:
    # SQLite keeps moments as texts of UTC, which come as moments of no zone where it knows the column.
    found = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def admit(lines: Collection[UUID | None], limit: int) -> list[Execution]:
    """Up to `limit` executions from these lines that may begin now, locked. For the transaction that begins them.

    Whoever counts the runs of a pattern holds its row: of two claims the later one sees what the earlier one took.
    """
    limited = [line for line in lines if line is not None][:limit]
    locked = Pattern.objects.select_for_update(no_key=True).filter(pk__in=limited).order_by("pk")
    held = list(locked.values_list("pk", flat=True)) if limited else []
    found = _due(None, limit) if None in lines else []
    for pattern_id in held:
        found += _admitted(pattern_id, limit)
    return _apart(sorted(found, key=lambda row: (row.ready_at, row.pk))[:limit])


def _admitted(pattern_id: UUID, limit: int) -> list[Execution]:
    """The first in the line of a pattern; each says itself beside how many others it may run."""
    limited = {"pattern_id": pattern_id, "concurrency__isnull": False}
    running = Execution.objects.filter(status=Status.RUNNING, **limited).count()
    return [row for place, row in enumerate(_due(pattern_id, limit)) if running + place < (row.concurrency or 0)]


def _due(line: UUID | None, limit: int) -> list[Execution]:
    """The first that are due in a line, locked, and each with the name of its pattern."""
    recoveries = MOST_RECOVERIES if suspects.may_take() else suspects.SUSPECT_FROM - 1
    values = [connection.ops.adapt_datetimefield_value(timezone.now()), recoveries]
    if line:
        values.append(Execution._meta.get_field("pattern").get_db_prep_value(line, connection))
    with connection.cursor() as cursor, _plan(connection.vendor, line is not None).at(cursor) as sql:
        return [_with_pattern(row) for row in Execution.objects.raw(sql, [*values, limit])]


@cache
def _plan(vendor: str, is_of_pattern: bool) -> KeptPlan:
    columns = ", ".join(f"run.{field.column}" for field in Execution._meta.concrete_fields)
    line = "run.concurrency IS NOT NULL AND run.pattern_id = %s" if is_of_pattern else "run.concurrency IS NULL"
    lock = "FOR UPDATE OF run SKIP LOCKED" if vendor == "postgresql" else ""
    return KeptPlan(_DUE.format(columns=columns, line=line, lock=lock))


def _with_pattern(row: Any) -> Execution:
    row.pattern = Pattern.from_db(row._state.db, ["id", "name"], [row.pattern_id, row.pattern_name])
    return cast(Execution, row)


def _apart(rows: list[Execution]) -> list[Execution]:
    """A suspect is claimed alone, once it is the oldest; until then it is left where it is."""
    if rows and suspects.is_suspect(rows[0]):
        return rows[:1]
    return [row for row in rows if not suspects.is_suspect(row)]


def limit_open(pattern_id: UUID, concurrency: int | None) -> None:
    """Give the live runs of a pattern that have not ended this limit; in bites, whatever their number."""
    of_pattern = Execution.objects.filter(pattern_id=pattern_id, status__in=OPEN, mode=Mode.LIVE)
    others = of_pattern.exclude(concurrency=concurrency)
    while others.exists():
        with writing():
            bite = others.select_for_update().order_by("-id").values_list("pk", flat=True)[:BITE]
            Execution.objects.filter(pk__in=list(bite)).update(concurrency=concurrency)
    bell.ring()
