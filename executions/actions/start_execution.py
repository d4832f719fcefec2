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
    started_by: User | None = None,
    awaited: bool = False,
) -> Execution:
    """Accept an execution. Once this returns and its transaction is committed, nothing but the database can lose it.

    `awaited` says that somebody is going to wait for its result or response.
    """
    with writing():
        execution = Execution.objects.create(
            pattern_id=pattern_id,
            snapshot_id=snapshot_id,
            version_number=version_number,
            mode=mode,
            trigger=trigger,
            event=event,
            time_limit_s=time_limit_s,
            time_left=timedelta(seconds=time_limit_s),
            started_by=started_by,
            awaited=awaited,
        )
    bell.ring_on_commit()
    return execution
