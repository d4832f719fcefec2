"""Grant a further attempt to an execution that has ended otherwise than well."""

import logging
from uuid import UUID

from dragops_site import audit
from dragops_site.accounts.models import User
from dragops_site.accounts.roles import Role
from dragops_site.errors import Conflict, Forbidden, NotFound, Refused
from executions import bell
from executions.models import Execution
from executions.persistence import writing
from executions.reopening import reopen_alone, reopen_anew
from executions.status import OPEN, RETRIABLE, Mode, Status

logger = logging.getLogger(__name__)


@writing()
def retry(execution_id: UUID, user: User | None, *, anew: bool = False) -> None:
    """Let a run go on at the step that failed, or begin again from the start, under the version that it began with.

    It is one attempt: if that fails too, the retry policy counts it with those before. A callee whose caller is still
    open is refused, for the caller hears of its end and goes on without it: retry the caller, once that has ended.
    Raises NotFound, Forbidden, and Conflict with the status.
    """
    rows = Execution.objects.filter(pk=execution_id)
    check_may_retry(rows.values_list("mode", flat=True).first(), user)
    if not (reopen_anew(rows) if anew else reopen_alone(rows)):
        raise _refusal(execution_id)
    bell.ring_on_commit()
    logger.info("%s retried execution %s%s", user, execution_id, " from the start" if anew else "")
    audit.record(user, "retried", Execution(pk=execution_id), detail="from the start" if anew else "")


def check_may_retry(mode: str | None, user: User | None) -> None:
    """Raises Forbidden: whoever lets the run of a draft go on may do no less than whoever starts one."""
    if mode == Mode.TEST and not may_test(user):
        raise Forbidden("This was a test of a draft, and running it again needs the role Editor.")


def may_test(user: User | None) -> bool:
    return user is None or user.may(Role.EDITOR)


def _refusal(execution_id: UUID) -> Refused:
    found = Execution.objects.filter(pk=execution_id).values("status", "parent_id", "parent__status").first()
    if found is None:
        return NotFound(f"There is no execution {execution_id}.")
    details = {"status": found["status"]}
    if found["status"] in RETRIABLE and found["parent__status"] in OPEN:
        message = (
            f"The execution {found['parent_id']} has called it and is still open. Retry that one, once it has ended."
        )
        return Conflict(message, details={**details, "parentId": str(found["parent_id"])})
    return Conflict(f"The execution is {Status(found['status']).label.lower()} and cannot be retried.", details=details)
