"""Start an execution: its row is inserted, and the bell rings when the row is there."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from dragops_site.accounts.models import User
from executions import bell
from executions.models import Execution
from executions.persistence import writing
from executions.status import Mode, Trigger


def start_execution(
    *,
    pattern_id: UUID,
    snapshot_id: UUID,
    version_number: int | None,
    mode: Mode,
    trigger: Trigger,
    event: Any,
    time_limit_s: int = 300,
    concurrency: int | None = None,
    started_by: User | None = None,
    awaited: bool = False,
) -> Execution:
    """Accept an execution. Once this returns and its transaction is committed, nothing but the database can lose it.

    `concurrency` is how many runs of its pattern there may be at a time. `awaited` says that somebody is going to wait
    for its result or response.
    """
    execution = new_execution(
        pattern_id=pattern_id,
        snapshot_id=snapshot_id,
        version_number=version_number,
        mode=mode,
        trigger=trigger,
        event=event,
        time_limit_s=time_limit_s,
        concurrency=concurrency,
        started_by=started_by,
        awaited=awaited,
    )
    with writing():
        execution.save(force_insert=True)
    bell.ring_on_commit()
    return execution


def new_execution(*, time_limit_s: int, **fields: Any) -> Execution:
    """The row of an execution that has not begun, for whoever inserts several at once; who does must ring the bell."""
    return Execution(time_limit_s=time_limit_s, time_left=timedelta(seconds=time_limit_s), **fields)
