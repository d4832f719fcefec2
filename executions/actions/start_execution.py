"""Start an execution: its row is inserted, and the bell rings when the row is there."""

from datetime import datetime, timedelta
from typing import Any, NotRequired, TypedDict, Unpack
from uuid import UUID

from dragops_site.accounts.models import User
from executions import bell
from executions.models import Execution
from executions.persistence import writing
from executions.status import Mode, Trigger


class Start(TypedDict):
    """What an execution starts with."""

    pattern_id: UUID
    snapshot_id: UUID
    version_number: int | None  # none in test mode
    mode: Mode
    trigger: Trigger
    event: Any
    time_limit_s: NotRequired[int]
    concurrency: NotRequired[int | None]  # how many runs of its pattern there may be at a time
    started_by: NotRequired[User | None]
    rerun_of: NotRequired[Execution | None]
    started_at: NotRequired[datetime]  # of one that has a journal already
    awaited: NotRequired[bool]  # somebody is going to wait for its result or response


def start_execution(**start: Unpack[Start]) -> Execution:
    """Accept an execution. Once this returns and its transaction is committed, nothing but the database can lose it."""
    execution = new_execution(**start)
    with writing():
        execution.save(force_insert=True)
    bell.ring_on_commit()
    return execution


def new_execution(**start: Unpack[Start]) -> Execution:
    """The row of an execution, still to be inserted; whoever does so rings the bell."""
    execution = Execution(**start)
    execution.time_left = timedelta(seconds=execution.time_limit_s)
    return execution
