"""Which of the executions that are due may begin, oldest first.

Those of patterns without a limit stand in one line. Those of a pattern with a limit stand in a line of their own, which
moves while fewer run than may: a pattern that is full holds nobody else up, and a look at the lines costs as much for
ten as for a million that wait in them. What is parked runs not, and stands in line again when its wait is over.
"""

from collections.abc import Collection
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from executions import bell, suspects
from executions.models import Execution
from executions.persistence import writing
from executions.status import OPEN, Mode, Status
from patterns.models import Pattern

BITE = 1_000

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


def is_due() -> bool:
    """Whether a worker that looks now finds something to do."""
    return bool(moving_lines())


def moving_lines() -> list[UUID | None]:
    """The lines in which somebody is due and may begin, that of the oldest first; None is the common line."""
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(_MOVING, [now])
        return [UUID(str(pattern_id)) if pattern_id else None for pattern_id, _ in cursor.fetchall()]


def admit(lines: Collection[UUID | None], limit: int) -> list[Execution]:
    """Up to `limit` executions from these lines that may begin now, locked. For the transaction that begins them.

    Whoever counts the runs of a pattern holds its row: of two claims the later one sees what the earlier one took.
    """
    limited = [line for line in lines if line is not None][:limit]
    locked = Pattern.objects.select_for_update(no_key=True).filter(pk__in=limited).order_by("pk")
    held = list(locked.values_list("pk", flat=True)) if limited else []
    found = list(_due().filter(concurrency=None)[:limit]) if None in lines else []
    for pattern_id in held:
        found += _admitted(pattern_id, limit)
    return _apart(sorted(found, key=lambda row: (row.ready_at, row.pk))[:limit])


def _admitted(pattern_id: UUID, limit: int) -> list[Execution]:
    """The first in the line of a pattern; each says itself beside how many others it may run."""
    limited = {"pattern_id": pattern_id, "concurrency__isnull": False}
    running = Execution.objects.filter(status=Status.RUNNING, **limited).count()
    rows = _due().filter(**limited)[:limit]
    return [row for place, row in enumerate(rows) if running + place < (row.concurrency or 0)]


def _due() -> QuerySet[Execution]:
    found = Execution.objects.filter(status=Status.QUEUED, ready_at__lte=timezone.now()).order_by("ready_at", "id")
    if not suspects.may_take():
        found = found.filter(recoveries__lt=suspects.SUSPECT_FROM)
    found = found.select_related("pattern").defer("pattern__graph", "pattern__description")
    return found.select_for_update(skip_locked=True, of=("self",))


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
