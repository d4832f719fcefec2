"""Run a pattern's draft, without any deployment."""

from typing import Any

from dragops_site.accounts.models import User
from executions.actions.start_execution import start_execution
from executions.models import Execution
from executions.status import Mode, Trigger
from patterns.actions.take_snapshot import take_snapshot
from patterns.models import Pattern


def start_test_run(pattern: Pattern, event: Any, user: User | None, *, rerun_of: Execution | None = None) -> Execution:
    """Start the draft as it stands now. Raises CompileRefused."""
    snapshot = take_snapshot(pattern)
    return start_execution(
        pattern_id=pattern.pk,
        snapshot_id=snapshot.pk,
        version_number=None,
        mode=Mode.TEST,
        trigger=Trigger.MANUAL,
        event=event,
        started_by=user,
        rerun_of=rerun_of,
    )
