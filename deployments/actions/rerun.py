"""Run an execution again: a new one with its event, under what is live now."""

import logging
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from deployments.actions.execute import checked_event, execute_live
from dragops_site import audit
from dragops_site.accounts.models import User
from dragops_site.errors import Refused
from executions.actions.retry import check_may_retry
from executions.actions.start_test_run import start_test_run
from executions.models import Execution
from executions.status import Mode

logger = logging.getLogger(__name__)
SAME: Any = object()
_AGAIN = Execution.objects.filter(rerun_of=OuterRef("pk"))


def rerun(execution: Execution, user: User | None, event: Any = SAME) -> Execution:
    """Start the live version by hand with the same event or another; after a test, test the draft as it is now.

    The event of a called execution are its inputs. Raises Forbidden, NotDeployed, Paused, Invalid, CompileRefused,
    PatternNotFound.
    """
    check_may_retry(execution.mode, user)
    event = execution.event if event is SAME else checked_event(event)
    if execution.mode == Mode.TEST:
        run = start_test_run(execution.pattern, event, user, rerun_of=execution)
    else:
        run = execute_live(execution.pattern_id, event, user, rerun_of=execution)
    logger.info("%s ran execution %s again as %s", user, execution.pk, run.pk)
    audit.record(user, "ran again", execution, detail=f"as {run.pk}")
    return run


def rerun_all(executions: QuerySet[Execution], user: User | None) -> int:
    """Run again those of these that have not been yet, the oldest first, and return how many could be.

    For the transaction that holds their rows.
    """
    return rerun_each(executions.filter(~Exists(_AGAIN)), user)


def rerun_each(executions: QuerySet[Execution], user: User | None) -> int:
    """Run each of these again, the oldest first, and return how many could be. For the transaction that holds them."""
    chosen = executions.order_by("id").values_list("pk", flat=True)
    runs = Execution.objects.select_related("pattern")
    return sum(_is_rerun(runs.get(pk=pk), user) for pk in list(chosen))  # one by one: events may be megabytes


def _is_rerun(execution: Execution, user: User | None) -> bool:
    try:
        rerun(execution, user)
    except Refused:
        return False
    return True
